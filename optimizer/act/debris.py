"""What an interrupted REINDEX CONCURRENTLY leaves behind: invalid copies of indexes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from psycopg import errors, sql
from psycopg.rows import class_row

from optimizer.connect import open_connection, reason
from optimizer.observe.names import quoted
from optimizer.sql import load

CLEANING_TIMEOUT_S: Final = 60
DROP_INDEX: Final = sql.SQL("DROP INDEX CONCURRENTLY {}")
STAYS: Final = (
    errors.InsufficientPrivilege,  # a TOAST index lies in a schema closed to all but superusers
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.UndefinedObject,
)


@dataclass(frozen=True, slots=True)
class InvalidIndex:
    oid: int
    schema_name: str
    name: str
    is_copy: bool  # named by REINDEX CONCURRENTLY after another index of the same table

    @property
    def drop_statement(self) -> sql.Composed:
        return DROP_INDEX.format(sql.Identifier(self.schema_name, self.name))

    @property
    def qualified_name(self) -> str:
        return f"{quoted(self.schema_name)}.{quoted(self.name)}"


def invalid_indexes(connection: psycopg.Connection[Any], *, oid: int) -> list[InvalidIndex]:
    """Those of a table, its partitions and their TOAST tables."""
    with connection.cursor(row_factory=class_row(InvalidIndex)) as cursor:
        statement = load("optimizer.act", "invalid_indexes")
        return cursor.execute(statement, {"oid": oid}).fetchall()


def clean(*, using: str, oid: int, known: Collection[int]) -> list[str]:
    """Drop the copies that came since `known` was read; says what was done and what is left.

    On a connection of its own, because the one that failed may be gone. What made REINDEX wait may
    make DROP wait as well, so it has a limit: a copy that could not be dropped is no worse for it.
    """
    with open_connection(
        using=using,
        purpose="cleaning",
        statement_timeout=CLEANING_TIMEOUT_S,
        lock_timeout=CLEANING_TIMEOUT_S,
    ) as connection:
        return [
            _drop(connection, index)
            if index.is_copy and index.oid not in known
            else left_behind(index)
            for index in invalid_indexes(connection, oid=oid)
        ]


def _drop(connection: psycopg.Connection[Any], index: InvalidIndex) -> str:
    try:
        connection.execute(index.drop_statement)
    except STAYS as exc:
        return f"{left_behind(index)} ({reason(exc)})"
    return _("The unfinished index %s was dropped.") % index.qualified_name


def left_behind(index: InvalidIndex) -> str:
    return _("The index %(name)s is invalid: %(remedy)s;") % {
        "name": index.qualified_name,
        "remedy": index.drop_statement.as_string(None),
    }
