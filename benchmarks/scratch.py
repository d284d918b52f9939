"""Databases for one measurement: new, beside those of the project, and gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Final

import psycopg
from django.core.management import call_command
from django.db import connections
from django.utils.translation import gettext as _
from psycopg import errors, sql

from config.databases import ALIASES, DOMAINS
from optimizer.connect import connection_parameters
from optimizer.exceptions import OptimizerError

ANCHOR: Final = datetime(
    2026, 6, 15, 12, tzinfo=UTC
)  # where the data ends: the same data in every run
NAME_LIMIT: Final = 63  # bytes of a name in PostgreSQL

# Unique ones stay: they are part of what the tables mean.
_SECONDARY_INDEXES: Final = """
SELECT pg_class.relname
  FROM pg_index
  JOIN pg_class ON pg_class.oid = indexrelid
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE nspname = 'public' AND NOT indisunique AND NOT relispartition
 ORDER BY relname
"""
_LEAF_TABLES: Final = """
SELECT pg_class.relname
  FROM pg_class
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE nspname = 'public' AND relkind = 'r'
 ORDER BY relname
"""


class ScratchRefused(OptimizerError):
    """The role may not make databases, or they come without HypoPG."""


@contextmanager
def scratch_database(*, using: str, purpose: str) -> Iterator[dict[str, Any]]:
    """How psycopg reaches a new database on the server of an alias, with HypoPG; dropped in the end.

    One of the same name, which a killed run left behind, is replaced. Raises `ScratchRefused`.
    """
    own = connection_parameters(using=using)
    suffix = f"_{purpose}"
    name = own["dbname"][: NAME_LIMIT - len(suffix)] + suffix
    scratch = own | {"dbname": name}
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    try:
        with _refusals():
            _administer(own, drop, create)
            _administer(scratch, sql.SQL("CREATE EXTENSION IF NOT EXISTS hypopg"))
        yield scratch
    finally:
        _administer(own, drop)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (errors.InsufficientPrivilege, errors.FeatureNotSupported) as exc:
        raise ScratchRefused(
            _(
                "The benchmark works in databases of its own: the role needs CREATEDB, and template1 "
                "the extension hypopg (%(reason)s). “make bench” makes a cluster like that."
            )
            % {"reason": exc.diag.message_primary}
        ) from exc


@contextmanager
def scratch_domains(*, scale: float) -> Iterator[None]:
    """Django's aliases with demonstration data in scratch databases, primary keys and uniqueness
    their only indexes. Nothing but an explicit ANALYZE changes their statistics."""
    with ExitStack() as stack:
        for alias in ALIASES:
            scratch = stack.enter_context(scratch_database(using=alias, purpose="scratch"))
            stack.enter_context(pointed_at(scratch["dbname"], using=alias))
        call_command("migrate_all", stdout=StringIO())
        call_command("load_demo", scale=scale, anchor=ANCHOR, stdout=StringIO())
        for alias in DOMAINS:
            with psycopg.connect(**connection_parameters(using=alias), autocommit=True) as own:
                make_bare(own)
        yield


@contextmanager
def pointed_at(name: str, *, using: str) -> Iterator[None]:
    """Django's alias for a while means another database of the same server."""
    settings = connections[using].settings_dict
    before = settings["NAME"]
    _disconnect(using=using)
    settings["NAME"] = name
    try:
        yield
    finally:
        _disconnect(using=using)
        settings["NAME"] = before


def make_bare(connection: psycopg.Connection[Any]) -> None:
    """Drop every index that guarantees nothing, and keep autovacuum away."""
    for (index,) in connection.execute(_SECONDARY_INDEXES).fetchall():
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(index)))
    for (table,) in connection.execute(_LEAF_TABLES).fetchall():
        statement = sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = false)")
        connection.execute(statement.format(sql.Identifier(table)))


def _disconnect(*, using: str) -> None:
    connection: Any = connections[using]
    connection.close()
    connection.close_pool()


def _administer(parameters: dict[str, Any], *statements: sql.SQL | sql.Composed) -> None:
    with psycopg.connect(**parameters, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
