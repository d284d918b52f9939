"""What the advisor is measured with: a database and the statements that are asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import psycopg

from optimizer.records import WorkloadStatement

# Partitions count once, as what they are: their parents hold nothing.
DATA_SIZE: Final = """
SELECT coalesce(sum(pg_table_size(pg_class.oid)), 0)::bigint
  FROM pg_class
  JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE relkind IN ('r', 'm') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A statement as the advisor gets it, and with the values it is judged by."""

    source: WorkloadStatement
    texts: tuple[str, ...]  # with literal values, one for each call that was drawn
    weight: float  # of all texts together

    @property
    def name(self) -> str:
        return self.source.name


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    parameters: dict[str, Any]  # how psycopg reaches the database
    questions: tuple[Question, ...]
    alias: str = ""  # where Django knows the database too

    @property
    def sources(self) -> list[WorkloadStatement]:
        return [question.source for question in self.questions]

    def connect(self) -> psycopg.Connection[Any]:
        """In autocommit, outside any pool."""
        return psycopg.connect(**self.parameters, autocommit=True)


def data_size(connection: psycopg.Connection[Any]) -> int:
    """Bytes of all tables with their TOAST, without any index."""
    row = connection.execute(DATA_SIZE).fetchone()
    return int(row[0]) if row else 0
