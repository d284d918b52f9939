"""Sizes and activity of tables."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.rows import class_row

from optimizer.observe.names import Table
from optimizer.records import TableStats
from optimizer.sql import load


def table_stats(
    connection: psycopg.Connection[Any], *, table: Table | None = None
) -> list[TableStats]:
    """Every user table, or the one given, the largest first; partitions count as their parent."""
    with connection.cursor(row_factory=class_row(TableStats)) as cursor:
        statement = load("optimizer.observe", "tables")
        return cursor.execute(statement, {"oid": table.oid if table else None}).fetchall()
