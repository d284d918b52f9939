"""Real servers for the optimizer's tests: a table of one's own, a superuser, a role that sees little."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from optimizer.connect import connection_parameters

Connection = psycopg.Connection[Any]

# Roles belong to the whole server, which the workers of pytest-xdist share.
BLIND = f"optimizer_blind_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
BLIND_PASSWORD = "sees-nothing-of-others"


@pytest.fixture
def catalog(db: None) -> Iterator[Connection]:
    """The application's role in the test database of `catalog`, and a schema of its own."""
    with psycopg.connect(**connection_parameters(using="catalog"), autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop")
        connection.execute("SET search_path TO shop, public")
        yield connection
        connection.execute("DROP SCHEMA shop CASCADE")


@pytest.fixture
def superuser(db: None) -> Iterator[Connection]:
    """A superuser in the test database of `catalog`, which is none of the optimizer's business."""
    name = connections["catalog"].settings_dict["NAME"]
    with psycopg.connect(
        os.environ["TEST_SUPERUSER_URL"], dbname=name, autocommit=True
    ) as connection:
        yield connection


@pytest.fixture
def fresh_statements(superuser: Connection) -> None:
    """An empty pg_stat_statements for the test database."""
    superuser.execute(
        """SELECT pg_stat_statements_reset(0, oid, 0)
             FROM pg_database WHERE datname = current_database()"""
    )


@pytest.fixture
def blind(superuser: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An alias of the same database whose role owns nothing and is in no role of monitors."""
    superuser.execute(f"DROP ROLE IF EXISTS {BLIND}")
    superuser.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(BLIND), BLIND_PASSWORD)
    )
    settings = connections.settings["catalog"] | {"USER": BLIND, "PASSWORD": BLIND_PASSWORD}
    monkeypatch.setitem(connections.settings, "blind", settings)
    yield "blind"
    superuser.execute(f"DROP OWNED BY {BLIND}; DROP ROLE {BLIND}")


@pytest.fixture
def down(monkeypatch: pytest.MonkeyPatch) -> str:
    """An alias whose port nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = connections.settings["catalog"] | {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PASSWORD": "a-secret-password",
    }
    monkeypatch.setitem(connections.settings, "down", settings)
    return "down"
