"""Proves that the workload does without an index, or says why that cannot be proved.

HypoPG 1.4 hides an index from the planner: then every statement that touches its table is planned
anew, and what was proved before stays hidden, so that all proofs hold together. HypoPG 1.3, as in
Debian 12, cannot; then two arguments remain. An index that no plan uses changes no plan by its
absence: the plan that was cheapest still is, as there are only fewer. And where another one has
the same definition and is no larger, each plan is possible with that one, at no higher cost.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, LiteralString

import psycopg
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import sql

from optimizer.advise.choosing.whatif import Effort, HypotheticalPlanner, hypothetical_planner
from optimizer.advise.findings.redundancy import Superfluous, by_parent, drop_statement, parts
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from optimizer.exceptions import PlanUnavailable
from optimizer.observe.capabilities import capabilities
from optimizer.observe.names import quoted
from optimizer.records import Index, RemovalProof, RemovalReason, Verdict, WorkloadStatement
from optimizer.sql import load, marked

MAX_STATEMENTS: Final = 300  # those that took most time
MAX_PLANNER_CALLS: Final = 3_000
MAX_SECONDS: Final = 4.0
TOLERANCE: Final = 0.001  # of a statement's cost, for what is rounded

# EXPLAIN quotes the names of indexes as SQL does.
INDEX_IN_PLAN: Final = re.compile(
    r'(?:Index (?:Only )?Scan(?: Backward)? using|Bitmap Index Scan on) ("(?:[^"]|"")+"|\S+)'
)
PRUNED: Final = "Subplans Removed"
WORD: Final = re.compile(r"[\w$]+")
PLAIN_COLUMN: Final = re.compile(r'"(?:[^"]|"")+"|[^\W\d][\w$]*')

HIDING = marked(
    """SELECT n.nspname FROM pg_catalog.pg_proc p
       JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
       JOIN pg_catalog.pg_extension e ON e.extname = 'hypopg' AND e.extnamespace = n.oid
       WHERE p.proname = 'hypopg_hide_index'"""
)
HIDE = marked("SELECT {}.hypopg_hide_index(oid) FROM unnest(%s::oid[]) AS oid")
UNHIDE = marked("SELECT {}.hypopg_unhide_index(oid) FROM unnest(%s::oid[]) AS oid")


@dataclass(frozen=True, slots=True)
class _Reader:
    """A statement that reads the table of an index."""

    statement: Statement
    cost: float  # as things are
    plan: str


@dataclass(frozen=True, slots=True)
class _Case:
    """An index, and all that is known of the statements it may serve."""

    item: Superfluous
    parts: tuple[Index, ...]  # itself first
    twin: tuple[Index, ...]  # the index that does all that it does, and its parts
    readers: tuple[_Reader, ...] = ()
    unread: int = 0  # statements that name its table and could not be planned

    @property
    def users(self) -> list[_Reader]:
        names = {quoted(part.name) for part in self.parts}
        is_partition = len(self.parts) > 1 or self.item.index.parent_oid is not None
        return [
            reader
            for reader in self.readers
            if names & set(INDEX_IN_PLAN.findall(reader.plan))
            # A partition that is left out when execution starts does not show what it would use.
            or (is_partition and PRUNED in reader.plan)
        ]

    @property
    def cost(self) -> float:
        return sum(reader.statement.weight * reader.cost for reader in self.readers)


@dataclass(frozen=True, slots=True)
class _Judgement:
    verdict: Verdict
    explanation: str
    dearer: tuple[WorkloadStatement, ...] = ()
    cost_after: float | None = None


def prove_removals(
    connection: psycopg.Connection[Any],
    found: Sequence[Superfluous],
    *,
    indexes: Sequence[Index],
    workload: Sequence[WorkloadStatement] | None,
) -> dict[int, RemovalProof]:
    """A proof for each index by its OID; those that hold, hold together.

    `indexes` are all of the database, `workload` is None where it cannot be seen. The connection is used by nobody else meanwhile. Nothing
    of the workload is executed.
    """
    if not found:
        return {}
    children = by_parent(indexes)
    cases = [
        _Case(
            item,
            tuple(parts(item.index, children)),
            tuple(parts(item.other, children)) if item.other is not None else (),
        )
        for item in found
    ]
    found_out = capabilities(connection)
    if workload is None:
        judged = [_unproved(case, found_out.pg_stat_statements_problem) for case in cases]
    elif not found_out.has_hypopg:
        judged = [_unproved(case, found_out.hypopg_problem) for case in cases]
    else:
        cases, judged = _planned(connection, cases, workload)
    return {
        case.item.index.oid: _proof(case, judgement)
        for case, judgement in zip(cases, judged, strict=True)
    }


def _planned(
    connection: psycopg.Connection[Any],
    cases: Sequence[_Case],
    workload: Sequence[WorkloadStatement],
) -> tuple[list[_Case], list[_Judgement]]:
    names = _names(connection, [case.item for case in cases])
    mentions = _mentioning(name for known in names.values() for name in known.values())
    ranked = sorted(workload, key=lambda source: (-source.total_time, -source.calls, source.query))
    naming = [source for source in ranked if mentions(source.query)]
    understood = understand_workload(naming[:MAX_STATEMENTS], catalogue=Catalogue(connection))
    # An INSERT of values searches no index but unique ones.
    inserts = {item.source.query for item in understood.inserts}
    unread = [item.query for item in understood.skipped if item.query not in inserts]
    unread += [source.query for source in naming[MAX_STATEMENTS:]]
    schema = connection.execute(HIDING).fetchone()
    effort = Effort(MAX_PLANNER_CALLS, time.monotonic() + MAX_SECONDS)
    with hypothetical_planner(connection, effort) as planner:
        readers = _read_plans(planner, understood.statements, unread)
        known = [_known(case, names[case.item.index.oid], readers, unread) for case in cases]
        if schema is None:
            return known, [_by_reasoning(case) for case in known]
        hider = _Hider(connection, planner, sql.Identifier(schema[0]))
        return known, list(hider.judge(known))


def _names(
    connection: psycopg.Connection[Any], found: Sequence[Superfluous]
) -> dict[int, dict[int, str]]:
    """By the OID of an index, the relations that read its table: OID and bare name."""
    names: dict[int, dict[int, str]] = {item.index.oid: {} for item in found}
    statement = load("optimizer.advise", "index_readers")
    for index_oid, oid, name in connection.execute(statement, {"oids": list(names)}):
        names[index_oid][oid] = name
    return names


def _mentioning(names: Iterable[str]) -> Callable[[str], bool]:
    """Whether a statement contains one of the names, in whatever sense: better once too often."""
    lowered = {name.lower() for name in names}
    plain = {name for name in lowered if WORD.fullmatch(name)}
    odd = lowered - plain

    def mentions(query: str) -> bool:
        text = query.replace('""', '"').lower()
        return not plain.isdisjoint(WORD.findall(text)) or any(name in text for name in odd)

    return mentions


def _read_plans(
    planner: HypotheticalPlanner, statements: Sequence[Statement], unread: list[str]
) -> list[_Reader]:
    """The plans as things are; what has none is added to `unread`."""
    readers: list[_Reader] = []
    for statement in statements:
        try:
            if planner.is_exhausted:
                raise PlanUnavailable(_("The time for planning was over."))
            cost = planner.prepare(statement).cost
            readers.append(_Reader(statement, cost, planner.plan_text(statement, {})))
        except PlanUnavailable:
            unread.append(statement.source.query)
    return readers


def _known(
    case: _Case,
    names: Mapping[int, str],
    readers: Sequence[_Reader],
    unread: Sequence[str],
) -> _Case:
    """The case with the statements that read its table, and the number of those that may."""
    mine = [
        reader for reader in readers if any(table.oid in names for table in reader.statement.tables)
    ]
    missed = sum(map(_mentioning(names.values()), unread))
    return replace(case, readers=tuple(mine), unread=missed)


class _Hider:
    """Hides one index after the other, and leaves hidden what the workload does without."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        planner: HypotheticalPlanner,
        schema: sql.Identifier,
    ) -> None:
        self._connection = connection
        self._planner = planner
        self._schema = schema

    def judge(self, cases: Sequence[_Case]) -> Iterator[_Judgement]:
        hidden: list[int] = []
        try:
            for case in cases:
                oids = [part.oid for part in case.parts]
                self._call(HIDE, oids)
                hidden += oids
                judgement = self._judge(case)
                if judgement.verdict is not Verdict.OK:
                    self._call(UNHIDE, oids)
                yield judgement
        finally:
            if hidden and not self._connection.broken:
                self._call(UNHIDE, hidden)

    def _judge(self, case: _Case) -> _Judgement:
        after: list[float] = []
        for reader in case.readers:
            try:
                if self._planner.is_exhausted:
                    return _unproved(case, _("The time for planning was over."))
                after.append(self._planner.plan(reader.statement, frozenset()).cost)
            except PlanUnavailable as exc:
                return _unproved(case, str(exc))
        total = sum(
            reader.statement.weight * cost for reader, cost in zip(case.readers, after, strict=True)
        )
        dearer = [
            reader
            for reader, cost in zip(case.readers, after, strict=True)
            if cost > reader.cost * (1 + TOLERANCE)
        ]
        if dearer:
            return _Judgement(Verdict.PROBLEM, _gets_dearer(dearer), _sources(dearer), total)
        if case.unread:
            return _unproved(case, _not_all_planned(case))
        return _Judgement(Verdict.OK, _without_loss(case), cost_after=total)

    def _call(self, statement: LiteralString, oids: Sequence[int]) -> None:
        self._connection.execute(sql.SQL(statement).format(self._schema), (list(oids),))


