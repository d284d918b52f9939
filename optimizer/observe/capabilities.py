"""What the server can tell and prove, and what to do where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.rows import class_row

from optimizer.exceptions import StatementsUnavailable
from optimizer.records import Capabilities
from optimizer.sql import load

# pg_stat_statements_info and the nesting level came with 1.9, PostgreSQL 14.
OLDEST_STATEMENTS_VERSION: Final = (1, 9)


@dataclass(frozen=True, slots=True)
class _Row:
    server_version: int
    database: str
    role: str
    reads_all_stats: bool
    statements_loaded: bool
    statements_track: str | None
    compute_query_id: str | None
    statements_version: str | None
    statements_schema: str | None
    statements_schema_usable: bool
    hypopg_version: str | None
    hypopg_schema_usable: bool
    hypopg_available: bool
    stats_reset: datetime | None


def capabilities(connection: psycopg.Connection[Any]) -> Capabilities:
    row = _read(connection)
    problem = _statements_problem(row)
    reset, evicted = (None, 0) if problem else _statements_info(connection, row)
    hypopg_problem = _hypopg_problem(row)
    return Capabilities(
        server_version=row.server_version,
        database=row.database,
        role=row.role,
        has_pg_stat_statements=not problem,
        pg_stat_statements_problem=problem,
        has_hypopg=not hypopg_problem,
        hypopg_problem=hypopg_problem,
        reads_all_stats=row.reads_all_stats,
        stats_reset=row.stats_reset,
        statements_reset=reset,
        statements_evicted=evicted,
    )


def statements_schema(connection: psycopg.Connection[Any]) -> sql.Identifier:
    """Where pg_stat_statements lives; raises `StatementsUnavailable` where it is of no use."""
    row = _read(connection)
    problem = _statements_problem(row)
    if problem or row.statements_schema is None:
        raise StatementsUnavailable(problem)
    return sql.Identifier(row.statements_schema)


def _read(connection: psycopg.Connection[Any]) -> _Row:
    statement = load("optimizer.observe", "capabilities")
    with connection.cursor(row_factory=class_row(_Row)) as cursor:
        row = cursor.execute(statement).fetchone()
    assert row is not None  # noqa: S101 - the query has exactly one row
    return row


def _statements_info(connection: psycopg.Connection[Any], row: _Row) -> tuple[datetime | None, int]:
    statement = sql.SQL(load("optimizer.observe", "statements_info")).format(
        schema=sql.Identifier(row.statements_schema or "")
    )
    reset, evicted = connection.execute(statement).fetchone() or (None, 0)
    return reset, evicted


def _statements_problem(row: _Row) -> str:
    if not row.statements_loaded:
        return _(
            "pg_stat_statements is not loaded: add it to shared_preload_libraries "
            "in postgresql.conf and restart the server."
        )
    if row.statements_version is None:
        return _(
            "pg_stat_statements is missing in this database: "
            "CREATE EXTENSION pg_stat_statements; as a superuser."
        )
    if _version(row.statements_version) < OLDEST_STATEMENTS_VERSION:
        return _(
            "pg_stat_statements is of an older server: "
            "ALTER EXTENSION pg_stat_statements UPDATE; as a superuser."
        )
    if not row.statements_schema_usable:
        return _(
            "The role may not use the schema of pg_stat_statements: "
            "GRANT USAGE ON SCHEMA %(schema)s TO %(role)s;"
        ) % {"schema": row.statements_schema, "role": row.role}
    if row.statements_track == "none" or row.compute_query_id == "off":
        return _(
            "pg_stat_statements records nothing: set pg_stat_statements.track to top "
            "and compute_query_id to auto."
        )
    return ""


def _hypopg_problem(row: _Row) -> str:
    if row.hypopg_version is not None:
        if row.hypopg_schema_usable:
            return ""
        return _("The role may not use the schema of HypoPG: grant it USAGE.")
    if row.hypopg_available:
        return _("HypoPG is missing in this database: CREATE EXTENSION hypopg; as a superuser.")
    return _(
        "HypoPG is not installed on the server: install the package postgresql-%d-hypopg, "
        "then CREATE EXTENSION hypopg; as a superuser."
    ) % (row.server_version // 10000)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
