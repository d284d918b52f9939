# ruff: noqa: S608 - the statements are the subject of these tests
"""What is known of a workload before anything is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from optimizer.advise.advisor import UNLIMITED
from optimizer.advise.case import MAX_STATEMENTS, Case, read_case
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.records import WorkloadStatement
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, workload

BY_SKU = "SELECT * FROM products WHERE sku = $1"
JOBS = "SELECT * FROM import_jobs WHERE status = $1"


def case_of(
    connection: Connection,
    sources: Sequence[WorkloadStatement],
    only: tuple[str, str] | None = None,
) -> Case:
    return read_case(connection, sources=sources, only=only, limits=UNLIMITED)


def proposed_on(case: Case) -> set[str]:
    return {found.table.name for shapes in case.proposals.values() for found in shapes}


def keyed(case: Case, *columns: str) -> IndexShape:
    (products,) = [table for table in case.catalogue.tables if table.name == "products"]
    return shape(products, *columns)


def test_a_foreign_key_without_an_index_counts_as_a_statement(company: Connection) -> None:
    case = case_of(company, workload(BY_SKU))
    assert [key.name for key in case.checks.values()] == ["products_supplier_id_fkey"]
    assert set(case.checks) < set(case.statements)


def test_in_somebodys_own_workload_nothing_else_counts(company: Connection) -> None:
    (source,) = workload(BY_SKU)
    case = case_of(company, [replace(source, weight=2.0)])
    assert case.checks == {}
    assert [statement.weight for statement in case.statements] == [2.0]
    assert case.window is None


def test_what_was_observed_has_a_window(company: Connection) -> None:
    window = case_of(company, workload(BY_SKU)).window
    assert window is not None
    assert window.total_seconds() > 0


def test_only_the_table_asked_about_gets_proposals(company: Connection) -> None:
    sources = workload(BY_SKU, JOBS)
    assert proposed_on(case_of(company, sources)) == {"products", "import_jobs"}
    assert proposed_on(case_of(company, sources, ("public", "products"))) == {"products"}
    assert proposed_on(case_of(company, sources, ("other", "products"))) == set()


@pytest.mark.parametrize(
    ("definition", "columns", "serves"),
    [
        ("INDEX existing ON products (sku, title)", ("sku",), True),
        ("INDEX existing ON products (sku, title)", ("title",), False),
        ("INDEX existing ON products (sku)", ("sku", "title"), False),
        ("INDEX existing ON products (sku) WHERE is_active", ("sku",), False),
        ("UNIQUE INDEX existing ON products (sku)", ("sku",), True),
    ],
)
def test_what_an_index_does_already_is_not_new(
    company: Connection, definition: str, columns: tuple[str, ...], serves: bool
) -> None:
    company.execute(f"CREATE {definition}".encode())
    try:
        case = case_of(company, workload(BY_SKU))
    finally:
        company.execute("DROP INDEX existing")
    found = case.served_by(keyed(case, *columns))
    assert (found is not None and found.name == "existing") == serves
    assert case.is_new(keyed(case, *columns)) == (not serves)
    shapes = [found for mine in case.proposals.values() for found in mine]
    assert all(case.is_new(found) for found in shapes)


def test_what_guards_the_data_is_not_dispensable(company: Connection) -> None:
    company.execute(
        "CREATE INDEX plain ON products (sku); CREATE UNIQUE INDEX one ON products (sku)"
    )
    try:
        case = case_of(company, workload(BY_SKU))
    finally:
        company.execute("DROP INDEX plain, one")
    dispensable = {
        item.index.name: item.is_dispensable for found in case.existing.values() for item in found
    }
    assert dispensable["plain"]
    assert not dispensable["one"]
    assert not dispensable["products_pkey"]


def test_the_statements_that_take_most_time_are_looked_at(company: Connection) -> None:
    sources = [
        WorkloadStatement(number, f"SELECT {number}, id FROM suppliers", 1, float(number))
        for number in range(MAX_STATEMENTS + 1)
    ]
    case = case_of(company, sources)
    assert [skipped.query for skipped in case.skipped] == ["SELECT 0, id FROM suppliers"]
    assert str(MAX_STATEMENTS) in case.skipped[0].reason
