"""Why an index for the table asked about is not suggested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from optimizer.advise.advisor import UNLIMITED, advise
from optimizer.advise.case import read_case
from optimizer.advise.choosing.costs import Costs
from optimizer.advise.choosing.whatif import Costing
from optimizer.advise.declined import MAX_DECLINED, declined
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.proposing.sizes import index_size
from optimizer.advise.understanding.access import Statement
from optimizer.records import AdviceLimits
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import advice_for, workload

BY_SKU = "SELECT * FROM products WHERE sku = $1"
BY_SUPPLIER = "SELECT * FROM products WHERE supplier_id = $1"
BY_SUPPLIER_AND_STOCK = "SELECT * FROM products WHERE supplier_id = $1 AND stock = $2"

LATEST_OF_SUPPLIER = (
    "SELECT id FROM products WHERE supplier_id = $1 ORDER BY created_at DESC LIMIT 10"
)


@contextmanager
def index(connection: Connection, definition: str) -> Iterator[None]:
    connection.execute(f"CREATE INDEX existing ON {definition}")
    try:
        yield
    finally:
        connection.execute("DROP INDEX existing")


def reasons(
    connection: Connection, *queries: str, table: str = "products", limits: AdviceLimits = UNLIMITED
) -> dict[str, str]:
    found = advise(
        connection, statements=workload(*queries), table=("public", table), limits=limits
    )
    assert {(item.schema_name, item.table_name) for item in found.declined} <= {("public", table)}
    return {item.definition: item.reason for item in found.declined}


def test_an_index_that_exists_is_named(company: Connection) -> None:
    with index(company, "products (sku, title)"):
        found = reasons(company, BY_SKU)
    assert found["(sku)"] == "The index existing does the same."


def test_the_primary_key_is_named(company: Connection) -> None:
    found = reasons(company, "SELECT * FROM products WHERE id = $1")
    assert found["(id)"] == "The index products_pkey does the same."


def test_the_suggested_index_is_named(company: Connection) -> None:
    found = reasons(company, LATEST_OF_SUPPLIER)
    assert found["(supplier_id)"] == (
        "The suggested index on (supplier_id, created_at DESC) INCLUDE (id) does the same."
    )


def test_what_the_planner_never_uses_is_said_to_be_unused(company: Connection) -> None:
    found = reasons(company, "SELECT * FROM products WHERE stock >= 0")
    assert found == {
        "(stock)": "The planner uses it in no plan: other indexes, or none, are cheaper."
    }


def test_what_saves_nothing_more_is_said_to(company: Connection) -> None:
    found = reasons(
        company,
        LATEST_OF_SUPPLIER,
        "SELECT id FROM products WHERE created_at > $1",
    )
    assert found["(created_at DESC, supplier_id)"] == (
        "Beside the suggested indexes and those there are it would save nothing more."
    )


class LittleGain:
    """A planner that finds little use for an index on the SKU."""

    is_exhausted = False

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        mine = [shape for shape in offered if shape.columns == ("sku",) and not shape.include]
        return Costing(960.0, frozenset(mine[:1])) if mine else Costing(1000.0)


def test_what_does_not_pay_is_told_with_what_it_would_save(company: Connection) -> None:
    products = ("public", "products")
    case = read_case(company, sources=workload(BY_SKU), only=products, limits=UNLIMITED)
    (statement,) = (item for item in case.statements if item not in case.checks)
    costs = Costs(LittleGain(), {statement: Costing(1000.0)}, case.proposals[statement])
    costs.cost(0, costs.relevant(0))
    found = {item.definition: item.reason for item in declined(case, costs, 0, size=index_size)}
    assert found["(sku)"] == (
        "It would save 4.0 % more, which does not pay for its size and upkeep."
    )


def test_what_does_not_fit_is_said_to(company: Connection) -> None:
    found = reasons(company, BY_SKU, limits=AdviceLimits(budget_bytes=100_000))
    assert found["(sku)"] == "It is larger than the budget."


def test_a_small_table_needs_none(company: Connection) -> None:
    found = reasons(company, "SELECT * FROM suppliers WHERE name = $1", table="suppliers")
    assert found == {"": "The table has 60 rows: it is read as fast without an index."}


def test_other_tables_are_not_spoken_of(company: Connection) -> None:
    found = reasons(
        company,
        BY_SKU,
        "SELECT * FROM import_jobs WHERE file_name = $1",
        "SELECT * FROM suppliers WHERE name = $1",
    )
    assert not any("file_name" in definition for definition in found)


def test_who_asks_about_all_tables_is_told_of_none(company: Connection) -> None:
    assert advice_for(company, BY_SKU, BY_SUPPLIER).declined == ()


def test_the_list_ends_somewhere_and_covering_indexes_are_not_on_it(company: Connection) -> None:
    columns = ("sku", "title", "price", "stock", "supplier_id")
    queries = [
        f"SELECT id FROM products WHERE {first} = $1 AND {second} > $2"  # noqa: S608
        for first in columns
        for second in columns
        if first != second
    ]
    found = reasons(company, *queries, limits=AdviceLimits(seconds=0.5))
    assert len(found) == MAX_DECLINED
    assert all(found.values())
    assert not any("INCLUDE" in definition for definition in found)


@pytest.mark.parametrize("query", [BY_SKU, BY_SUPPLIER_AND_STOCK])
def test_what_is_suggested_is_not_declined(company: Connection, query: str) -> None:
    found = advise(company, statements=workload(query), table=("public", "products"))
    assert found.suggestions
    suggested = {item.create_sql.partition(" ON public.products ")[2] for item in found.suggestions}
    assert suggested.isdisjoint({f"{item.definition};" for item in found.declined})
