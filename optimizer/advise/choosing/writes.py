"""How much tables are written, and what the upkeep of one more index would cost for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import psycopg
from pglast import ast
from psycopg.rows import class_row

from optimizer.advise.proposing.shapes import IndexShape, Method
from optimizer.advise.proposing.sizes import rows_covered
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import DEFAULT_WIDTH, Table
from optimizer.advise.understanding.tree import is_a
from optimizer.exceptions import PlanUnavailable
from optimizer.observe.plans import StatementPlanner
from optimizer.records import WritePrice
from optimizer.sql import load

MIN_STATISTICS_AGE: Final = timedelta(hours=1)
MAX_PLANNED: Final = 200  # writing statements whose rows only the planner can tell

# Measured on PostgreSQL 15 (docs/adr/0007): 300,000 rows inserted into a table of 600,000 took 2.4
# to 4.4 microseconds longer a row with one more B-tree, everything in the cache; queries on the
# same tables took 1.9 to 7.9 microseconds for each unit of the planner, half of them below 3.4.
UNITS_PER_ENTRY: Final = 1.0
# BRIN takes a fifteenth of that, as it only looks whether the value is within its range already.
UNITS_PER_BRIN_ENTRY: Final = 0.07
# VACUUM took 0.2 to 0.7 microseconds longer for each removed row.
UNITS_PER_REMOVED_ENTRY: Final = 0.1
# Of write-ahead log on top of the entry itself, page splits shared out, between two checkpoints;
# the first change to a page after a checkpoint logs all of it and may triple that.
WAL_OVERHEAD: Final = 75
ENTRY_HEADER: Final = 8
SMALL_ENTRY: Final = 16  # of an index on one number, as most of those are that exist already

WRITING: Final = (ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt)


@dataclass(frozen=True, slots=True)
class RowsWritten:
    inserted: float = 0.0
    updated: float = 0.0
    deleted: float = 0.0

    def times(self, factor: float) -> RowsWritten:
        return RowsWritten(self.inserted * factor, self.updated * factor, self.deleted * factor)


@dataclass(frozen=True, slots=True)
class UpdateShare:
    """A part of a table's updates; all parts together make 1."""

    columns: frozenset[str] | None  # that are set; None: nobody knows which
    share: float
    hot: float  # the share of these updates that are HOT now


@dataclass(frozen=True, slots=True)
class TableWrites:
    per_second: RowsWritten | None  # None: nobody knows since when was counted
    in_workload: RowsWritten  # while the statements of the workload ran as often as they count
    updates: tuple[UpdateShare, ...]
    index_count: int  # indexes there are already


@dataclass(frozen=True, slots=True)
class _Counters:
    table_oid: int
    is_visible: bool
    inserted: float
    updated: float
    hot_updated: float
    deleted: float
    index_count: int
    indexed_columns: list[str]
    seconds: float | None  # since the statistics were reset

    @property
    def rows(self) -> RowsWritten:
        return RowsWritten(self.inserted, self.updated, self.deleted)

    @property
    def is_old_enough(self) -> bool:
        return self.seconds is not None and self.seconds >= MIN_STATISTICS_AGE.total_seconds()


@dataclass(slots=True)
class _Seen:
    """What the statements of the workload write to one table."""

    inserted: float = 0.0
    deleted: float = 0.0
    updated: dict[frozenset[str], float] | None = None

    def add_update(self, columns: frozenset[str], rows: float) -> None:
        self.updated = self.updated or {}
        self.updated[columns] = self.updated.get(columns, 0.0) + rows

    @property
    def rows(self) -> RowsWritten:
        return RowsWritten(self.inserted, sum((self.updated or {}).values()), self.deleted)


def table_writes(
    connection: psycopg.Connection[Any],
    tables: Iterable[Table],
    statements: Sequence[Statement],
    *,
    window: timedelta | None,
) -> dict[Table, TableWrites]:
    """What is written to each of the tables.

    `window` is how long it took until the statements had run as often as they count; None for a
    workload that nobody measured. Then only its own statements count, with the rows that the
    planner expects. Otherwise the server's counters do, if they are an hour old or more.
    """
    wanted = {table.oid: table for table in tables}
    counters = _counters(connection, wanted)
    by_name = {name: wanted[item.table_oid] for item in counters for name in _names(item, wanted)}
    seen = {oid: _Seen() for oid in wanted}
    planned = _PlannedRows(connection)
    for statement in statements:
        for node in _writing_nodes(statement):
            table = by_name.get((node.relation.schemaname, node.relation.relname))
            if table is not None:
                _count(seen[table.oid], table, statement, node, planned)
    return {
        wanted[item.table_oid]: _table_writes(item, seen[item.table_oid], window)
        for item in counters
    }


def write_price(shape: IndexShape, writes: TableWrites) -> WritePrice:
    if writes.per_second is None:
        return WritePrice(None, None, None)
    entries = _entries(shape, writes, writes.per_second)
    at_risk = _hot_at_risk(shape, writes)
    covered = covered_share(shape)
    # An update that is HOT no longer writes the other indexes too.
    others = (at_risk or 0.0) * writes.per_second.updated * writes.index_count
    return WritePrice(
        rows_per_second=entries + covered * writes.per_second.deleted,
        hot_updates_per_second=None if at_risk is None else at_risk * writes.per_second.updated,
        wal_bytes_per_second=entries * _logged_bytes(shape) + others * (SMALL_ENTRY + WAL_OVERHEAD),
    )


