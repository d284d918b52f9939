"""Staff with different permissions, and a database of its own to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connections
from django.test import Client
from psycopg import sql

from optimizer.connect import connection_parameters

Connection = psycopg.Connection[Any]
SignIn = Callable[..., Client]

SEARCH = "SELECT code, price FROM shop.items WHERE code = %s"
EVERYTHING = (
    "view_console",
    "view_query_text",
    "run_vacuum",
    "run_analyze",
    "run_vacuum_analyze",
    "run_reindex",
)


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Log a member of staff in who has these permissions of the optimizer, and no others."""

    def sign_in(*permissions: str, name: str = "ada", **options: Any) -> Client:
        user = User.objects.create_user(name, password=name, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client = Client(**options)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def staff(sign_in: SignIn) -> Client:
    """Staff who may do everything in the console."""
    return sign_in(*EVERYTHING)


@pytest.fixture
def shop(catalog: Connection) -> Connection:
    """`shop.items` in the database of `catalog`: 5,000 rows, a fifth of them dead, no index."""
    catalog.execute(
        """CREATE TABLE shop.items (id bigint, code text, price integer)
           WITH (autovacuum_enabled = off)"""
    )
    catalog.execute(
        "INSERT INTO shop.items SELECT n, 'code-' || n, n FROM generate_series(1, 5000) AS n"
    )
    # What ANALYZE counts, rows that are reported only afterwards would be added to.
    catalog.execute("SELECT pg_stat_force_next_flush()")
    catalog.execute("ANALYZE shop.items")
    catalog.execute("UPDATE shop.items SET price = price + 1 WHERE id <= 1250")
    catalog.execute("SELECT pg_stat_force_next_flush()")
    return catalog


@pytest.fixture
def asked(shop: Connection, fresh_statements: None) -> Connection:
    """A table of 25,000 rows that is searched again and again without an index."""
    shop.execute(
        "INSERT INTO shop.items SELECT n, 'code-' || n, n FROM generate_series(5001, 25000) AS n"
    )
    shop.execute("VACUUM ANALYZE shop.items")
    for number in range(120):
        shop.execute(SEARCH, (f"code-{number}",)).fetchall()
    return shop


@pytest.fixture
def bare(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An alias of an empty database without any extension."""
    parameters = connection_parameters(using="catalog")
    name = f"{parameters['dbname']}_bare"
    identifier = sql.Identifier(name)
    with psycopg.connect(**parameters, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(identifier))
        settings = connections.settings["catalog"] | {"NAME": name}
        monkeypatch.setitem(connections.settings, "bare", settings)
        yield "bare"
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@pytest.fixture
def unused(bare: str) -> str:
    """An alias of an empty database that records statements and has not been asked any."""
    name = connections.settings[bare]["NAME"]
    with psycopg.connect(os.environ["TEST_SUPERUSER_URL"], dbname=name) as superuser:
        superuser.execute("CREATE EXTENSION pg_stat_statements")
    return bare


@pytest.fixture(autouse=True)
def _no_advice_of_other_tests() -> Iterator[None]:
    yield
    cache.clear()
