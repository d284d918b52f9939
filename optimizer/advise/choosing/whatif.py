"""Asks PostgreSQL's planner what a statement would cost if certain indexes existed.

Statements are planned, never executed, with typical values for their parameters; where values
cannot be found the generic plan stands in. Hypothetical indexes live in the memory of this one
connection and cost nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, LiteralString

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql

from optimizer.advise.choosing.values import Sample, Values, ValueSource, values
from optimizer.advise.proposing.shapes import IndexShape, skips_entries
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Table
from optimizer.exceptions import PlanUnavailable
from optimizer.observe.plans import (
    PLAN_LOCK_TIMEOUT_MS,
    PLAN_TIMEOUT_MS,
    StatementPlanner,
    plan_index_names,
    plan_nodes,
    plan_refusals,
)
from optimizer.sql import marked

# HypoPG takes its OIDs from a range with room for about 2,500.
MAX_HYPOTHETICAL: Final = 500
MAX_KEPT: Final = 1_000  # beyond, those that are not wanted now go

UNEVENNESS: Final = 9.0  # so many times the cost comes on top where a LIMIT is reached late
SCANS: Final = ("Index Scan", "Index Only Scan", "Seq Scan")
# Nodes that hand on rows as they come.
STREAMING: Final = (
    "Append", "Merge Append", "Gather", "Gather Merge", "Incremental Sort", "LockRows", "Result",
    "Subquery Scan",
)  # fmt: skip
JOINS_STREAMING: Final = ("Nested Loop",)  # rows of the first side only

GENERIC: Final = Values(ValueSource.GENERIC, ())

SESSION_SETTINGS: Final = {
    "default_transaction_read_only": "on",
    "plan_cache_mode": "force_custom_plan",
    "statement_timeout": str(PLAN_TIMEOUT_MS),
    "lock_timeout": str(PLAN_LOCK_TIMEOUT_MS),
}
SET = marked("SELECT set_config(%s, %s, false)")
CURRENT = marked("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name")
EXTENSION_SCHEMA = marked(
    """SELECT n.nspname FROM pg_catalog.pg_extension e
       JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'"""
)
CREATE = marked(
    """SELECT made.indexrelid, made.indexname
       FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (statement, place)
       CROSS JOIN LATERAL {}(wanted.statement) AS made ORDER BY wanted.place"""
)
SET_VALUES = marked(
    """SELECT set_config(name, value, false)
       FROM unnest(%s::text[], %s::text[]) AS given (name, value)"""
)
SIZES = marked("SELECT oid, {}(oid) FROM unnest(%s::oid[]) AS oid")
DROP = marked("SELECT {}(oid) FROM unnest(%s::oid[]) AS oid")
RESET = marked("SELECT {}()")
PARAMETER_TYPES = marked(
    """SELECT parameter_types::text[] FROM pg_catalog.pg_prepared_statements WHERE name = %s"""
)


@dataclass(slots=True)
class Effort:
    """How much planning there was, and may be."""

    max_calls: int
    deadline: float  # as time.monotonic() counts
    calls: int = 0

    @property
    def is_spent(self) -> bool:
        return self.calls >= self.max_calls or time.monotonic() >= self.deadline


@dataclass(frozen=True, slots=True)
class Costing:
    """What a statement costs with some indexes, and which of them its plan uses."""

    cost: float  # in the planner's units
    used: frozenset[IndexShape] = frozenset()
    exposure: float = 0.0  # how much dearer it may get if a LIMIT is not reached early


@dataclass(slots=True)
class _Prepared:
    name: str
    planner: StatementPlanner
    types: tuple[LiteralString, ...]  # of its parameters, as PostgreSQL writes them
    values: Values = GENERIC