def upkeep(shape: IndexShape, writes: TableWrites) -> float:
    """What maintaining the index costs while the workload runs once, in the planner's units: to be
    compared with what the workload costs in all, each statement times its weight."""
    rows = writes.in_workload
    others = (_hot_at_risk(shape, writes) or 0.0) * rows.updated * writes.index_count
    entries = _entries(shape, writes, rows)
    if shape.method is Method.BRIN:
        return UNITS_PER_BRIN_ENTRY * entries + UNITS_PER_ENTRY * others
    removed = covered_share(shape) * rows.deleted
    return UNITS_PER_ENTRY * (entries + others) + UNITS_PER_REMOVED_ENTRY * removed


def covered_share(shape: IndexShape) -> float:
    """The share of the table's rows that have an entry in the index."""
    if not shape.predicate or not shape.table.row_count:
        return 1.0
    return min(1.0, rows_covered(shape) / shape.table.row_count)


def _entries(shape: IndexShape, writes: TableWrites, rows: RowsWritten) -> float:
    """New entries: for rows inserted, and for updates that set what the index holds or that are
    not HOT anyway, for those write every index."""
    held = shape.touched_by
    touched = sum(
        part.share * (1.0 if part.columns and part.columns & held else 1.0 - part.hot)
        for part in writes.updates
    )
    return covered_share(shape) * (rows.inserted + touched * rows.updated)


def _hot_at_risk(shape: IndexShape, writes: TableWrites) -> float | None:
    """The share of the table's updates that are HOT and would no longer be."""
    held = shape.touched_by
    if any(part.columns is None and part.hot for part in writes.updates):
        return None
    return sum(
        part.share * part.hot for part in writes.updates if part.columns and part.columns & held
    )


def _logged_bytes(shape: IndexShape) -> int:
    """Of write-ahead log for a new entry."""
    if shape.method is Method.BRIN:
        return 0  # most values lie within a range that is known
    columns = (shape.table.columns.get(name) for name in (*shape.columns, *shape.include))
    size = ENTRY_HEADER + sum(
        DEFAULT_WIDTH if column is None else column.width for column in columns
    )
    return -(-size // 8) * 8 + WAL_OVERHEAD


def _counters(connection: psycopg.Connection[Any], wanted: Mapping[int, Table]) -> list[_Counters]:
    with connection.cursor(row_factory=class_row(_Counters)) as cursor:
        statement = load("optimizer.advise", "table_writes")
        return cursor.execute(statement, {"oids": list(wanted)}).fetchall()


def _names(item: _Counters, wanted: Mapping[int, Table]) -> Iterator[tuple[str | None, str]]:
    """How a statement may call a table."""
    table = wanted[item.table_oid]
    yield table.schema_name, table.name
    if item.is_visible:
        yield None, table.name


def _writing_nodes(statement: Statement) -> Iterator[Any]:
    """The statement itself and what it does in WITH, where alone PostgreSQL lets it write."""
    root = statement.plannable.statement
    with_clause = getattr(root, "withClause", None)
    ctes = with_clause.ctes if with_clause is not None else ()
    for node in (root, *(cte.ctequery for cte in ctes)):
        if is_a(node, *WRITING):
            yield node


def _count(
    seen: _Seen, table: Table, statement: Statement, node: Any, planned: _PlannedRows
) -> None:
    rows = planned.rows(statement)
    if is_a(node, ast.DeleteStmt):
        seen.deleted += rows
    elif is_a(node, ast.UpdateStmt):
        columns = frozenset(name for oid, name in statement.written if oid == table.oid)
        seen.add_update(columns, rows)
    else:
        # Of INSERT ... ON CONFLICT and MERGE nobody knows what they do: a new row costs most.
        seen.inserted += rows


class _PlannedRows:
    """How many rows statements write in all, asking the planner where nobody measured it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._known: dict[Statement, float] = {}

    def rows(self, statement: Statement) -> float:
        source = statement.source
        if source.rows or source.total_time:
            return float(source.rows)
        if statement not in self._known:
            self._known[statement] = self._ask(statement)
        return statement.weight * self._known[statement]

    def _ask(self, statement: Statement) -> float:
        if len(self._known) >= MAX_PLANNED:
            return 1.0
        try:
            planner = StatementPlanner(self._connection, statement.plannable.text)
            (child, *_others) = planner.plan(with_text=False).node["Plans"]
        except PlanUnavailable:
            return 1.0  # the advisor lists it among those that it could not plan
        return float(child["Plan Rows"])


def _table_writes(counters: _Counters, seen: _Seen, window: timedelta | None) -> TableWrites:
    in_workload = seen.rows
    per_second = None
    if counters.is_old_enough and counters.seconds:
        per_second = counters.rows.times(1 / counters.seconds)
        if window is not None:
            in_workload = per_second.times(window.total_seconds())
    elif window:
        per_second = seen.rows.times(1 / window.total_seconds())
    return TableWrites(
        per_second=per_second,
        in_workload=in_workload,
        updates=tuple(_update_shares(counters, seen)),
        index_count=counters.index_count,
    )


def _update_shares(counters: _Counters, seen: _Seen) -> Iterator[UpdateShare]:
    """An update of an indexed column is never HOT; what is HOT in all is spread over the others."""
    updates = {columns: rows for columns, rows in (seen.updated or {}).items() if rows}
    total = sum(updates.values())
    hot = counters.hot_updated / counters.updated if counters.updated else None
    if not total:
        if hot is not None:
            yield UpdateShare(None, 1.0, hot)
        return
    indexed = frozenset(counters.indexed_columns)
    warm = sum(rows for columns, rows in updates.items() if not columns & indexed) / total
    hot_of_warm = 1.0 if hot is None or not warm else min(1.0, hot / warm)
    for columns, rows in updates.items():
        yield UpdateShare(columns, rows / total, 0.0 if columns & indexed else hot_of_warm)
