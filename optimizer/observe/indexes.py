"""The indexes a database has."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import dict_row

from optimizer.observe.names import Table
from optimizer.records import Index
from optimizer.sql import load


def indexes(connection: psycopg.Connection[Any], *, table: Table | None = None) -> list[Index]:
    """Every index of the user tables, or of the one given, those of partitions included."""
    with connection.cursor(row_factory=dict_row) as cursor:
        statement = load("optimizer.observe", "indexes")
        rows = cursor.execute(statement, {"oid": table.oid if table else None}).fetchall()
    lists = ("columns", "include", "key_signature")
    return [Index(**row | {name: tuple(row[name]) for name in lists}) for row in rows]
