from __future__ import annotations

from typing import Any

import psycopg
import pytest

from optimizer.service import db_optimizer

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


def test_a_complete_server_offers_everything(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int); ANALYZE orders")

    found = db_optimizer.capabilities("catalog")

    assert found.server_version == catalog.info.server_version
    assert (found.database, found.role) == (catalog.info.dbname, catalog.info.user)
    assert found.has_pg_stat_statements
    assert found.has_hypopg
    assert found.pg_stat_statements_problem == found.hypopg_problem == ""
    assert found.reads_all_stats
    assert found.stats_reset is not None
    assert found.statements_reset is not None


def test_a_missing_extension_is_told_with_its_cure(superuser: Connection) -> None:
    superuser.execute("DROP EXTENSION hypopg; DROP EXTENSION pg_stat_statements")
    try:
        found = db_optimizer.capabilities("catalog")
    finally:
        superuser.execute("CREATE EXTENSION hypopg; CREATE EXTENSION pg_stat_statements")

    assert not found.has_hypopg
    assert "CREATE EXTENSION hypopg;" in found.hypopg_problem
    assert not found.has_pg_stat_statements
    assert "CREATE EXTENSION pg_stat_statements;" in found.pg_stat_statements_problem
    assert found.statements_reset is None


def test_extensions_may_live_in_any_schema(superuser: Connection) -> None:
    superuser.execute('CREATE SCHEMA "Ext.ensions"; GRANT USAGE ON SCHEMA "Ext.ensions" TO PUBLIC')
    superuser.execute('ALTER EXTENSION pg_stat_statements SET SCHEMA "Ext.ensions"')
    try:
        assert db_optimizer.capabilities("catalog").has_pg_stat_statements
        assert db_optimizer.analyze_slow_queries("catalog", limit=1)
        superuser.execute('REVOKE USAGE ON SCHEMA "Ext.ensions" FROM PUBLIC')
        problem = db_optimizer.capabilities("catalog").pg_stat_statements_problem
    finally:
        superuser.execute("ALTER EXTENSION pg_stat_statements SET SCHEMA public")
        superuser.execute('DROP SCHEMA "Ext.ensions"')

    assert "GRANT USAGE ON SCHEMA" in problem


def test_a_role_without_pg_monitor_knows_it(blind: str) -> None:
    assert not db_optimizer.capabilities(blind).reads_all_stats


def test_statistics_are_no_younger_than_what_they_remember(
    catalog: Connection, superuser: Connection
) -> None:
    catalog.execute("CREATE TABLE orders (id int)")
    superuser.execute("ANALYZE pg_class")
    begin = db_optimizer.capabilities("catalog").stats_reset
    catalog.execute("ANALYZE orders")

    assert begin is not None
    assert db_optimizer.capabilities("catalog").stats_reset == begin
    superuser.execute("SELECT pg_stat_reset()")
    after = db_optimizer.capabilities("catalog").stats_reset
    assert after is not None
    assert after > begin
