"""What Django's ORM really writes for this project's models, and what the advisor makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections, transaction
from django.db.models import F
from django.test import Client

from catalog.models import Product, Supplier
from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from optimizer.records import WorkloadStatement
from tests.optimizer.advise.understanding.cases_orm import READING
from tests.optimizer.advise.understanding.describe import describe

pytestmark = pytest.mark.django_db(databases="__all__")

KINDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


class Written:
    """The statements sent to one database: as they were, and as pg_stat_statements keeps them."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.literal: list[str] = []
        self.normalised: list[str] = []

    def __call__(
        self, execute: Callable[..., Any], query: str, params: Any, many: bool, context: Any
    ) -> Any:
        if query.lstrip("(").split()[0] in KINDS and "set_config" not in query:
            numbers = iter(range(1, query.count("%s") + 1))
            self.normalised.append(
                re.sub("%s", lambda _match: f"${next(numbers)}", query).replace("%%", "%")
            )
            operations: Any = connections[self.alias].ops
            self.literal.append(operations.compose_sql(query, params))
        return execute(query, params, many, context)


@contextmanager
def written(alias: str) -> Iterator[Written]:
    found = Written(alias)
    with connections[alias].execute_wrapper(found):
        yield found


def asked(alias: str, query: str) -> list[str]:
    """What a statement asks of its tables, without what it reads."""
    catalogue = Catalogue(connections[alias].connection)
    workload = understand_workload([WorkloadStatement(1, query, 1, 0.0)], catalogue=catalogue)
    assert workload.skipped == ()
    assert candidates(workload.statements).keys() == set(workload.statements)
    return [re.sub(r";? reads .*", "", line) for line in describe(workload.statements[0])]


@pytest.mark.parametrize("name", READING)
def test_what_the_orm_asks_of_tables(name: str) -> None:
    case = READING[name]
    with written(case.alias) as statements, transaction.atomic(using=case.alias):
        list(case.queryset())
    assert asked(case.alias, statements.normalised[0]) == case.asks
    with_values = case.asks_with_values or case.asks
    assert asked(case.alias, statements.literal[0]) == with_values


def test_rows_that_are_written_together(superuser: User) -> None:
    supplier = Supplier.objects.create(code="S", name="S", country="FR")
    with written("catalog") as statements:
        Product.objects.bulk_create(
            [Product(supplier=supplier, sku=sku, title="t", price=1) for sku in ("a", "b")],
            update_conflicts=True,
            unique_fields=["supplier", "sku"],
            update_fields=["title", "price"],
        )
        Product.objects.filter(sku="a").update(stock=F("stock") + 1)
        Product.objects.filter(supplier__country="FR", stock=0).delete()
    catalogue = Catalogue(connections["catalog"].connection)
    sources = [WorkloadStatement(1, query, 1, 0.0) for query in statements.normalised]
    workload = understand_workload(sources, catalogue=catalogue)
    (insert,) = workload.inserts
    assert insert.target is not None
    assert insert.target.name == "products"
    assert {name for _oid, name in insert.written} == {"title", "price"}
    (update,) = [item for item in workload.statements if item.kind == "UPDATE"]
    assert {name for _oid, name in update.written} == {"stock"}
    assert describe(update) == ["products: sku=; reads *"]
    collected = [item for item in workload.statements if item.kind == "SELECT"]
    assert describe(collected[0])[0].startswith("products: supplier_id join; stock=")


def test_no_page_of_the_admin_brings_a_statement_that_is_not_understood(
    admin_client: Client,
) -> None:
    with written("catalog") as statements:
        for page in ("product", "supplier", "category", "brand"):
            address = f"/admin/catalog/{page}/?q=lamp"
            assert admin_client.get(address, follow=True).status_code == 200
    catalogue = Catalogue(connections["catalog"].connection)
    sources = [
        WorkloadStatement(number, query, 1, 0.0)
        for number, query in enumerate((*statements.normalised, *statements.literal))
    ]
    workload = understand_workload(sources, catalogue=catalogue)
    assert len(workload.statements) > 4
    assert [skipped.reason for skipped in workload.skipped] == []
    assert candidates(workload.statements).keys() == set(workload.statements)