def _by_reasoning(case: _Case) -> _Judgement:
    item, users = case.item, case.users
    if case.unread:
        return _unproved(case, _not_all_planned(case))
    if not users:
        if item.other is None and not all(map(PLAIN_COLUMN.fullmatch, item.index.columns)):
            return _unproved(
                case, _("The planner may need the statistics that belong to its expressions.")
            )
        return _Judgement(Verdict.OK, _no_plan_uses_it(case), cost_after=case.cost)
    if item.reason is not RemovalReason.DUPLICATE or item.other is None:
        return _unproved(case, _used_by(users))
    if not _is_no_larger(case):
        return _unproved(case, _("The other one is larger: rebuild it first."))
    return _Judgement(Verdict.OK, _twin_serves(users), cost_after=case.cost)


def _is_no_larger(case: _Case) -> bool:
    """Whether the other index takes no more pages than this one, on each partition."""
    mine = {(part.schema_name, part.table_name): part.size_bytes for part in case.parts}
    return all(
        part.size_bytes <= mine.get((part.schema_name, part.table_name), 0) for part in case.twin
    )


def _unproved(case: _Case, why: str) -> _Judgement:
    return _Judgement(Verdict.UNKNOWN, _("Not proved: %s") % why, _sources(case.users))


def _not_all_planned(case: _Case) -> str:
    return ngettext(
        "%(count)d statement that names its table could not be planned.",
        "%(count)d statements that name its table could not be planned.",
        case.unread,
    ) % {"count": case.unread}


