"""Building exactly what the optimizer suggests, seeing what is used, and dropping it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pglast
import psycopg
from django.db import connections
from psycopg import sql

from optimizer.records import IndexSuggestion

# Every index that no other one holds: those of partitions are built, used and dropped with the parent's.
_OWN_INDEXES = """
SELECT relname
  FROM pg_class
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE relkind IN ('i', 'I')
   AND NOT relispartition
   AND nspname = 'public'
 ORDER BY relkind, relname
"""
_ROOTS = """
SELECT relname, pg_partition_root(oid)::regclass::text
  FROM pg_class
 WHERE relkind = 'i' AND relispartition
"""


@contextmanager
def built(
    suggestions: Sequence[IndexSuggestion], *, connection: psycopg.Connection[Any]
) -> Iterator[list[str]]:
    """The names of the indexes that were built; afterwards, also interrupted, they are gone.

    The connection is in autocommit.
    """
    before = _own_indexes(connection)
    try:
        for suggestion in suggestions:
            for statement in pglast.split(suggestion.create_sql):
                connection.execute(statement.encode())
        yield [name for name in _own_indexes(connection) if name not in before]
    finally:
        for name in _own_indexes(connection):
            if name not in before:
                connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))


def used_indexes(statements: Sequence[tuple[str, Any]], *, using: str) -> set[str]:
    """The indexes in the plans of these statements; of a partition's index the parent's name."""
    used: set[str] = set()
    with connections[using].cursor() as cursor:
        cursor.execute(_ROOTS)
        roots = dict(cursor.fetchall())
        for statement, values in statements:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
            (plan,) = cursor.fetchone()
            used |= _index_names(plan if isinstance(plan, list) else json.loads(plan))
    return {roots.get(name, name) for name in used}


def _own_indexes(connection: psycopg.Connection[Any]) -> list[str]:
    return [name for (name,) in connection.execute(_OWN_INDEXES).fetchall()]


def _index_names(node: Any) -> set[str]:
    names: set[str] = set()
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, list):
            waiting += at
        elif isinstance(at, dict):
            waiting += at.values()
            if "Index Name" in at:
                names.add(at["Index Name"])
    return names
