"""Filling one database: everything in one transaction, then the planner's statistics."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Event

import psycopg
from django.db import connections
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.rows import args_row

from demo import state
from demo.data.plan import Plan, Table
from demo.exceptions import Stopped

_BATCH = 2_000  # lines handed over at once
_LOCK_TIMEOUT = "10s"
_SECONDARY_OBJECTS = Path(__file__).with_name("sql").joinpath("secondary_objects.sql").read_bytes()

STATISTICS = "VACUUM ANALYZE"

Progress = Callable[[str, int], None]  # (table, rows since the last call)


@dataclass(frozen=True, slots=True)
class Loaded:
    alias: str
    table: str
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Secondary:
    """An index or a foreign key, as the statements that remove it and bring it back."""

    remove: bytes
    restore: bytes

    @classmethod
    def of(cls, _step: int, remove: str, restore: str) -> Secondary:
        return cls(remove.encode(), restore.encode())


def connect(*, using: str, autocommit: bool = False) -> psycopg.Connection:
    """A connection of its own, outside the pool: what is set on it ends with it."""
    params = connections[using].get_connection_params()
    params["application_name"] = "suppliers-import demo"
    return psycopg.connect(**params, autocommit=autocommit)


def fill(
    plan: Plan,
    tables: list[Table],
    *,
    using: str,
    replace: bool,
    stop: Event,
    progress: Progress,
) -> list[Loaded]:
    """Load all tables, or none. With `replace` what was there goes in the same transaction.

    Checking each row against its foreign keys and putting it into each index costs three times as
    much as building both afterwards. As that is one transaction too, none can be lost.
    """
    with connect(using=using) as connection:
        connection.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_TIMEOUT])
        secondary = _secondary_objects(connection, state.tables_of(using))
        for one in secondary:
            connection.execute(one.remove)
        if replace:
            _truncate(connection, state.tables_of(using))
        loaded = [_load(connection, table, using, stop, progress) for table in tables]
        started, rebuilding = time.monotonic(), _("indexes and foreign keys")
        progress(rebuilding, 0)
        for one in secondary:
            _go_on(stop, using)
            connection.execute(one.restore)
        state.mark(connection, plan, using=using, is_tidy=False)
    return [*loaded, Loaded(using, rebuilding, 0, time.monotonic() - started)]


def tidy(*, using: str, progress: Progress) -> list[Loaded]:
    """VACUUM ANALYZE what was loaded; after an interruption the next call comes back to it."""
    found = state.look(using=using)
    if found.plan is None or found.is_tidy:
        return []
    started = time.monotonic()
    progress(STATISTICS, 0)
    names = sql.SQL(", ").join(map(sql.Identifier, state.tables_of(using)))
    with connect(using=using, autocommit=True) as connection:
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(names))
        state.mark(connection, found.plan, using=using, is_tidy=True)
    return [Loaded(using, STATISTICS, 0, time.monotonic() - started)]


def _truncate(connection: psycopg.Connection, tables: list[str]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))


def _secondary_objects(connection: psycopg.Connection, tables: list[str]) -> list[Secondary]:
    with connection.cursor(row_factory=args_row(Secondary.of)) as cursor:
        return cursor.execute(_SECONDARY_OBJECTS, {"tables": tables}).fetchall()


def _load(
    connection: psycopg.Connection, table: Table, alias: str, stop: Event, progress: Progress
) -> Loaded:
    started = time.monotonic()
    rows = 0
    lines = table.lines()
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, table.columns))
    )
    with connection.cursor().copy(statement) as copy:
        while batch := list(islice(lines, _BATCH)):
            _go_on(stop, alias)
            copy.write("\n".join(batch) + "\n")
            rows += len(batch)
            progress(table.name, len(batch))
    _advance_identity(connection, table)
    return Loaded(alias, table.name, rows, time.monotonic() - started)


def _go_on(stop: Event, alias: str) -> None:
    if stop.is_set():
        raise Stopped(_("Interrupted; %(alias)s is as it was.") % {"alias": alias})


def _advance_identity(connection: psycopg.Connection, table: Table) -> None:
    """The next row that the application inserts gets the id after the last one loaded."""
    if "id" not in table.columns:
        return
    connection.execute(
        sql.SQL(
            "SELECT setval(pg_get_serial_sequence({name}, 'id'), (SELECT max(id) FROM {table}))"
        ).format(name=sql.Literal(table.name), table=sql.Identifier(table.name))
    )
