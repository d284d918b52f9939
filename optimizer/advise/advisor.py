"""The index advisor: understand the workload, propose, let the planner judge, choose."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _

from optimizer.advise.access import Statement
from optimizer.advise.candidates import candidates, merged_candidates
from optimizer.advise.catalogue import Catalogue, Table
from optimizer.advise.choice import Chooser
from optimizer.advise.costs import Costs, Planner, bits
from optimizer.advise.foreign_keys import ForeignKey, foreign_keys, without_index
from optimizer.advise.heuristic import HeuristicPlanner
from optimizer.advise.obstacles import obstacles
from optimizer.advise.recipes import recipes
from optimizer.advise.shapes import IndexShape, existing_shape
from optimizer.advise.statements import understand_workload
from optimizer.advise.suggestions import SuggestionWriter
from optimizer.advise.whatif import Costing, Effort, HypotheticalPlanner, hypothetical_planner
from optimizer.exceptions import PlanUnavailable
from optimizer.observe.capabilities import capabilities
from optimizer.observe.indexes import indexes
from optimizer.records import (
    Advice,
    Capabilities,
    Evidence,
    SkippedStatement,
    WorkloadStatement,
)

TIME_LIMIT_S: Final = 20.0
MAX_PLANNER_CALLS: Final = 20_000
MAX_STATEMENTS: Final = 500  # those that took most time; more are rarely worth an index
MAX_MERGED: Final = 200
# Without a proof, a statement has to be seen to take time before an index is suggested for it.
MIN_MEAN_TIME_S: Final = 0.001

Proposals = Mapping[Statement, Sequence[IndexShape]]


@dataclass(frozen=True, slots=True)
class _Case:
    """A workload with all that is known about it before anything is planned."""

    connection: psycopg.Connection[Any]
    capabilities: Capabilities
    catalogue: Catalogue
    statements: tuple[Statement, ...]
    checks: Mapping[Statement, ForeignKey]  # those statements that stand for a foreign key
    skipped: tuple[SkippedStatement, ...]
    existing: Mapping[Table, Sequence[IndexShape]]
    proposals: Proposals
    started: float


def advise(
    connection: psycopg.Connection[Any],
    *,
    statements: Sequence[WorkloadStatement],
    table: tuple[str, str] | None = None,
) -> Advice:
    """Suggestions for the statements, and for foreign keys without an index.

    `connection` is in autocommit, outside any pool, and used by nobody else meanwhile. `table` is
    schema and name: then only that table gets suggestions, while the whole workload counts.
    Nothing of the workload is executed. What cannot be judged is listed, not raised.
    """
    case = _case(connection, statements, table)
    if not case.capabilities.has_hypopg:
        return _without_proof(case)
    effort = Effort(MAX_PLANNER_CALLS, case.started + TIME_LIMIT_S)
    with hypothetical_planner(connection, effort) as planner:
        return _proved(case, planner, effort)


def _case(
    connection: psycopg.Connection[Any],
    sources: Sequence[WorkloadStatement],
    only: tuple[str, str] | None,
) -> _Case:
    started = time.monotonic()
    known = indexes(connection)
    checks = {key.check(): key for key in without_index(foreign_keys(connection), known)}
    own_queries = {check.query for check in checks}
    ranked = sorted(sources, key=lambda source: (-source.total_time, -source.calls, source.query))
    catalogue = Catalogue(connection)
    workload = understand_workload([*ranked[:MAX_STATEMENTS], *checks], catalogue=catalogue)
    tables = {(found.schema_name, found.name): found for found in catalogue.tables}
    existing: dict[Table, list[IndexShape]] = {}
    for index in known:
        owner = tables.get((index.schema_name, index.table_name))
        shape = existing_shape(index, owner) if owner is not None and index.is_valid else None
        if shape is not None:
            existing.setdefault(shape.table, []).append(shape)
    proposals = {
        statement: [
            shape
            for shape in proposed
            if (only is None or (shape.table.schema_name, shape.table.name) == only)
            and _is_new(shape, existing)
        ]
        for statement, proposed in candidates(workload.statements).items()
    }
    return _Case(
        connection=connection,
        capabilities=capabilities(connection),
        catalogue=catalogue,
        statements=workload.statements,
        checks={item: checks[item.source] for item in workload.statements if item.source in checks},
        skipped=(
            *(item for item in workload.skipped if item.query not in own_queries),
            *_left_out(ranked[MAX_STATEMENTS:]),
        ),
        existing=existing,
        proposals=proposals,
        started=started,
    )


def _proved(case: _Case, planner: HypotheticalPlanner, effort: Effort) -> Advice:
    baseline: dict[Statement, Costing] = {}
    skipped: list[SkippedStatement] = []
    for statement in case.statements:
        try:
            if effort.is_spent:
                raise PlanUnavailable(_("The time for planning was over."))
            baseline[statement] = planner.prepare(statement)
        except PlanUnavailable as exc:
            if statement not in case.checks:
                skipped.append(SkippedStatement(statement.source.query, str(exc)))
    costs, chosen = _choose(case, planner, baseline, planner.possible)
    built = recipes(case.connection, [costs.shapes[number] for number in bits(chosen)])
    writer = SuggestionWriter(
        costs=costs,
        evidence=Evidence.HYPOPG,
        checks=case.checks,
        recipes=built,
        uses_values=planner.uses_values,
        plan_text=partial(_plan_text, planner, {shape: made.name for shape, made in built.items()}),
    )
    return _advice(case, writer, chosen, skipped, effort)


def _plan_text(
    planner: HypotheticalPlanner,
    names: Mapping[IndexShape, str],
    statement: Statement,
    with_suggestions: bool,
) -> str:
    try:
        return planner.plan_text(statement, names if with_suggestions else {})
    except PlanUnavailable as exc:
        return str(exc)


def _without_proof(case: _Case) -> Advice:
    planner = HeuristicPlanner(case.existing)
    baseline = {statement: planner.plan(statement, frozenset()) for statement in case.statements}
    slow = {
        statement: shapes for statement, shapes in case.proposals.items() if _takes_time(statement)
    }
    costs, chosen = _choose(replace(case, proposals=slow), planner, baseline, _without_include)
    writer = SuggestionWriter(
        costs=costs,
        evidence=Evidence.HEURISTIC,
        checks=case.checks,
        recipes=recipes(case.connection, [costs.shapes[number] for number in bits(chosen)]),
        uses_values=lambda _statement: False,
        plan_text=lambda _statement, _with_suggestions: "",
    )
    return _advice(case, writer, chosen, (), Effort(0, 0.0))


def _without_include(shapes: Iterable[IndexShape]) -> list[IndexShape]:
    """Whether a covering index pays, only the planner can tell."""
    return [shape for shape in shapes if not shape.include]


def _choose(
    case: _Case,
    planner: Planner,
    baseline: Mapping[Statement, Costing],
    possible: Callable[[Iterable[IndexShape]], list[IndexShape]],
) -> tuple[Costs, int]:
    """The costs and the set of chosen candidates. `possible` leaves those that can be costed."""
    costs = Costs(planner, baseline, possible(_natural_order(case.proposals, baseline)))
    known = {shape: number for number, shape in enumerate(costs.shapes)}
    offered = [
        sum(1 << known[shape] for shape in case.proposals.get(statement, ()) if shape in known)
        for statement in costs.statements
    ]
    chooser = Chooser(costs)
    winners = chooser.winners(offered)
    merged = merged_candidates([[costs.shapes[number] for number in mine] for mine in winners])
    new = [shape for shape in merged if shape not in known and _is_new(shape, case.existing)]
    new.sort(key=lambda shape: shape.sort_key)
    costs.add(possible(new[:MAX_MERGED]))
    pool = chooser.with_simpler(winners, offered)
    chosen = chooser.choose([*pool, *range(len(known), len(costs.shapes))])
    checks = {
        position: offered[position]
        for position, statement in enumerate(costs.statements)
        if statement in case.checks
    }
    return costs, chooser.with_foreign_keys(chosen, checks)


def _natural_order(proposals: Proposals, statements: Iterable[Statement]) -> list[IndexShape]:
    """Every candidate once, the most natural of each statement first, whatever the order of the
    statements: of equally good ones the first is chosen."""
    rank: dict[IndexShape, int] = {}
    for statement in statements:
        for place, shape in enumerate(proposals.get(statement, ())):
            rank[shape] = min(place, rank.get(shape, place))
    return sorted(rank, key=lambda shape: (rank[shape], shape.sort_key))


def _advice(
    case: _Case,
    writer: SuggestionWriter,
    chosen: int,
    skipped: Sequence[SkippedStatement],
    effort: Effort,
) -> Advice:
    costs = writer.costs
    suggestions = writer.write(chosen)
    return Advice(
        suggestions=suggestions,
        baseline_cost=costs.weighted(0),
        cost_with_suggestions=costs.weighted(chosen),
        planner_calls=effort.calls,
        seconds=time.monotonic() - case.started,
        evidence=writer.evidence,
        statements_analysed=sum(item not in case.checks for item in costs.statements),
        skipped=(*case.skipped, *skipped),
        findings=tuple(obstacles(case.capabilities, case.catalogue.tables)),
    )


def _is_new(shape: IndexShape, existing: Mapping[Table, Sequence[IndexShape]]) -> bool:
    return not any(shape.is_served_by(other) for other in existing.get(shape.table, ()))


def _takes_time(statement: Statement) -> bool:
    """True also where nobody measured it, as in a workload from a file."""
    source = statement.source
    return not source.total_time or source.total_time / source.calls >= MIN_MEAN_TIME_S


def _left_out(sources: Sequence[WorkloadStatement]) -> list[SkippedStatement]:
    reason = _("Only the %d statements that take most time are looked at.") % MAX_STATEMENTS
    return [SkippedStatement(source.query, reason) for source in sources]
