# ruff: noqa: S608 - the statements are the subject of these tests
"""The budget, the time, the rights: what the advisor keeps to, against a real planner."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from optimizer.advise.advisor import advise
from optimizer.advise.understanding.workload_file import parse_workload
from optimizer.records import Advice, AdviceLimits, Evidence, WorkloadStatement
from tests.optimizer.advise.conftest import Connection, fill, scratch_database, superuser_in
from tests.optimizer.advise.helpers import serving, workload

REPORTS = """
-- name: of a supplier
-- weight: 5
SELECT id, title, price FROM products WHERE supplier_id = 7 AND stock > 90 ORDER BY price;
-- name: by title
SELECT * FROM products WHERE title = 'Product x';
-- name: failures
-- weight: 2.5
SELECT supplier_id, count(*) FROM import_jobs WHERE status = 'failed' GROUP BY supplier_id;
-- name: unread
SELECT body FROM notifications WHERE user_id = 12 AND NOT is_read ORDER BY created_at DESC LIMIT 20;
-- name: jobs of products
SELECT p.sku, j.file_name FROM products p JOIN import_jobs j USING (supplier_id)
WHERE p.sku = 'SKU-77' AND j.created_at > '2025-06-01';
-- name: latest
SELECT title, created_at FROM products ORDER BY created_at DESC LIMIT 10;
"""
BUDGETS = (150_000, 400_000, 1_000_000, 2_000_000, 5_000_000, 50_000_000)

SMALL = """
CREATE TABLE orders (id bigserial PRIMARY KEY, customer int, total int, note text);
INSERT INTO orders (customer, total, note)
SELECT n % 3000, n, repeat('note', 10) || n FROM generate_series(1, 20000) AS n;
"""
BY_CUSTOMER = "SELECT * FROM orders WHERE customer = $1"
BY_NOTE = "SELECT * FROM orders WHERE note = $1"


def reports() -> list[WorkloadStatement]:
    return parse_workload(REPORTS, source="reports.sql")


def advice_within(connection: Connection, budget: int | None, **limits: Any) -> Advice:
    return advise(
        connection, statements=reports(), limits=AdviceLimits(budget_bytes=budget, **limits)
    )


@pytest.fixture(scope="module")
def within(company: Connection) -> Mapping[int, Advice]:
    return {budget: advice_within(company, budget) for budget in BUDGETS}


@pytest.fixture(scope="module")
def orders() -> Iterator[Connection]:
    with scratch_database("orders") as connection:
        fill(connection, SMALL)
        yield connection


# The budget


@pytest.mark.parametrize("budget", BUDGETS)
def test_all_suggestions_together_fit_into_the_budget(
    within: Mapping[int, Advice], budget: int
) -> None:
    found = within[budget]
    assert found.budget_bytes == budget
    assert found.suggestions
    assert sum(item.size_bytes for item in found.suggestions) <= budget
    assert found.is_complete


@pytest.mark.parametrize("budget", BUDGETS)
def test_the_budget_may_count_what_hypopg_estimates(company: Connection, budget: int) -> None:
    found = advice_within(company, budget, counts_hypopg_sizes=True)
    assert sum(item.hypopg_size_bytes or 0 for item in found.suggestions) <= budget
    assert all(item.hypopg_size_bytes for item in found.suggestions)


def test_for_the_same_budget_hypopgs_sizes_leave_less_room(
    company: Connection, within: Mapping[int, Advice]
) -> None:
    theirs = advice_within(company, 1_000_000, counts_hypopg_sizes=True)
    assert theirs.cost_with_suggestions > within[1_000_000].cost_with_suggestions


def test_a_larger_budget_never_costs_more(within: Mapping[int, Advice]) -> None:
    costs = [within[budget].cost_with_suggestions for budget in BUDGETS]
    for smaller, larger in pairwise(costs):
        assert larger < smaller
    assert costs[-1] < costs[0] / 2
    assert all(found.baseline_cost >= costs[0] for found in within.values())


def test_a_budget_too_small_for_anything_gives_nothing(company: Connection) -> None:
    for budget in (0, 8_192):
        found = advice_within(company, budget)
        assert found.suggestions == ()
        assert found.cost_with_suggestions == found.baseline_cost
        assert found.statements_analysed == len(reports())


def test_without_hypopg_the_budget_is_kept_too() -> None:
    with scratch_database("orders_bare") as connection:
        with superuser_in(connection) as superuser:
            superuser.execute("DROP EXTENSION hypopg")
        fill(connection, SMALL)
        statements = workload(BY_CUSTOMER, BY_NOTE)
        free = advise(connection, statements=statements)
        sizes = sorted(item.size_bytes for item in free.suggestions)
        assert len(sizes) == 2
        limits = AdviceLimits(budget_bytes=sizes[-1])
        found = advise(connection, statements=statements, limits=limits)
    assert found.evidence is Evidence.HEURISTIC
    assert len(found.suggestions) == 1
    assert found.suggestions[0].size_bytes <= sizes[-1]


# What it says the workload costs


def explained(connection: Connection, query: str) -> float:
    row = connection.execute(f"EXPLAIN (FORMAT JSON) {query}".encode()).fetchone()
    assert row is not None
    return float(row[0][0]["Plan"]["Total Cost"])


def workload_cost(connection: Connection) -> float:
    return sum((item.weight or 0.0) * explained(connection, item.query) for item in reports())


@contextmanager
def hypothetically(connection: Connection, advice: Advice) -> Iterator[None]:
    """As if the suggestions were built just as they are written."""
    for suggestion in advice.suggestions:
        text = suggestion.create_sql.replace("CONCURRENTLY ", "").rstrip(";")
        connection.execute("SELECT hypopg_create_index(%s)", (text,))
    try:
        yield
    finally:
        connection.execute("SELECT hypopg_reset()")


@pytest.mark.parametrize("budget", BUDGETS)
def test_the_costs_are_those_that_explain_shows(
    company: Connection, within: Mapping[int, Advice], budget: int
) -> None:
    found = within[budget]
    assert found.baseline_cost == pytest.approx(workload_cost(company), rel=1e-6)
    with hypothetically(company, found):
        assert found.cost_with_suggestions == pytest.approx(workload_cost(company), rel=0.002)


def test_no_statement_gets_dearer(company: Connection, within: Mapping[int, Advice]) -> None:
    before = {item.name: explained(company, item.query) for item in reports()}
    for found in within.values():
        with hypothetically(company, found):
            for item in reports():
                assert explained(company, item.query) <= 1.1 * before[item.name]


def test_each_suggestion_is_needed(company: Connection, within: Mapping[int, Advice]) -> None:
    found = within[50_000_000]
    names = {item.name for suggestion in found.suggestions for item in suggestion.statements}
    assert names == {item.name for item in reports()}
    assert all(suggestion.statements for suggestion in found.suggestions)


# The time


def test_a_short_time_is_kept(company: Connection) -> None:
    columns = ("sku", "title", "price", "stock", "supplier_id", "created_at", "updated_at")
    queries = [
        f"SELECT id FROM products WHERE {first} = $1 AND {second} > $2"
        for first in columns
        for second in columns
        if first != second
    ]
    limits = AdviceLimits(seconds=0.5, budget_bytes=2_000_000)
    started = time.monotonic()
    found = advise(company, statements=workload(*queries), limits=limits)
    assert time.monotonic() - started < 4  # where nothing else runs it is less than one
    assert not found.is_complete
    assert found.statements_analysed + len(found.skipped) == len(queries)
    assert sum(item.size_bytes for item in found.suggestions) <= 2_000_000
    assert found.cost_with_suggestions <= found.baseline_cost
    assert found.first_answer_seconds <= found.seconds


# The connection


def session(connection: Connection) -> tuple[Any, ...]:
    settings = connection.execute(
        "SELECT array_agg(name || '=' || setting ORDER BY name) FROM pg_settings"
    ).fetchone()
    prepared = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
    hypothetical = connection.execute("SELECT count(*) FROM hypopg()").fetchone()
    return settings, prepared, hypothetical, connection.prepare_threshold


def test_the_connection_is_left_as_it_was(orders: Connection) -> None:
    with psycopg.connect(
        orders.info.dsn, password=orders.info.password, autocommit=True
    ) as connection:
        connection.execute("SET statement_timeout = '7s'; SET default_transaction_read_only = off")
        session(connection)
        before = session(connection)
        found = advise(connection, statements=workload(BY_CUSTOMER, "SELECT nothing FROM orders"))
        assert found.suggestions
        assert found.skipped
        assert session(connection) == before
        assert before[1:3] == ((0,), (0,))
        assert connection.info.transaction_status is TransactionStatus.IDLE


# Input that is odd


def test_a_file_is_enough_for_a_database_that_django_does_not_know(orders: Connection) -> None:
    text = f"""
        -- name: seldom
        -- weight: 0.5
        {BY_NOTE.replace("$1", "'x'")};
        -- name: often
        -- weight: 40
        {BY_CUSTOMER.replace("$1", "17")};"""
    found = advise(orders, statements=parse_workload(text, source="orders.sql"))
    assert [item.columns for item in found.suggestions] == [("customer",), ("note",)] or [
        item.columns for item in found.suggestions
    ] == [("customer",)]
    (often,) = found.suggestions[0].statements
    assert often.name == "often"
    weighted = 0.5 * explained(orders, "SELECT * FROM orders WHERE note = 'x'")
    weighted += 40 * explained(orders, "SELECT * FROM orders WHERE customer = 17")
    assert found.baseline_cost == pytest.approx(weighted)


def test_a_statement_that_cannot_be_planned_ends_nothing(orders: Connection) -> None:
    text = f"""
        -- name: wrong
        SELECT * FROM orders WHERE customer = 'many'::int AND;
        -- name: missing
        SELECT * FROM invoices WHERE id = 5;
        -- name: typed wrongly
        SELECT * FROM orders WHERE customer = now();
        -- name: right
        {BY_CUSTOMER.replace("$1", "17")};"""
    found = advise(orders, statements=parse_workload(text, source="orders.sql"))
    assert len(found.skipped) == 3
    assert all(skipped.reason for skipped in found.skipped)
    (suggestion,) = found.suggestions
    assert [served.name for served in suggestion.statements] == ["right"]


@pytest.mark.parametrize("budget", [None, 0, 10**9])
def test_an_empty_database_gives_nothing(budget: int | None) -> None:
    with scratch_database("nothing") as connection:
        limits = AdviceLimits(budget_bytes=budget)
        found = advise(connection, statements=workload("SELECT 1", BY_NOTE), limits=limits)
    assert found.suggestions == ()
    assert {skipped.query for skipped in found.skipped} == {"SELECT 1", BY_NOTE}
    assert (found.baseline_cost, found.cost_with_suggestions) == (0, 0)


# Rights

CLERK = f"clerk_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def test_what_may_not_be_read_is_named_and_the_rest_is_advised_on(orders: Connection) -> None:
    orders.execute(
        """CREATE TABLE secrets AS SELECT n AS id, n % 2000 AS owner
           FROM generate_series(1, 20000) AS n; ANALYZE secrets"""
    )
    secret = "SELECT * FROM secrets WHERE owner = $1"
    with superuser_in(orders) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {CLERK}; CREATE ROLE {CLERK}")
        try:
            connection.execute(f"GRANT SELECT ON orders TO {CLERK}; SET ROLE {CLERK}")
            found = advise(connection, statements=workload(BY_CUSTOMER, secret))
        finally:
            connection.execute(f"RESET ROLE; DROP OWNED BY {CLERK}; DROP ROLE {CLERK}")
    assert len(serving(found, BY_CUSTOMER)) == 1
    (skipped,) = found.skipped
    assert skipped.query == secret
    assert "permission denied" in skipped.reason
    remedies = [item.remedy for item in found.findings if item.code == "missing-select"]
    assert remedies == [f"GRANT SELECT ON public.secrets TO {CLERK};"]
