from __future__ import annotations

from typing import Any

import psycopg
import pytest

from optimizer.act.debris import clean, invalid_indexes
from tests.optimizer.conftest import BLIND

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]

LONG = "x" * 63


@pytest.fixture(autouse=True)
def orders(catalog: Connection) -> None:
    catalog.execute(
        """CREATE TABLE orders (id int PRIMARY KEY, sku varchar(20));
           CREATE INDEX orders_sku ON orders (sku);
           INSERT INTO orders VALUES (1, 'twin'), (2, 'twin')"""
    )
    catalog.execute(f"CREATE INDEX {LONG} ON orders (sku, id)")


def oid(connection: Connection, name: str) -> int:
    row = connection.execute("SELECT %s::regclass::oid", (name,)).fetchone()
    assert row is not None
    return int(row[0])


def leave(connection: Connection, name: str) -> int:
    """Leave an invalid index behind, by a build that fails."""
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON orders (sku)")
    return oid(connection, name)


def left(connection: Connection) -> set[str]:
    return {index.name for index in invalid_indexes(connection, oid=oid(connection, "orders"))}


@pytest.mark.parametrize("name", ["orders_sku_ccnew", "orders_sku_ccold", "orders_pkey_ccnew3"])
def test_a_new_copy_is_dropped(catalog: Connection, name: str) -> None:
    leave(catalog, name)

    said = clean(using="catalog", oid=oid(catalog, "orders"), known=())

    assert said == [f"The unfinished index shop.{name} was dropped."]
    assert left(catalog) == set()


def test_a_copy_of_a_long_name_is_recognised_though_it_was_cut(catalog: Connection) -> None:
    leave(catalog, LONG[:57] + "_ccnew")

    clean(using="catalog", oid=oid(catalog, "orders"), known=())

    assert left(catalog) == set()


@pytest.mark.parametrize("name", ["broken", "elsewhere_sku_ccnew", "orders_sku_ccnewer"])
def test_what_is_no_copy_of_an_index_of_the_table_stays(catalog: Connection, name: str) -> None:
    leave(catalog, name)

    (said,) = clean(using="catalog", oid=oid(catalog, "orders"), known=())

    assert f'DROP INDEX CONCURRENTLY "shop"."{name}";' in said
    assert left(catalog) == {name}


def test_a_copy_that_was_there_before_stays(catalog: Connection) -> None:
    before = leave(catalog, "orders_sku_ccnew")

    (said,) = clean(using="catalog", oid=oid(catalog, "orders"), known={before})

    assert 'DROP INDEX CONCURRENTLY "shop"."orders_sku_ccnew";' in said
    assert left(catalog) == {"orders_sku_ccnew"}


def test_a_copy_that_cannot_be_dropped_is_told_with_the_reason(
    catalog: Connection, superuser: Connection, blind: str
) -> None:
    leave(catalog, "orders_sku_ccnew")
    superuser.execute(f"GRANT USAGE ON SCHEMA shop TO {BLIND}")

    (said,) = clean(using=blind, oid=oid(catalog, "orders"), known=())

    assert "must be owner" in said
    assert left(catalog) == {"orders_sku_ccnew"}


def test_sound_indexes_are_not_touched(catalog: Connection) -> None:
    catalog.execute("CREATE INDEX orders_sku_ccnew ON orders (sku)")

    assert clean(using="catalog", oid=oid(catalog, "orders"), known=()) == []
    assert oid(catalog, "orders_sku_ccnew") > 0
