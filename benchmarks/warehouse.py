"""A warehouse with a star schema, made for measuring the advisor: tables, rows and statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg

from benchmarks.scratch import make_bare, scratch_database
from benchmarks.workloads import Question, Workload
from optimizer.advise.understanding.workload_file import read_workload

SQL: Final = Path(__file__).parent / "sql"
STATEMENTS: Final = SQL / "warehouse_statements.sql"

# Rows at scale 1. The other dimensions do not grow.
ROWS: Final = {"articles": 12_000, "shoppers": 60_000, "sales": 1_000_000, "movements": 500_000}


@contextmanager
def warehouse(*, scale: float) -> Iterator[Workload]:
    """The workload, on a database that is gone afterwards."""
    with scratch_database(using="default", purpose="warehouse") as parameters:
        with psycopg.connect(**parameters, autocommit=True) as connection:
            fill(connection, scale=scale)
        yield Workload(f"warehouse, scale {scale:g}", parameters, questions())


def fill(connection: psycopg.Connection[Any], *, scale: float) -> None:
    """Make the tables and fill them, then VACUUM ANALYZE; the connection is in autocommit."""
    rows = {name: max(1, round(count * scale)) for name, count in ROWS.items()}
    # Several statements with parameters: PostgreSQL takes them only with the values in the text.
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute((SQL / "warehouse_tables.sql").read_bytes())
        cursor.execute((SQL / "warehouse_rows.sql").read_bytes(), rows)
    make_bare(connection)
    connection.execute("VACUUM (ANALYZE)")


def questions() -> tuple[Question, ...]:
    return tuple(
        Question(source, (source.query,), source.weight or 1.0)
        for source in read_workload(STATEMENTS)
    )
