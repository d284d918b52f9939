from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql

from optimizer.connect import open_connection
from optimizer.exceptions import StatementsUnavailable, UnknownStatement
from optimizer.observe import statements
from optimizer.observe.plans import explain_generic
from optimizer.records import SlowQuery
from optimizer.service import db_optimizer
from optimizer.sql import MARKER

pytestmark = [
    pytest.mark.django_db(databases=["default", "catalog"]),
    pytest.mark.usefixtures("fresh_statements"),
]

Connection = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def orders(catalog: Connection, fresh_statements: None) -> None:
    catalog.execute("CREATE TABLE orders (id int PRIMARY KEY, sku text)")
    catalog.execute("INSERT INTO orders SELECT i, 'sku' || i FROM generate_series(1, 500) AS i")


def listed(text: str, *, alias: str = "catalog") -> list[SlowQuery]:
    """The listed statements that contain a text, however they are laid out."""
    found = db_optimizer.analyze_slow_queries(alias, limit=1000, with_plans=False)
    return [query for query in found if text in " ".join(query.query.split())]


def test_calls_with_different_values_are_one_statement(catalog: Connection) -> None:
    for number in range(7):
        catalog.execute(sql.SQL("SELECT sku FROM shop.orders WHERE id = {}").format(number))

    (query,) = listed("WHERE id = $1")

    assert query.query == "SELECT sku\nFROM shop.orders\nWHERE id = $1"
    assert (query.kind, query.call_count, query.rows) == ("SELECT", 7, 6)
    assert query.role == catalog.info.user
    assert query.queryid is not None
    assert 0 < query.min_time <= query.avg_time <= query.max_time <= query.total_time < 1
    assert query.total_time == pytest.approx(query.avg_time * 7)
    assert query.shared_blocks_hit > 0


def test_the_same_statement_of_two_roles_is_one_entry(
    catalog: Connection, superuser: Connection
) -> None:
    catalog.execute("SELECT count(*) FROM shop.orders WHERE id > 1")
    superuser.execute("SELECT count(*) FROM shop.orders WHERE id > 2")
    superuser.execute("SELECT count(*) FROM shop.orders WHERE id > 3")

    (query,) = listed("WHERE id > $1")

    assert query.call_count == 3
    assert query.role == ", ".join(sorted([catalog.info.user, superuser.info.user]))


def test_deviation_is_that_of_all_roles_together(
    catalog: Connection, superuser: Connection
) -> None:
    catalog.execute("SELECT pg_sleep(0.001)")
    superuser.execute("SELECT pg_sleep(0.101)")

    (query,) = listed("pg_sleep")

    # Each role alone has no deviation at all; 50 ms is that of {1 ms, 101 ms}.
    assert query.stddev_time == pytest.approx(0.050, abs=0.01)
    assert query.max_time - query.min_time == pytest.approx(0.100, abs=0.02)


def test_the_heaviest_is_first_and_shares_add_up(catalog: Connection) -> None:
    catalog.execute("SELECT pg_sleep(0.05)")

    found = db_optimizer.analyze_slow_queries("catalog", limit=1000, with_plans=False)

    assert found[0].query == "SELECT pg_sleep($1)"
    assert [query.total_time for query in found] == sorted(
        (query.total_time for query in found), reverse=True
    )
    assert sum(query.share_of_load for query in found) == pytest.approx(1.0)


def test_a_limit_does_not_change_the_shares(catalog: Connection) -> None:
    catalog.execute("SELECT count(*) FROM shop.orders")
    (all_but_first, *_rest) = db_optimizer.analyze_slow_queries("catalog", limit=1000)
    (only,) = db_optimizer.analyze_slow_queries("catalog", limit=1)

    assert only.share_of_load == pytest.approx(all_but_first.share_of_load)


def test_the_optimizers_own_statements_are_not_listed(catalog: Connection) -> None:
    catalog.execute("SELECT sku FROM shop.orders WHERE id = 1")
    for _round in range(3):
        db_optimizer.analyze_slow_queries("catalog", limit=5)
        db_optimizer.all_table_stats("catalog")
        db_optimizer.capabilities("catalog")

    found = db_optimizer.analyze_slow_queries("catalog", limit=1000, with_plans=False)

    assert not [query.query for query in found if MARKER in query.query]
    assert not [query.query for query in found if "pg_stat_statements AS s" in query.query]
    assert not [query.query for query in found if "optimizer_plan" in query.query]


@pytest.mark.parametrize("track", ["top", "all"])
def test_planning_a_statement_does_not_count_as_calling_it(
    superuser: Connection, track: str
) -> None:
    superuser.execute(f"SET pg_stat_statements.track = '{track}'")
    superuser.execute("SELECT sku FROM shop.orders WHERE id = 1")

    for _round in range(3):
        explain_generic(superuser, "SELECT sku FROM shop.orders WHERE id = $1")

    assert [query.call_count for query in listed("WHERE id = $1")] == [1]