@contextmanager
def planning_session(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Nothing can be written or waited for; restored at the end, with nothing left behind."""
    # What psycopg prepares by itself it drops after a rollback with DEALLOCATE ALL, and ours too.
    threshold, connection.prepare_threshold = connection.prepare_threshold, None
    before = dict(connection.execute(CURRENT, (list(SESSION_SETTINGS),)).fetchall())
    _set(connection, SESSION_SETTINGS)
    try:
        yield
    finally:
        connection.prepare_threshold = threshold
        if not connection.broken:
            _set(connection, before)


def _set(connection: psycopg.Connection[Any], settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        connection.execute(SET, (name, value))


@contextmanager
def hypothetical_planner(
    connection: psycopg.Connection[Any], effort: Effort
) -> Iterator[HypotheticalPlanner]:
    """A planner for this connection, where HypoPG is installed."""
    row = connection.execute(EXTENSION_SCHEMA).fetchone()
    assert row is not None  # noqa: S101 - asked for only where the extension is there
    planner = HypotheticalPlanner(connection, schema=row[0], effort=effort)
    with planning_session(connection):
        try:
            yield planner
        finally:
            if not connection.broken:
                planner.close()


class HypotheticalPlanner:
    def __init__(self, connection: psycopg.Connection[Any], *, schema: str, effort: Effort) -> None:
        self._connection = connection
        self._schema = schema
        self._effort = effort
        self._offered: dict[IndexShape, tuple[int, str]] = {}  # OID and name HypoPG gave
        self._prepared: dict[Statement, _Prepared] = {}
        self._texts: dict[IndexShape, str] = {}
        self._sizes: dict[IndexShape, int] = {}  # as HypoPG estimates them
        self._values: Sample = ()  # those that are set now

    def close(self) -> None:
        self._connection.execute(self._call(RESET, "hypopg_reset"))
        for prepared in self._prepared.values():
            name = sql.Identifier(prepared.name)
            self._connection.execute(sql.SQL(marked("DEALLOCATE {}")).format(name))
        self._prepared.clear()
        self._offered.clear()

    def prepare(self, statement: Statement) -> Costing:
        """Make a statement ready; its cost as things are. Raises `PlanUnavailable`."""
        planner = StatementPlanner(self._connection, statement.plannable.text)
        name = f"optimizer_advise_{len(self._prepared)}"
        planner.prepare_as(name)
        row = self._connection.execute(PARAMETER_TYPES, (name,)).fetchone()
        types = tuple(row[0]) if row is not None else ()
        prepared = self._prepared[statement] = _Prepared(name, planner, types)
        try:
            prepared.values = _values(statement, types)
            return self.plan(statement, frozenset())
        except PlanUnavailable:
            # A value of the right type may still be refused, by a function for example.
            prepared.values = GENERIC
            return self.plan(statement, frozenset())

    @property
    def is_exhausted(self) -> bool:
        return self._effort.is_spent

    def value_source(self, statement: Statement) -> ValueSource:
        return self._prepared[statement].values.source

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        """Raises `PlanUnavailable`."""
        with plan_refusals(self._connection):
            self._offer(offered, statement.tables)
        prepared = self._prepared[statement]
        if not prepared.values.samples:
            self._effort.calls += 1
            generic = prepared.planner.plan(with_text=False)
            return self._costing(statement, generic.node, offered)
        found = [
            self._costing(statement, self._plan_with(prepared, sample), offered)
            for sample in prepared.values.samples
        ]
        return Costing(
            cost=sum(costing.cost for costing in found) / len(found),
            used=frozenset().union(*(costing.used for costing in found)),
            exposure=sum(costing.exposure for costing in found) / len(found),
        )

    def plan_text(self, statement: Statement, names: Mapping[IndexShape, str]) -> str:
        """The plan as EXPLAIN shows it, the hypothetical indexes under the names they will have."""
        with plan_refusals(self._connection):
            self._offer(frozenset(names), self._offered_tables())
        prepared = self._prepared[statement]
        self._effort.calls += max(1, len(prepared.values.samples))
        if prepared.values.samples:
            texts = [self._explain(prepared, sample, "TEXT") for sample in prepared.values.samples]
            text = "\n".join(_headed("\n".join(lines), texts, lines) for lines in texts)
        else:
            text = prepared.planner.plan().text
        for shape, name in names.items():
            hypothetical = self._offered[shape][1]
            text = text.replace(f'"{hypothetical}"', name).replace(hypothetical, name)
        return text

    def hypopg_size(self, shape: IndexShape) -> int:
        """Bytes as HypoPG estimates them, of an index that is `possible`."""
        return self._sizes[shape]

    def possible(self, shapes: Iterable[IndexShape]) -> list[IndexShape]:
        """Those that HypoPG accepts."""
        wanted = list(shapes)
        accepted: list[IndexShape] = []
        for start in range(0, len(wanted), MAX_HYPOTHETICAL):
            batch = wanted[start : start + MAX_HYPOTHETICAL]
            if self._is_accepted(batch):
                accepted += batch
            else:
                accepted += [shape for shape in batch if self._is_accepted([shape])]
        return accepted

    def _is_accepted(self, shapes: Sequence[IndexShape]) -> bool:
        try:
            self._offer(frozenset(shapes), self._offered_tables())
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            return False
        by_oid = {self._offered[shape][0]: shape for shape in shapes}
        statement = self._call(SIZES, "hypopg_relation_size")
        for oid, size in self._connection.execute(statement, (list(by_oid),)):
            self._sizes[by_oid[oid]] = size
        return True

    def _offered_tables(self) -> set[Table]:
        return {shape.table for shape in self._offered}

    def _offer(self, wanted: frozenset[IndexShape], tables: Set[Table]) -> None:
        """Have exactly these on the tables; what there is on others does no harm and may be wanted
        again, as long as there is room."""
        superfluous = {
            shape
            for shape in self._offered.keys() - wanted
            if shape.table in tables or len(self._offered) > MAX_KEPT
        }
        if superfluous:
            oids = [self._offered.pop(shape)[0] for shape in superfluous]
            self._connection.execute(self._call(DROP, "hypopg_drop_index"), (oids,))
        missing = sorted(wanted - self._offered.keys(), key=lambda shape: shape.sort_key)
        if missing:
            texts = [self._text(shape) for shape in missing]
            statement = self._call(CREATE, "hypopg_create_index")
            made = self._connection.execute(statement, (texts,)).fetchall()
            self._offered.update(zip(missing, made, strict=True))

    def _text(self, shape: IndexShape) -> str:
        if shape not in self._texts:
            self._texts[shape] = (
                f"CREATE INDEX ON {shape.table.qualified_name} {shape.definition()}"
            )
        return self._texts[shape]

    def _plan_with(self, prepared: _Prepared, sample: Sample) -> dict[str, Any]:
        self._effort.calls += 1
        (document,) = self._explain(prepared, sample, "JSON")
        node: dict[str, Any] = (json.loads(document) if isinstance(document, str) else document)[0][
            "Plan"
        ]
        if any(found.get("One-Time Filter") == "false" for found in plan_nodes(node)):
            raise PlanUnavailable(_("Its typical values contradict each other."))
        return node

    def _costing(
        self, statement: Statement, node: dict[str, Any], offered: frozenset[IndexShape]
    ) -> Costing:
        used = self._used(node, offered)
        hopeful = {
            self._offered[shape][1]
            for shape in used
            if any(skips_entries(shape, access) for access in statement.accesses)
        }
        return Costing(node["Total Cost"], used, exposure(node, hopeful))

    def _explain(self, prepared: _Prepared, sample: Sample, output: LiteralString) -> list[Any]:
        # pg_stat_statements keeps EXPLAIN with all its constants, and has room for so many texts
        # only. With the values in settings, the text is the same in every run.
        settings = [f"optimizer.value_{number}" for number in range(1, len(sample) + 1)]
        values = [
            sql.SQL("CAST(current_setting({}) AS {})").format(name, sql.SQL(type_name))
            for name, type_name in zip(settings, prepared.types, strict=True)
        ]
        statement = sql.SQL(marked("EXPLAIN (FORMAT {}) EXECUTE {}({})")).format(
            sql.SQL(output), sql.Identifier(prepared.name), sql.SQL(", ").join(values)
        )
        with plan_refusals(self._connection):
            if sample != self._values:
                self._connection.execute(SET_VALUES, (settings, list(sample)))
                self._values = sample
            return [row[0] for row in self._connection.execute(statement).fetchall()]

    def _used(self, node: dict[str, Any], offered: frozenset[IndexShape]) -> frozenset[IndexShape]:
        names = plan_index_names(node)
        # A partition that is left out when execution starts does not show what it would use.
        is_pruned = any(found.get("Subplans Removed", 0) for found in plan_nodes(node))
        return frozenset(
            shape
            for shape in offered
            if self._offered[shape][1] in names or (is_pruned and shape.table.is_partitioned)
        )

    def _call(self, statement: LiteralString, function: str) -> sql.Composed:
        return sql.SQL(statement).format(sql.Identifier(self._schema, function))


def _values(statement: Statement, types: tuple[str, ...]) -> Values:
    if statement.plannable.parameter_numbers:
        return values(statement, types)
    # Its one parameter is there to have it planned each time, and stands nowhere.
    return Values(ValueSource.LITERALS, (("1",) * len(types),))


def exposure(plan: dict[str, Any], hopeful: Set[str] = frozenset()) -> float:
    """What a plan may lose where it reads rows in order, drops those that do not match, and trusts
    to have enough of them soon. The planner assumes that the matching rows are spread evenly; where
    they are not, it is taken to read ten times as much, unless there is no more. `hopeful` are
    indexes that drop entries themselves."""
    return sum(
        min(
            float(node["Plans"][0]["Total Cost"] - node["Total Cost"]),
            UNEVENNESS * float(node["Total Cost"]),
            _dropping(node["Plans"][0], hopeful),
        )
        for node in plan_nodes(plan)
        if node["Node Type"] == "Limit"
    )


def _dropping(plan: dict[str, Any], hopeful: Set[str]) -> float:
    """What the whole of the scan costs that drops rows on the way; 0 where none does."""
    pending = [plan]
    while pending:
        node = pending.pop()
        if node["Node Type"] in SCANS and ("Filter" in node or node.get("Index Name") in hopeful):
            return float(node["Total Cost"])
        if node["Node Type"] in STREAMING:
            pending.extend(node.get("Plans", ()))
        elif node["Node Type"] in JOINS_STREAMING:
            pending.extend(node["Plans"][:1])
    return 0.0


def _headed(text: str, texts: list[list[Any]], lines: list[Any]) -> str:
    if len(texts) == 1:
        return text
    if lines is texts[0]:
        return _("With a frequent value:") + "\n" + text
    if lines is texts[-1]:
        return _("With a rare value:") + "\n" + text
    return _("With a value in between:") + "\n" + text
