"""What a suggestion says beside the index itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from django.utils import timezone

from optimizer.advise.advisor import UNLIMITED, advise
from optimizer.advise.suggestions import MAX_PLANS, SECONDS_PER_DAY, services
from optimizer.observe.capabilities import capabilities
from optimizer.records import AdviceLimits, IndexSuggestion, WorkloadStatement
from tests.optimizer.advise.choosing.scripted import Tempted, mask_of, scripted_costs
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import advice_for, brief, on_table, serving, workload

BY_SKU = "SELECT * FROM products WHERE sku = $1"
BY_STATUS = "SELECT count(*) FROM import_jobs WHERE status = $1"
STOCKS = "SELECT sku, stock FROM products WHERE sku > 'SKU-5' ORDER BY sku"
PLENTY = AdviceLimits(budget_bytes=10**9)  # what saves anything is suggested


def only(
    connection: Connection, source: WorkloadStatement, limits: AdviceLimits = UNLIMITED
) -> IndexSuggestion:
    (found,) = serving(advise(connection, statements=[source], limits=limits), source.query)
    return found


def source(query: str, calls: int = 100, total_time: float = 0.0) -> WorkloadStatement:
    return WorkloadStatement(queryid=7, query=query, calls=calls, total_time=total_time)


@contextmanager
def existing(connection: Connection, *definitions: str) -> Iterator[None]:
    """Indexes called plain_0, plain_1 ..., for a while."""
    try:
        for number, definition in enumerate(definitions):
            connection.execute(definition.format(f"plain_{number}").encode())
        yield
    finally:
        for number in range(len(definitions)):
            connection.execute(f"DROP INDEX IF EXISTS plain_{number}")


def test_a_statement_keeps_the_name_it_had(company: Connection) -> None:
    found = only(company, replace(source(BY_SKU), name="by-sku", weight=3.0))
    (served,) = found.statements
    assert (served.name, served.queryid, served.call_count) == ("by-sku", 7, 100)
    assert served.query == BY_SKU


@pytest.mark.parametrize(
    ("query", "captured", "sentence"),
    [
        ("SELECT * FROM products WHERE sku = 'SKU-5'", (), "as it stands, with its own values"),
        (BY_SKU, (("SKU-5",), ("SKU-6",)), "with values that calls of it had"),
        (BY_SKU, (), "with typical values of the columns"),
        (
            "SELECT * FROM products WHERE sku = $1 AND $2::int4range @> stock",
            (),
            "without values for the parameters",
        ),
    ],
)
def test_it_is_said_which_values_the_planner_had(
    company: Connection, query: str, captured: tuple[tuple[str, ...], ...], sentence: str
) -> None:
    found = only(company, replace(source(query), captured=captured))
    (served,) = found.statements
    assert sentence in served.values
    assert ("real values" in found.reason) == (bool(captured) or "$" not in query)


def test_both_plans_are_shown(company: Connection) -> None:
    found = only(company, source(BY_SKU))
    (served,) = found.statements
    assert "Seq Scan on products" in served.plan_before
    assert found.name in served.plan_after
    assert served.cost_before > served.cost_after > 0


def test_plans_are_shown_for_the_dearest_statements_only(company: Connection) -> None:
    columns = ("title", "price", "stock", "description", "id", "created_at", "updated_at")
    queries = [f"SELECT {column} FROM products WHERE sku = $1" for column in columns]  # noqa: S608
    queries += [
        f"SELECT {column}, supplier_id FROM products WHERE sku = $1"  # noqa: S608
        for column in columns
    ]
    found = advice_for(company, *queries)
    (first, *_others) = on_table(found, "products")
    shown = [bool(served.plan_before and served.plan_after) for served in first.statements]
    assert len(shown) > MAX_PLANS
    assert shown == [True] * MAX_PLANS + [False] * (len(shown) - MAX_PLANS)


def test_hypopg_knows_no_deduplication(company: Connection) -> None:
    found = only(company, source(BY_STATUS))
    assert found.columns[0] == "status"
    assert found.hypopg_size_bytes is not None
    assert found.hypopg_size_bytes > 1.5 * found.size_bytes


def test_the_seconds_saved_are_those_of_the_time_measured(company: Connection) -> None:
    reset = capabilities(company).statements_reset
    assert isinstance(reset, datetime)
    found = only(company, source(BY_SKU, total_time=3600.0))
    window = (timezone.now() - reset).total_seconds()
    (served,) = found.statements
    share = (served.cost_before - served.cost_after) / served.cost_before
    assert share > 0.9
    assert found.seconds_saved_per_day == pytest.approx(
        3600.0 * share * SECONDS_PER_DAY / window, rel=0.05
    )


def test_where_nobody_measured_no_seconds_are_claimed(company: Connection) -> None:
    assert only(company, source(BY_SKU)).seconds_saved_per_day is None
    from_a_file = replace(source(BY_SKU, total_time=3600.0), weight=1.0)
    assert only(company, from_a_file).seconds_saved_per_day is None


def test_the_upkeep_is_told(company: Connection) -> None:
    updating = source("UPDATE import_jobs SET status = $1 WHERE id = $2", 10_000, 10.0)
    found = advise(
        company, statements=[source(BY_STATUS, 1000, 100.0), replace(updating, rows=10_000)]
    )
    (status,) = serving(found, BY_STATUS)
    assert status.write_price is not None
    assert status.write_price.rows_per_second is not None
    assert status.write_price.rows_per_second > 0
    (sku,) = serving(advice_for(company, BY_SKU), BY_SKU)
    assert sku.write_price is not None


def test_an_index_that_is_contained_becomes_redundant(company: Connection) -> None:
    query = "SELECT * FROM products WHERE supplier_id = $1 ORDER BY created_at DESC LIMIT 10"
    with existing(company, "CREATE INDEX {} ON products (supplier_id)"):
        found = only(company, source(query))
    assert brief(found) == "supplier_id, created_at DESC"
    assert found.makes_redundant == ("public.plain_0",)


def test_a_unique_index_never_becomes_redundant(company: Connection) -> None:
    with existing(
        company,
        "CREATE INDEX {} ON products (sku)",
        "CREATE UNIQUE INDEX {} ON products (sku)",
        "CREATE INDEX {} ON products (sku, price)",
    ):
        found = only(company, source(STOCKS), PLENTY)
    assert brief(found) == "sku include stock"
    assert found.makes_redundant == ("public.plain_0",)


def test_where_nothing_is_contained_nothing_is_redundant(company: Connection) -> None:
    assert only(company, source(BY_SKU)).makes_redundant == ()


def test_a_saving_is_shared_by_the_indexes_that_make_it_together(company: Connection) -> None:
    joined = "SELECT * FROM products, import_jobs WHERE sku = $1 AND status = $2"
    costs = scripted_costs(company, {joined: {(): 1000.0, ("sku", "status"): 200.0}})
    found = services(costs, mask_of(costs, "sku", "status"))
    assert [[item.saving for item in mine] for mine in found.values()] == [[400.0], [400.0]]


def test_an_index_serves_only_what_gets_cheaper_by_it(company: Connection) -> None:
    other = "SELECT * FROM products WHERE stock = $1"
    script = {BY_SKU: {(): 1000.0, ("sku",): 10.0}, other: {(): 50.0, ("stock",): 50.0}}
    costs = scripted_costs(company, script, Tempted(script))
    found = services(costs, mask_of(costs, "sku", "stock"))
    assert [len(mine) for mine in found.values()] == [1, 0]


def test_numbers_names_and_benefits_are_in_order(company: Connection) -> None:
    found = advise(
        company,
        statements=workload(BY_SKU, BY_STATUS, STOCKS),
        limits=PLENTY,
    )
    assert [item.number for item in found.suggestions] == [*range(1, len(found.suggestions) + 1)]
    benefits = [item.estimated_benefit for item in found.suggestions]
    assert benefits == sorted(benefits, reverse=True)
    assert len({item.name for item in found.suggestions}) == len(found.suggestions)


def test_what_another_index_saves_is_no_merit_of_one_used_beside_it(company: Connection) -> None:
    query = "SELECT * FROM products WHERE sku = $1 AND stock = $2"
    script = {query: {(): 1000.0, ("sku",): 12.0, ("sku", "stock"): 10.0}}
    costs = scripted_costs(company, script)
    for chosen in (mask_of(costs, "sku"), mask_of(costs, "sku", "stock")):
        costs.cost(0, chosen)
    found = services(costs, mask_of(costs, "sku", "stock"))
    assert [len(found[costs.number(shape)]) for shape in costs.shapes] == [1, 0]
