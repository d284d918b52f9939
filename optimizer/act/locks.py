"""One maintenance at a time per table, and one of a whole database.

A session lock on the working connection: PostgreSQL releases it when the process dies, so a run
whose lock nobody holds has ended, however it ended.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg

from optimizer.sql import marked

# The upper half of the key says whose lock it is, the lower half is the table's oid.
NAMESPACE: Final = 0x53493031
WHOLE_DATABASE: Final = 0

TRY_LOCK = marked("SELECT pg_try_advisory_lock(%s)")
UNLOCK = marked("SELECT pg_advisory_unlock(%s)")
HELD = marked(
    """SELECT l.objid, l.pid
         FROM pg_locks AS l
        WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objsubid = 1
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
)


def try_lock(connection: psycopg.Connection[Any], oid: int) -> bool:
    row = connection.execute(TRY_LOCK, (_key(oid),)).fetchone()
    return row is not None and bool(row[0])


def unlock(connection: psycopg.Connection[Any], oid: int) -> None:
    connection.execute(UNLOCK, (_key(oid),))


def holders(connection: psycopg.Connection[Any]) -> dict[int, int]:
    """Which process holds the lock of which table: {oid: process id}."""
    return dict(connection.execute(HELD, (NAMESPACE,)).fetchall())


def _key(oid: int) -> int:
    return NAMESPACE << 32 | oid
