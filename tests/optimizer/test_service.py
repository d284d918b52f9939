from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from optimizer.exceptions import DatabaseUnavailable, UnknownAlias, UnknownTable
from optimizer.models import MaintenanceRun, Operation, Origin
from optimizer.records import Evidence, Verdict
from optimizer.service import DatabaseOptimizer, db_optimizer
from tests.optimizer.conftest import BLIND

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


@pytest.fixture
def slow_lookup(catalog: Connection, fresh_statements: None) -> None:
    """A table that is read by a column without an index, often."""
    catalog.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, sku text) WITH (autovacuum_enabled=off)"
    )
    catalog.execute("INSERT INTO orders SELECT i, 'sku' || i FROM generate_series(1, 20000) AS i")
    catalog.execute("ANALYZE orders")
    for number in range(200):
        catalog.execute(sql.SQL("SELECT id FROM shop.orders WHERE sku = {}").format(f"sku{number}"))


def test_every_question_has_an_asynchronous_twin() -> None:
    public = {name for name in vars(DatabaseOptimizer) if not name.startswith("_")}
    questions = {name for name in public if f"a{name}" in public}

    assert public == questions | {f"a{name}" for name in questions}
    assert {"analyze_slow_queries", "suggest_indexes", "get_table_stats", "vacuum_analyze"} <= (
        questions
    )


@pytest.mark.django_db(databases=["default", "catalog"], transaction=True)
def test_the_twins_answer_the_same_and_side_by_side(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int)")

    async def ask() -> Any:
        return await asyncio.gather(
            db_optimizer.aget_table_stats("catalog", "shop.orders"),
            db_optimizer.acapabilities("catalog"),
            db_optimizer.avacuum_analyze("catalog", table_name="shop.orders"),
        )

    stats, capabilities, outcome = asyncio.run(ask())

    assert stats.table_name == "orders"
    assert capabilities.database == connections["catalog"].settings_dict["NAME"]
    assert outcome["success"], outcome["error"]


@pytest.mark.usefixtures("slow_lookup")
def test_a_missing_index_is_suggested() -> None:
    (suggestion, *_rest) = db_optimizer.suggest_indexes("catalog", table_name="shop.orders")

    assert suggestion.table_name == "orders"
    assert suggestion.columns == ("sku",)
    assert "CREATE INDEX CONCURRENTLY" in suggestion.create_sql
    assert 0 < suggestion.estimated_benefit <= 1
    assert suggestion.evidence == Evidence.HYPOPG


@pytest.mark.usefixtures("slow_lookup")
def test_without_statements_advice_says_what_is_missing(superuser: Connection) -> None:
    superuser.execute("DROP EXTENSION pg_stat_statements")
    try:
        advice = db_optimizer.advise("catalog")
    finally:
        superuser.execute("CREATE EXTENSION pg_stat_statements")

    assert advice.statements_analysed == 0
    assert advice.findings[0].code == "statements-unavailable"
    assert advice.findings[0].verdict == Verdict.UNKNOWN


def test_index_problems_are_narrowed_to_a_table(catalog: Connection) -> None:
    catalog.execute(
        """CREATE TABLE orders (id int, sku text); CREATE TABLE lines (id int);
           CREATE INDEX one ON orders (sku); CREATE INDEX one_more ON orders (sku);
           CREATE INDEX two ON lines (id); CREATE INDEX two_more ON lines (id)"""
    )

    (found,) = db_optimizer.find_index_problems("catalog", "shop.orders")

    assert (found.code, found.subject) == ("duplicate-index", "shop.one_more")
    everything = {finding.subject for finding in db_optimizer.find_index_problems("catalog")}
    assert {"shop.one_more", "shop.two_more"} <= everything


def test_vacuum_analyze_tells_how_it_went(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int)")

    outcome = db_optimizer.vacuum_analyze("catalog", table_name="shop.orders")

    assert outcome["success"] is True
    assert 0 < outcome["execution_time"] < 10
    assert outcome["statements"] == ['VACUUM (ANALYZE) "shop"."orders"']
    run = MaintenanceRun.objects.get()
    assert run.pk == outcome["run_id"]
    assert (run.origin, run.operation) == (Origin.SERVICE, Operation.VACUUM_ANALYZE)


def test_vacuum_analyze_of_a_whole_database(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int)")

    outcome = db_optimizer.vacuum_analyze("catalog")

    assert outcome["success"], outcome["error"]
    assert 'VACUUM (ANALYZE) "shop"."orders"' in outcome["statements"]


def test_what_is_refused_is_told_in_the_outcome(
    catalog: Connection, superuser: Connection, blind: str
) -> None:
    catalog.execute("CREATE TABLE orders (id int)")
    superuser.execute(f"GRANT USAGE ON SCHEMA shop TO {BLIND}")

    outcome = db_optimizer.vacuum_analyze(blind, "shop.orders")

    assert outcome["success"] is False
    assert outcome["run_id"] is None
    assert "shop.orders" in outcome["error"]


def test_wrong_questions_get_a_clear_error(catalog: Connection, down: str) -> None:
    with pytest.raises(UnknownAlias):
        db_optimizer.get_table_stats("katalog", "products")
    with pytest.raises(UnknownTable, match=r"public\.products"):
        db_optimizer.get_table_stats("catalog", "product")
    with pytest.raises(UnknownTable):
        db_optimizer.vacuum_analyze("catalog", "no_such_table")
    with pytest.raises(ValueError, match="1 or more"):
        db_optimizer.analyze_slow_queries("catalog", limit=0)
    with pytest.raises(DatabaseUnavailable):
        db_optimizer.suggest_indexes(down)


def test_no_connection_is_left_open(catalog: Connection, superuser: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int)")
    db_optimizer.analyze_slow_queries("catalog")
    db_optimizer.suggest_indexes("catalog")
    db_optimizer.vacuum_analyze("catalog", "shop.orders")

    for _attempt in range(100):  # the server notices a closed connection some time later
        open_connections = superuser.execute(
            """SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE '%optimizer%'"""
        ).fetchone()
        if open_connections == (0,):
            break
        time.sleep(0.05)
    assert open_connections == (0,)
