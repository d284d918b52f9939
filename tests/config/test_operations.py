"""An index of a partitioned table: built partition by partition, resumed where it was interrupted."""

from __future__ import annotations

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections

INDEX = "idx_import_logs_job_created_level"
INDEXES = """
SELECT index_class.relname, indisvalid, link.inhparent IS NOT NULL
  FROM pg_index
  JOIN pg_class AS index_class ON index_class.oid = indexrelid
  LEFT JOIN pg_inherits AS link ON link.inhrelid = indexrelid
 WHERE index_class.relname LIKE %s
 ORDER BY index_class.relname
"""

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def migrate(target: str) -> None:
    call_command("migrate", "imports", target, database="imports", verbosity=0)


def indexes() -> list[tuple[str, bool, bool]]:
    with connections["imports"].cursor() as cursor:
        cursor.execute(INDEXES, [f"{INDEX}%"])
        return list(cursor.fetchall())


def run(statement: str) -> None:
    with connections["imports"].cursor() as cursor:
        cursor.execute(statement)


def partition_names() -> list[str]:
    with connections["imports"].cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'import_logs'::regclass ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall()]


def assert_complete() -> None:
    found = indexes()
    assert len(found) == 1 + len(partition_names())
    assert all(is_valid for _, is_valid, _ in found)
    assert [name for name, _, is_attached in found if not is_attached] == [INDEX]


def test_backwards_removes_it_and_forwards_builds_it_again() -> None:
    migrate("0002")
    assert indexes() == []
    migrate("0003")
    assert_complete()


def test_a_build_that_was_interrupted_goes_on() -> None:
    migrate("0002")
    first, second = partition_names()[:2]
    run(f"CREATE INDEX {INDEX} ON ONLY import_logs (job_id, created_at DESC, log_level)")
    run(f"CREATE INDEX {INDEX}{first[11:]} ON {first} (job_id, created_at DESC, log_level)")
    leave_an_invalid_index(f"{INDEX}{second[11:]}", second)
    assert (f"{INDEX}{second[11:]}", False, False) in indexes()
    migrate("0003")
    assert_complete()


def leave_an_invalid_index(name: str, table: str) -> None:
    """As a build that ran into a timeout leaves it: it had waited for a writer."""
    params = connections["imports"].get_connection_params()
    with psycopg.connect(**params) as writer:
        writer.execute(
            "INSERT INTO import_logs (job_id, log_level, message) VALUES (1, 'info', 'x')"
        )
        writer.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
        with psycopg.connect(**params, autocommit=True) as builder:
            builder.execute("SET lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                builder.execute(
                    f"CREATE INDEX CONCURRENTLY {name} ON {table}"
                    " (job_id, created_at DESC, log_level)"
                )
        writer.rollback()


@pytest.mark.parametrize("app", ["catalog", "imports", "media", "code2asin", "analytics"])
def test_the_migrations_of_every_domain_go_back_and_forth(app: str) -> None:
    call_command("migrate", app, "zero", database=app, verbosity=0)
    call_command("migrate", app, database=app, verbosity=0)
    with connections[app].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchone() == (0,)
