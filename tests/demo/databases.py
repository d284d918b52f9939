"""A little demonstration data in the real test databases, and nothing of it left afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config.databases import DOMAINS
from demo import copying, state
from demo.data.plan import USERS, Plan
from imports import partitions

PLAN = Plan(seed=7, scale=0.002, anchor=datetime(2024, 3, 18, 15, tzinfo=UTC))
ARGUMENTS = [f"--scale={PLAN.scale}", f"--anchor={PLAN.anchor.isoformat()}"]


# For modules that work on the data, whose changes last: see `conftest.py`.
on_demo_data = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.xdist_group("demo"),
]


@contextmanager
def demo_data() -> Iterator[None]:
    names = [connections[alias].settings_dict["NAME"] for alias in connections]
    assert all(name.startswith("test_") for name in names), names  # never a real database
    months = {part.name for part in partitions.existing(using="imports")}
    try:
        load()
        yield
    finally:
        for alias in DOMAINS:
            empty(alias)
        for part in partitions.existing(using="imports"):
            if part.name not in months:
                execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(part.name)), using="imports")
        User.objects.filter(pk__in=USERS).delete()


def load(*arguments: str) -> str:
    """What the command printed."""
    output = StringIO()
    call_command("load_demo", *(arguments or ARGUMENTS), stdout=output)
    return output.getvalue()


def empty(alias: str) -> None:
    tables = sql.SQL(", ").join(map(sql.Identifier, state.tables_of(alias)))
    execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(tables), using=alias)
    marked = sql.Identifier(state.MARKED_TABLES[alias])
    execute(sql.SQL("COMMENT ON TABLE {} IS NULL").format(marked), using=alias)


def execute(
    statement: str | sql.Composed, *values: Any, using: str = "catalog"
) -> list[tuple[Any, ...]]:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def number(statement: str, *values: Any, using: str = "catalog") -> int:
    ((value,),) = execute(statement, *values, using=using)
    return int(value)


# PostgreSQL chose the names of some indexes of partitions, so these names are left out.
INDEXES_AND_CONSTRAINTS = """
SELECT tablename,
       CASE WHEN tablename ~ '_[0-9]{4}_[0-9]{2}$' THEN substring(indexdef from ' USING .*')
            ELSE indexdef END
  FROM pg_indexes WHERE schemaname = 'public'
 UNION ALL
SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
 ORDER BY 1, 2
"""


def catalogue() -> list[tuple[Any, ...]]:
    return [
        (alias, *row) for alias in DOMAINS for row in execute(INDEXES_AND_CONSTRAINTS, using=alias)
    ]


@contextmanager
def unmarked(alias: str) -> Iterator[None]:
    """The rows without the comment that says who wrote them."""
    execute(f"COMMENT ON TABLE {state.MARKED_TABLES[alias]} IS NULL", using=alias)
    try:
        yield
    finally:
        with copying.connect(using=alias) as connection:
            state.mark(connection, PLAN, using=alias, is_tidy=True)
