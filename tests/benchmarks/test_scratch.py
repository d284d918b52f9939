from __future__ import annotations

import psycopg
import pytest
from django.db import connections

from benchmarks import scratch
from benchmarks.scratch import ScratchRefused, _refusals, make_bare, pointed_at, scratch_database
from optimizer.connect import connection_parameters

TABLES = """
CREATE TABLE item (id int PRIMARY KEY, code text UNIQUE, name text);
CREATE INDEX item_name ON item (name);
CREATE TABLE log (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE log_2024 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX log_day ON log (day);
"""


@pytest.mark.django_db(transaction=True)
def test_an_alias_points_at_a_new_database_for_a_while() -> None:
    before = current_database()
    with scratch_database(using="default", purpose="pointed") as parameters:
        with pointed_at(parameters["dbname"], using="default"):
            assert current_database() == parameters["dbname"] != before
        assert current_database() == before


def current_database() -> str:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return str(cursor.fetchone()[0])


def test_only_what_guarantees_something_stays(django_db_setup: None) -> None:
    with (
        scratch_database(using="default", purpose="bare") as parameters,
        psycopg.connect(**parameters, autocommit=True) as connection,
    ):
        connection.execute(TABLES)
        make_bare(connection)
        names = connection.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
        )
        assert names.fetchall() == [("item_code_key",), ("item_pkey",)]
        options = connection.execute(
            """SELECT relname, reloptions FROM pg_class
                WHERE reloptions IS NOT NULL AND relnamespace = 'public'::regnamespace ORDER BY 1"""
        )
        off = ["autovacuum_enabled=false"]
        assert options.fetchall() == [("item", off), ("log_2024", off)]


def test_a_long_name_keeps_its_purpose(
    django_db_setup: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "NAME_LIMIT", 12)
    with scratch_database(using="default", purpose="purpose") as parameters:
        assert parameters["dbname"] == "test_purpose"


def test_a_role_that_may_make_no_database_is_told_what_is_missing(django_db_setup: None) -> None:
    own = connection_parameters(using="default")
    with (
        psycopg.connect(**own, autocommit=True) as connection,
        pytest.raises(ScratchRefused, match="CREATEDB"),
        _refusals(),
    ):
        connection.execute("CREATE ROLE nobody")
