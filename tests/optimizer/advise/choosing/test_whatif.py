from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from optimizer.advise.choosing.values import ValueSource
from optimizer.advise.choosing.whatif import (
    SESSION_SETTINGS,
    Effort,
    HypotheticalPlanner,
    hypothetical_planner,
)
from optimizer.exceptions import PlanUnavailable
from tests.optimizer.advise.conftest import FORGET_STATEMENTS, Connection, superuser_in
from tests.optimizer.advise.helpers import shape, table_of, understand


@contextmanager
def planner_of(connection: Connection) -> Iterator[HypotheticalPlanner]:
    effort = Effort(max_calls=1_000, deadline=time.monotonic() + 60)
    with hypothetical_planner(connection, effort) as planner:
        yield planner


def test_a_hypothetical_index_is_seen_and_gone_again(company: Connection) -> None:
    statement = understand(company, "SELECT * FROM products WHERE sku = $1")
    index = shape(next(iter(statement.tables)), "sku")
    with planner_of(company) as planner:
        before = planner.prepare(statement)
        with_index = planner.plan(statement, frozenset({index}))
        again = planner.plan(statement, frozenset())
    assert with_index.cost < before.cost / 10
    assert with_index.used == {index}
    assert (again.cost, again.used) == (before.cost, frozenset())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM products WHERE stock = 5",  # no parameter: planned once if one is careless
        "SELECT count(*) FROM products WHERE stock = $1",
        "SELECT count(*) FROM products WHERE stock = $1 AND created_at > now() - interval $2",
        "SELECT count(*) FROM products WHERE stock = $1 AND attributes @> $2",
        "UPDATE products SET price = $1 WHERE stock = $2",
        "DELETE FROM products WHERE stock = $1 AND price < $2",
        "SELECT $1 AS x, id FROM products WHERE stock = $2 GROUP BY id, date_trunc($3, created_at)",
        "WITH x AS (SELECT id FROM products WHERE stock = $1) SELECT * FROM x",
        "SELECT id FROM active_products WHERE stock = ANY ($1)",
        "SELECT id FROM products WHERE stock = $1 AND title LIKE $2 LIMIT $3 OFFSET $4",
    ],
)
def test_statements_of_every_kind_are_planned_with_values(company: Connection, query: str) -> None:
    statement = understand(company, query)
    products = next(table for table in statement.tables if table.name == "products")
    index = shape(products, "stock")
    with planner_of(company) as planner:
        before = planner.prepare(statement)
        after = planner.plan(statement, frozenset({index}))
        assert planner.value_source(statement) in (ValueSource.LITERALS, ValueSource.TYPICAL)
    assert after.cost < before.cost
    assert after.used == {index}


def test_without_values_the_generic_plan_stands_in(company: Connection) -> None:
    query = "SELECT id FROM products WHERE stock = $1 AND point(price::float, 1) ~= $2::point"
    statement = understand(company, query)
    index = shape(next(iter(statement.tables)), "stock")
    with planner_of(company) as planner:
        before = planner.prepare(statement)
        assert planner.value_source(statement) is ValueSource.GENERIC
        after = planner.plan(statement, frozenset({index}))
    assert after.cost < before.cost
    assert after.used == {index}


def test_an_index_on_a_partitioned_table_is_one_for_all_partitions(company: Connection) -> None:
    statement = understand(
        company, "SELECT * FROM import_logs WHERE job_id = $1 ORDER BY created_at DESC LIMIT $2"
    )
    index = shape(next(iter(statement.tables)), "job_id", "created_at desc")
    with planner_of(company) as planner:
        before = planner.prepare(statement)
        after = planner.plan(statement, frozenset({index}))
        text = planner.plan_text(statement, {index: "idx_logs_job"})
    assert after.cost < before.cost / 5
    assert after.used == {index}
    assert text.count("using idx_logs_job on import_logs_2025") == 3


def test_partitions_left_out_at_run_time_do_not_hide_what_is_used(company: Connection) -> None:
    statement = understand(
        company, "SELECT * FROM import_logs WHERE created_at > now() - interval $1"
    )
    index = shape(next(iter(statement.tables)), "created_at")
    with planner_of(company) as planner:
        planner.prepare(statement)
        after = planner.plan(statement, frozenset({index}))
        assert "Subplans Removed" in planner.plan_text(statement, {index: "idx"})
    assert after.used == {index}


