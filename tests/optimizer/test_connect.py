from __future__ import annotations

import time
from typing import Any

import psycopg
import pytest
from django.db import connections

from optimizer.connect import connection_parameters, open_connection
from optimizer.exceptions import (
    DatabaseUnavailable,
    InsufficientPrivilege,
    OptimizerError,
    QueryTimedOut,
    UnknownAlias,
)

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


def opened(alias: str = "catalog", **timeouts: float) -> Any:
    limits = {"statement_timeout": 5.0, "lock_timeout": 1.0} | timeouts
    return open_connection(using=alias, purpose="test", **limits)


def value(connection: Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_the_connection_is_the_optimizers_own() -> None:
    with opened(statement_timeout=2.5, lock_timeout=0) as connection:
        assert connection.autocommit
        assert value(connection, "SHOW application_name") == "suppliers-import optimizer: test"
        assert value(connection, "SHOW statement_timeout") == "2500ms"
        assert value(connection, "SHOW lock_timeout") == "0"
        name = connections["catalog"].settings_dict["NAME"]
        assert value(connection, "SELECT current_database()") == name
    assert connection.closed


def test_a_timeout_of_the_role_does_not_reach_maintenance(superuser: Connection) -> None:
    settings = connections["catalog"].settings_dict
    role = f'"{settings["USER"]}" IN DATABASE "{settings["NAME"]}"'
    superuser.execute(f"ALTER ROLE {role} SET statement_timeout = 1234")
    try:
        with opened(statement_timeout=0) as connection:
            assert value(connection, "SHOW statement_timeout") == "0"
    finally:
        superuser.execute(f"ALTER ROLE {role} RESET statement_timeout")


def test_a_closed_port_is_told_at_once_and_without_the_password(down: str) -> None:
    begin = time.monotonic()

    with pytest.raises(DatabaseUnavailable) as failure, opened(down):
        pytest.fail("it was opened")

    assert time.monotonic() - begin < 4
    assert "“down” does not answer" in str(failure.value)
    assert "a-secret-password" not in str(failure.value)
    assert "\n" not in str(failure.value)


def test_an_unknown_alias_lists_the_known() -> None:
    with pytest.raises(UnknownAlias, match="default, catalog, imports"), opened("katalog"):
        pytest.fail("it was opened")


def test_an_alias_that_is_not_postgresql_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = connections.settings["default"] | {
        "ENGINE": "django.db.backends.sqlite3",
        "OPTIONS": {},
    }
    monkeypatch.setitem(connections.settings, "lite", settings)

    with pytest.raises(UnknownAlias, match="not a PostgreSQL database"):
        connection_parameters(using="lite")


def test_a_setting_that_libpq_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = connections.settings["catalog"] | {"OPTIONS": {"sslmood": "good"}}
    monkeypatch.setitem(connections.settings, "odd", settings)

    with pytest.raises(DatabaseUnavailable, match="sslmood"), opened("odd"):
        pytest.fail("it was opened")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT pg_sleep(5)", QueryTimedOut),
        ("SELECT pg_read_file('/etc/passwd')", InsufficientPrivilege),
        ("SELECT nothing", OptimizerError),
        ("SELECT pg_terminate_backend(pg_backend_pid())", DatabaseUnavailable),
    ],
)
def test_what_fails_inside_leaves_as_an_error_of_the_optimizer(
    query: str, error: type[OptimizerError]
) -> None:
    with pytest.raises(error) as failure, opened(statement_timeout=0.2) as connection:
        connection.execute(query)

    assert type(failure.value) is error
    assert isinstance(failure.value.__cause__, psycopg.Error)


def test_a_wait_for_a_lock_ends(catalog: Connection, superuser: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int)")
    with superuser.transaction():
        superuser.execute("LOCK TABLE shop.orders")
        with (
            pytest.raises(QueryTimedOut, match="lock timeout"),
            opened(lock_timeout=0.1) as connection,
        ):
            connection.execute("SELECT * FROM shop.orders")