def _no_plan_uses_it(case: _Case) -> str:
    if not case.readers:
        return _("Proved: no statement of the workload reads its table.")
    return ngettext(
        "Proved: the %(count)d statement that reads its table does not use it.",
        "Proved: none of the %(count)d statements that read its table uses it.",
        len(case.readers),
    ) % {"count": len(case.readers)}


def _without_loss(case: _Case) -> str:
    if not case.readers:
        return _no_plan_uses_it(case)
    return ngettext(
        "Proved: without it the %(count)d statement that reads its table costs no more.",
        "Proved: without it the %(count)d statements that read its table cost no more.",
        len(case.readers),
    ) % {"count": len(case.readers)}


def _twin_serves(users: Sequence[_Reader]) -> str:
    return ngettext(
        "Proved: the %(count)d statement that uses it can use the other one, "
        "which is the same and no larger.",
        "Proved: the %(count)d statements that use it can use the other one, "
        "which is the same and no larger.",
        len(users),
    ) % {"count": len(users)}


def _used_by(users: Sequence[_Reader]) -> str:
    return ngettext(
        "%(count)d statement uses it. HypoPG 1.4 can hide it and tell what that costs without it.",
        "%(count)d statements use it. HypoPG 1.4 can hide it and tell what they cost without it.",
        len(users),
    ) % {"count": len(users)}


def _gets_dearer(readers: Sequence[_Reader]) -> str:
    return ngettext(
        "It earns its place: without it %(count)d statement would cost more.",
        "It earns its place: without it %(count)d statements would cost more.",
        len(readers),
    ) % {"count": len(readers)}


def _sources(readers: Sequence[_Reader]) -> tuple[WorkloadStatement, ...]:
    return tuple(reader.statement.source for reader in readers)


def _proof(case: _Case, judgement: _Judgement) -> RemovalProof:
    index = case.item.index
    return RemovalProof(
        index=_name(index),
        reason=case.item.reason,
        verdict=judgement.verdict,
        explanation=judgement.explanation,
        statements=len(case.readers),
        dearer=judgement.dearer,
        cost_before=case.cost if case.readers else None,
        cost_after=judgement.cost_after if case.readers else None,
        drop_sql=drop_statement(index),
        restore_sql=restore_statement(case.parts),
        bytes_freed=case.item.size_bytes,
    )


def restore_statement(family: Sequence[Index]) -> str:
    """What builds an index again: of a partitioned table first the parent's, which is invalid
    until each part is built and attached. `family` is the index and its parts, upper levels first."""
    lines: list[str] = []
    names = {part.oid: _name(part) for part in family}
    for part in family:
        how = "CREATE INDEX" if part.is_partitioned else "CREATE INDEX CONCURRENTLY"
        lines.append(part.definition.replace("CREATE INDEX", how, 1) + ";")
        if part.parent_oid in names:
            lines.append(
                f"ALTER INDEX {names[part.parent_oid]} ATTACH PARTITION {names[part.oid]};"
            )
    return "\n".join(lines)


def _name(index: Index) -> str:
    return f"{quoted(index.schema_name)}.{quoted(index.name)}"