def test_a_limit_that_may_not_be_reached_is_told(company: Connection) -> None:
    statement = understand(
        company, "SELECT * FROM products WHERE stock = $1 ORDER BY created_at DESC LIMIT $2"
    )
    table = next(iter(statement.tables))
    with planner_of(company) as planner:
        planner.prepare(statement)
        hoping = planner.plan(statement, frozenset({shape(table, "created_at desc")}))
        skipping = planner.plan(statement, frozenset({shape(table, "created_at desc", "stock")}))
        knowing = planner.plan(statement, frozenset({shape(table, "stock", "created_at desc")}))
    assert hoping.exposure > hoping.cost
    assert skipping.exposure > skipping.cost
    assert knowing.exposure == 0


def test_nothing_of_a_statement_is_executed(company: Connection) -> None:
    company.execute(
        """CREATE TABLE told (n integer);
           CREATE FUNCTION tell() RETURNS integer LANGUAGE sql VOLATILE AS
           $$ INSERT INTO told VALUES (1) RETURNING n $$;
           CREATE FUNCTION tattle() RETURNS integer LANGUAGE plpgsql STABLE AS
           $$ BEGIN RETURN tell(); END $$"""
    )
    try:
        deleting = understand(company, "DELETE FROM products WHERE stock >= $1")
        telling = understand(company, "SELECT id FROM products WHERE stock = tattle()")
        with planner_of(company) as planner:
            planner.prepare(deleting)
            with pytest.raises(PlanUnavailable, match="read-only transaction"):
                planner.prepare(telling)
        counts = company.execute(
            "SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM products)"
        ).fetchone()
        assert counts == (0, 20_000)
    finally:
        company.execute("DROP FUNCTION tattle(); DROP FUNCTION tell(); DROP TABLE told")


def test_what_postgresql_refuses_is_told(company: Connection) -> None:
    statement = understand(company, "SELECT nothing FROM products WHERE sku = $1")
    with planner_of(company) as planner, pytest.raises(PlanUnavailable, match="does not exist"):
        planner.prepare(statement)


def test_the_session_is_left_as_it_was(company: Connection) -> None:
    company.execute("SET statement_timeout TO '7s'")
    statement = understand(company, "SELECT * FROM products WHERE sku = $1")

    def state() -> list[object]:
        settings = [
            company.execute("SELECT current_setting(%s)", (name,)).fetchone()
            for name in SESSION_SETTINGS
        ]
        hypothetical = company.execute("SELECT count(*) FROM hypopg()").fetchone()
        prepared = company.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'optimizer%'"
        ).fetchone()
        return [*settings, hypothetical, prepared, company.prepare_threshold]

    before = state()
    try:
        index = shape(next(iter(statement.tables)), "sku")
        with planner_of(company) as planner:
            planner.prepare(statement)
            planner.plan(statement, frozenset({index}))
            assert state() != before
        assert state() == before
        with pytest.raises(PlanUnavailable), planner_of(company) as planner:
            planner.prepare(understand(company, "SELECT nothing FROM products WHERE sku = $1"))
        assert state() == before
    finally:
        company.execute("RESET statement_timeout")


def test_a_session_that_has_statements_prepared_by_psycopg_works(company: Connection) -> None:
    for number in range(20):
        company.execute("SELECT %s::integer", (number,))
    statement = understand(company, "SELECT * FROM products WHERE sku = $1")
    with planner_of(company) as planner:
        planner.prepare(statement)
        with company.transaction(force_rollback=True):
            company.execute("SELECT 1")
        assert planner.plan(statement, frozenset()).cost > 0


def test_planning_leaves_few_texts_in_pg_stat_statements(company: Connection) -> None:
    statement = understand(company, "SELECT * FROM products WHERE sku = $1 AND stock = $2")
    table = next(iter(statement.tables))
    indexes = [shape(table, *columns) for columns in (("sku",), ("stock",), ("sku", "stock"))]
    count = """SELECT count(*) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
        WHERE d.datname = current_database() AND query LIKE 'EXPLAIN%%' AND query LIKE %s"""
    with superuser_in(company) as superuser:
        superuser.execute(FORGET_STATEMENTS)
        with planner_of(company) as planner:
            planner.prepare(statement)
            for index in indexes:
                planner.plan(statement, frozenset({index}))
        assert superuser.execute(count, ("%optimizer_advise%",)).fetchone() == (1,)


def test_many_indexes_do_not_use_up_what_hypopg_has(company: Connection) -> None:
    table = table_of(company, "products")
    names = [name for name, column in table.columns.items() if column.is_indexable]
    wanted = [
        shape(table, *columns)
        for columns in dict.fromkeys(
            (first, second, third)
            for first in names
            for second in names
            for third in names
            if len({first, second, third}) == 3
        )
    ]
    with planner_of(company) as planner:
        for _round in range(4):
            assert planner.possible(wanted) == wanted
    assert len(wanted) > 600