def test_utility_statements_are_left_out(catalog: Connection) -> None:
    catalog.execute("CREATE INDEX ON orders (sku)")
    catalog.execute("ANALYZE orders")
    catalog.execute("/* why */ -- because\n  (SELECT 1 AS one FROM shop.orders LIMIT 1)")

    found = db_optimizer.analyze_slow_queries("catalog", limit=1000, with_plans=False)

    assert not [query for query in found if query.kind == "OTHER"]
    assert listed("AS one")[0].kind == "SELECT"
    assert not listed("CREATE INDEX")
    assert not listed("ANALYZE")


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("INSERT INTO orders VALUES (900)", "INSERT"),
        ("UPDATE orders SET sku = 'x' WHERE id = 1", "UPDATE"),
        ("WITH gone AS (SELECT 1) DELETE FROM orders WHERE id = 900", "DELETE"),
        ("WITH gone AS (DELETE FROM orders WHERE id = 901 RETURNING id) TABLE gone", "SELECT"),
        ("MERGE INTO orders USING orders AS o ON false WHEN MATCHED THEN DELETE", "MERGE"),
    ],
)
def test_kinds_are_told_apart(catalog: Connection, query: str, kind: str) -> None:
    catalog.execute(query)

    assert kind in {found.kind for found in listed("orders")}


def test_statements_of_other_databases_are_not_listed(db: None) -> None:
    with open_connection(
        using="default", purpose="test", statement_timeout=5, lock_timeout=1
    ) as connection:
        connection.execute("SELECT count(*) AS elsewhere FROM pg_class")

    assert not listed("elsewhere")


def test_what_a_role_may_not_see_is_said(catalog: Connection, blind: str) -> None:
    catalog.execute("SELECT sku FROM shop.orders WHERE id = 1")

    hidden = [
        query
        for query in db_optimizer.analyze_slow_queries(blind, limit=1000)
        if query.kind == "HIDDEN" and query.role == catalog.info.user
    ]

    assert len(hidden) == 1
    assert hidden[0].queryid is None
    assert hidden[0].call_count >= 3
    assert "pg_read_all_stats" in hidden[0].query
    assert hidden[0].plan is not None
    assert hidden[0].plan.problem


def test_each_listed_statement_has_its_plan_or_the_reason(catalog: Connection) -> None:
    catalog.execute("SELECT sku FROM shop.orders WHERE id = 1")
    catalog.execute("SELECT pg_sleep(0)")

    plans = {
        " ".join(query.query.split()): query.plan
        for query in db_optimizer.analyze_slow_queries("catalog", limit=1000)
    }

    seen = plans["SELECT sku FROM shop.orders WHERE id = $1"]
    assert seen is not None
    assert "orders_pkey" in seen.text
    assert seen.total_cost > 0
    refused = plans["SELECT pg_sleep($1)"]
    assert refused is not None
    assert (refused.text, refused.total_cost) == ("", 0)
    assert "pg_sleep" in refused.problem


def test_statements_are_narrowed_to_a_table(catalog: Connection) -> None:
    catalog.execute('CREATE TABLE "Old Orders" (id int)')
    catalog.execute('SELECT count(*) FROM shop."Old Orders"')
    catalog.execute("SELECT sku FROM shop.orders WHERE id = 1")

    found = db_optimizer.analyze_slow_queries("catalog", table_name="shop.Old Orders")

    assert [" ".join(query.query.split()) for query in found] == [
        'SELECT count(*) FROM shop."Old Orders"'
    ]


def test_a_huge_statement_does_not_hang_the_report(catalog: Connection) -> None:
    conditions = (sql.SQL("(id + {0} = {0})").format(number) for number in range(3000))
    catalog.execute(
        sql.SQL("SELECT count(*) FROM shop.orders WHERE {}").format(
            sql.SQL(" OR ").join(conditions)
        )
    )

    queries = db_optimizer.analyze_slow_queries("catalog", limit=1000)

    (huge,) = [query for query in queries if len(query.query) >= statements.TEXT_LIMIT]
    assert len(huge.query) == statements.TEXT_LIMIT
    assert huge.plan is not None
    assert huge.plan.problem


def test_the_workload_is_raw_normalised_text(catalog: Connection) -> None:
    catalog.execute("select sku from shop.orders   where id=42")

    found = {statement.query: statement for statement in statements.workload(catalog)}

    statement = found["select sku from shop.orders   where id=$1"]
    assert statement.calls == 1
    assert 0 < statement.total_time < 1
    assert not [query for query in found if MARKER in query]


def test_one_statement_is_found_by_its_id(catalog: Connection) -> None:
    catalog.execute("SELECT sku FROM shop.orders WHERE id = 1")
    (listed_one,) = listed("WHERE id = $1")
    assert listed_one.queryid is not None

    found = db_optimizer.get_query("catalog", listed_one.queryid)

    assert found.query == listed_one.query
    assert found.plan is not None
    assert "orders_pkey" in found.plan.text
    with pytest.raises(UnknownStatement):
        db_optimizer.get_query("catalog", 1)


def test_without_the_extension_the_reason_and_the_cure_are_told(superuser: Connection) -> None:
    superuser.execute("DROP EXTENSION pg_stat_statements")
    try:
        with pytest.raises(StatementsUnavailable, match="CREATE EXTENSION pg_stat_statements"):
            db_optimizer.analyze_slow_queries("catalog")
    finally:
        superuser.execute("CREATE EXTENSION pg_stat_statements")


def test_text_that_the_parser_cannot_read_is_shown_as_it_is() -> None:
    assert statements.formatted("SELECT FROM WHERE") == "SELECT FROM WHERE"


def test_comments_survive_formatting() -> None:
    text = statements.formatted("/* view: product list */ select a from t where b in ($1, $2)")

    assert text == "/* view: product list */ SELECT a\nFROM t\nWHERE b IN ($1, $2)"
