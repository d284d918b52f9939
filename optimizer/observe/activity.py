"""What goes on in a server right now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

from optimizer.sql import load


@dataclass(frozen=True, slots=True)
class Activity:
    connections: int  # clients of the whole server
    usable_connections: int  # max_connections less what is reserved
    blocks_hit: int  # of this database, since its statistics began
    blocks_read: int

    @property
    def connections_share(self) -> float:
        return self.connections / self.usable_connections

    @property
    def cache_hit_share(self) -> float | None:
        blocks = self.blocks_hit + self.blocks_read
        return self.blocks_hit / blocks if blocks else None


@dataclass(frozen=True, slots=True)
class LongTransaction:
    pid: int
    role: str
    application_name: str
    state: str  # empty where the role may not see it
    seconds: float


def activity(connection: psycopg.Connection[Any]) -> Activity:
    with connection.cursor(row_factory=class_row(Activity)) as cursor:
        found = cursor.execute(load("optimizer.observe", "activity")).fetchone()
    assert found is not None  # noqa: S101 - the current database always has its row
    return found


def long_transactions(
    connection: psycopg.Connection[Any], *, older_than: float
) -> list[LongTransaction]:
    """Open transactions of this database older than so many seconds, the ten oldest."""
    with connection.cursor(row_factory=class_row(LongTransaction)) as cursor:
        statement = load("optimizer.observe", "long_transactions")
        return cursor.execute(statement, {"older_than": older_than}).fetchall()
