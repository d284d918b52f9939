"""Foreign keys whose referencing columns no index begins with.

PostgreSQL indexes the referenced side only. Each DELETE there looks for rows that still refer to
it, and without an index reads the whole referencing table; pg_stat_statements does not show that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from optimizer.observe.names import quoted
from optimizer.records import Index, WorkloadStatement
from optimizer.sql import load


@dataclass(frozen=True, slots=True)
class ForeignKey:
    name: str
    schema_name: str
    table_name: str
    is_partitioned: bool
    columns: tuple[str, ...]
    referenced_schema: str
    referenced_table: str
    referenced_deletes: int  # rows deleted there since the statistics were reset

    @property
    def referenced_name(self) -> str:
        return f"{quoted(self.referenced_schema)}.{quoted(self.referenced_table)}"

    def is_served_by(self, index: Index) -> bool:
        """Whether the index begins with exactly its columns, in any order, over all rows."""
        if (index.schema_name, index.table_name) != (self.schema_name, self.table_name):
            return False
        leading = set(index.columns[: len(self.columns)])
        wanted = {quoted(column) for column in self.columns}
        # NULL refers to nothing, so rows without a value may be left out.
        not_null = {f"({column} IS NOT NULL)" for column in wanted}
        return leading == wanted and (not index.predicate or index.predicate in not_null)

    def check(self) -> WorkloadStatement:
        """The query by which a DELETE of a referenced row looks for rows that refer to it."""
        only = "" if self.is_partitioned else "ONLY "
        conditions = (
            f"x.{quoted(column)} = ${number}" for number, column in enumerate(self.columns, start=1)
        )
        table = f"{quoted(self.schema_name)}.{quoted(self.table_name)}"
        return WorkloadStatement(
            queryid=None,
            query=f"SELECT 1 FROM {only}{table} AS x WHERE {' AND '.join(conditions)}",  # noqa: S608 - planned only; names are quoted
            calls=max(1, self.referenced_deletes),
            total_time=0.0,
        )


def foreign_keys(connection: psycopg.Connection[Any]) -> list[ForeignKey]:
    """Every foreign key of the database's user tables."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load("optimizer.advise", "foreign_keys")).fetchall()
    return [ForeignKey(**row | {"columns": tuple(row["columns"])}) for row in rows]


def without_index(keys: Iterable[ForeignKey], indexes: Sequence[Index]) -> list[ForeignKey]:
    valid = [index for index in indexes if index.is_valid and index.method in ("btree", "hash")]
    return [key for key in keys if not any(key.is_served_by(index) for index in valid)]
