"""The index advisor: understand the workload, propose, let the planner judge, choose."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _

from optimizer.advise.case import Case, read_case
from optimizer.advise.choosing.costs import Costs, Planner, bits, mask
from optimizer.advise.choosing.heuristic import HeuristicPlanner
from optimizer.advise.choosing.rules import NEGLIGIBLE, Rules, byte_price, priced_bytes
from optimizer.advise.choosing.search import Search, Terms
from optimizer.advise.choosing.values import ValueSource
from optimizer.advise.choosing.whatif import (
    Costing,
    Effort,
    HypotheticalPlanner,
    hypothetical_planner,
)
from optimizer.advise.choosing.writes import upkeep
from optimizer.advise.declined import declined
from optimizer.advise.findings.obstacles import obstacles
from optimizer.advise.findings.workload_findings import workload_findings
from optimizer.advise.proposing.recipes import Recipe, recipes
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.proposing.sizes import PAGE, index_size
from optimizer.advise.proposing.unprovable import unprovable_findings
from optimizer.advise.suggestions import Proof, SuggestionWriter
from optimizer.advise.understanding.access import Statement
from optimizer.exceptions import PlanUnavailable
from optimizer.records import (
    Advice,
    AdviceLimits,
    Evidence,
    Finding,
    SkippedStatement,
    WorkloadStatement,
)

MAX_PLANNER_CALLS: Final = 20_000
UNLIMITED: Final = AdviceLimits()
SEARCHING: Final = 0.9  # of the time; the rest is for the exact costs of what was found
# Without a proof, a statement has to be seen to take time before an index is suggested for it.
MIN_MEAN_TIME_S: Final = 0.001


Recipes = Mapping[IndexShape, Recipe]


@dataclass(frozen=True, slots=True)
class _Choice:
    costs: Costs
    chosen: int
    first_answer_at: float  # as time.monotonic() counts
    is_complete: bool  # False: the time was over before the search was
    size: Callable[[IndexShape], float]  # as the budget counts it


def advise(
    connection: psycopg.Connection[Any],
    *,
    statements: Sequence[WorkloadStatement],
    table: tuple[str, str] | None = None,
    limits: AdviceLimits = UNLIMITED,
) -> Advice:
    """Suggestions for the statements, and for foreign keys without an index.

    `connection` is in autocommit, outside any pool, and used by nobody else meanwhile. `table` is
    schema and name: then only that table gets suggestions, while the whole workload counts.
    Nothing of the workload is executed. What cannot be judged is listed, not raised.
    """
    case = read_case(connection, sources=statements, only=table, limits=limits)
    effort = Effort(MAX_PLANNER_CALLS, case.started + SEARCHING * limits.seconds)
    if not case.capabilities.has_hypopg:
        advice, built = _without_proof(case, effort)
    else:
        with hypothetical_planner(connection, effort) as planner:
            advice, built = _proved(case, planner, effort)
    return replace(advice, findings=tuple(_findings(case, built)))


def _proved(case: Case, planner: HypotheticalPlanner, effort: Effort) -> tuple[Advice, Recipes]:
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
    size = planner.hypopg_size if case.limits.counts_hypopg_sizes else index_size
    choice = _choose(case, planner, baseline, effort, possible=planner.possible, size=size)
    built = recipes(case.connection, _shapes(choice))
    names = {shape: made.name for shape, made in built.items()}
    writer = SuggestionWriter(
        case=case,
        costs=choice.costs,
        recipes=built,
        proof=Proof(
            evidence=Evidence.HYPOPG,
            value_source=planner.value_source,
            hypopg_size=planner.hypopg_size,
            plan_text=_PlanTexts(planner, names).text,
        ),
    )
    advice = _advice(case, writer, choice, effort)
    return replace(advice, skipped=(*case.skipped, *skipped)), built


class _PlanTexts:
    """Plans as EXPLAIN shows them; each is asked for once."""

    def __init__(self, planner: HypotheticalPlanner, names: Mapping[IndexShape, str]) -> None:
        self._planner = planner
        self._names = names
        self._known: dict[tuple[Statement, bool], str] = {}

    def text(self, statement: Statement, with_suggestions: bool) -> str:
        key = (statement, with_suggestions)
        if key not in self._known:
            names = self._names if with_suggestions else {}
            try:
                self._known[key] = self._planner.plan_text(statement, names)
            except PlanUnavailable as exc:
                self._known[key] = str(exc)
        return self._known[key]


def _without_proof(case: Case, effort: Effort) -> tuple[Advice, Recipes]:
    planner = HeuristicPlanner(
        {table: [item.shape for item in found] for table, found in case.existing.items()}
    )
    baseline = {statement: planner.plan(statement, frozenset()) for statement in case.statements}
    slow = {
        statement: shapes for statement, shapes in case.proposals.items() if _takes_time(statement)
    }
    choice = _choose(
        replace(case, proposals=slow),
        planner,
        baseline,
        effort,
        possible=_without_include,
        size=index_size,
    )
    built = recipes(case.connection, _shapes(choice))
    writer = SuggestionWriter(
        case=case,
        costs=choice.costs,
        recipes=built,
        proof=Proof(
            evidence=Evidence.HEURISTIC,
            value_source=lambda _statement: ValueSource.GENERIC,
            hypopg_size=lambda _shape: None,
            plan_text=lambda _statement, _with_suggestions: "",
        ),
    )
    return _advice(case, writer, choice, effort), built


def _without_include(shapes: Iterable[IndexShape]) -> list[IndexShape]:
    """Whether a covering index pays, only the planner can tell."""
    return [shape for shape in shapes if not shape.include]


def _choose(
    case: Case,
    planner: Planner,
    baseline: Mapping[Statement, Costing],
    effort: Effort,
    *,
    possible: Callable[[Iterable[IndexShape]], list[IndexShape]],
    size: Callable[[IndexShape], float],
) -> _Choice:
    """`possible` leaves those candidates that can be costed; `size` is what the budget counts."""
    costs = Costs(planner, baseline, possible(_natural_order(case.proposals, baseline)))
    terms = _terms(case, costs, size, lambda shapes: possible(filter(case.is_new, shapes)))
    search = Search(costs, terms=terms, effort=effort)
    rules = Rules(costs)
    found = search.run()
    is_complete = not effort.is_spent
    effort.deadline = case.started + case.limits.seconds
    chosen = rules.enforced(found, is_frugal=case.limits.budget_bytes is None)
    known = set(costs.shapes)
    checks = {
        position: mask(
            costs.number(shape) for shape in case.proposals.get(statement, ()) if shape in known
        )
        for position, statement in enumerate(costs.statements)
        if statement in case.checks
    }
    chosen = rules.with_foreign_keys(chosen, checks, size=size, budget=terms.budget)
    return _Choice(costs, chosen, search.first_answer_at, is_complete, size)


def _terms(
    case: Case,
    costs: Costs,
    size: Callable[[IndexShape], float],
    acceptable: Callable[[Iterable[IndexShape]], list[IndexShape]],
) -> Terms:
    baseline = costs.weighted(0)
    budget = case.limits.budget_bytes
    data_bytes = sum(table.pages for table in case.catalogue.tables) * PAGE
    price = byte_price(baseline, data_bytes) if budget is None else 0.0
    return Terms(
        size=size,
        budget=float("inf") if budget is None else float(budget),
        data_bytes=float(max(data_bytes, PAGE)),
        price=lambda shape: price * priced_bytes(shape) + upkeep(shape, case.writes[shape.table]),
        min_gain=NEGLIGIBLE * baseline,
        acceptable=acceptable,
    )


def _natural_order(
    proposals: Mapping[Statement, Sequence[IndexShape]], statements: Iterable[Statement]
) -> list[IndexShape]:
    """Every candidate once, the most natural of each statement first, whatever the order of the
    statements: of equally good ones the first is chosen."""
    rank: dict[IndexShape, int] = {}
    for statement in statements:
        for place, shape in enumerate(proposals.get(statement, ())):
            rank[shape] = min(place, rank.get(shape, place))
    return sorted(rank, key=lambda shape: (rank[shape], shape.sort_key))


def _shapes(choice: _Choice) -> list[IndexShape]:
    return [choice.costs.shapes[number] for number in bits(choice.chosen)]


def _advice(case: Case, writer: SuggestionWriter, choice: _Choice, effort: Effort) -> Advice:
    costs = choice.costs
    suggestions = writer.write(choice.chosen)
    return Advice(
        suggestions=suggestions,
        baseline_cost=costs.weighted(0),
        cost_with_suggestions=costs.weighted(choice.chosen),
        planner_calls=effort.calls,
        seconds=time.monotonic() - case.started,
        first_answer_seconds=choice.first_answer_at - case.started,
        evidence=writer.proof.evidence,
        statements_analysed=sum(item not in case.checks for item in costs.statements),
        skipped=case.skipped,
        findings=(),
        budget_bytes=case.limits.budget_bytes,
        is_complete=choice.is_complete,
        declined=tuple(declined(case, costs, choice.chosen, size=choice.size))
        if case.only is not None
        else (),
    )


def _findings(case: Case, built: Recipes) -> list[Finding]:
    unprovable = unprovable_findings(case, beside=built.values())
    said = {index for finding in unprovable for index in _indexes(finding)}
    others = workload_findings(
        case.connection,
        case.statements,
        case.catalogue,
        indexes=case.indexes,
        foreign_keys=case.foreign_keys,
    )
    return [
        *obstacles(case.capabilities, case.catalogue.tables),
        *unprovable,
        *(
            finding
            for finding in others
            if not said.intersection(_indexes(finding)) and _is_asked_about(finding, case)
        ),
    ]


def _is_asked_about(finding: Finding, case: Case) -> bool:
    asked = (table.qualified_name for table in case.catalogue.tables if case.is_asked_about(table))
    return case.only is None or finding.subject in asked


def _indexes(finding: Finding) -> list[str]:
    """The tables and columns of the indexes that the finding would have built."""
    tails = (line.partition(" ON ")[2] for line in finding.remedy.splitlines())
    return [tail for tail in tails if tail]


def _takes_time(statement: Statement) -> bool:
    """True also where nobody measured it, as in a workload from a file."""
    source = statement.source
    return not source.total_time or source.total_time / source.calls >= MIN_MEAN_TIME_S
