"""Turns chosen indexes into suggestions: what each saves, for which statements, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optimizer.advise.case import Case
from optimizer.advise.choosing.costs import Costs, bits
from optimizer.advise.choosing.values import ValueSource
from optimizer.advise.choosing.writes import write_price
from optimizer.advise.confidence import confidence_of
from optimizer.advise.proposing.recipes import Recipe
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.proposing.sizes import index_size
from optimizer.advise.understanding.access import Statement
from optimizer.observe.names import quoted
from optimizer.records import Evidence, IndexSuggestion, ServedStatement

NOTABLE: Final = 0.01  # of a statement's cost; what saves less does not serve it
MAX_PLANS: Final = 10  # statements a suggestion whose plans are shown, the dearest first
SECONDS_PER_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Service:
    """What one statement owes to one index."""

    position: int
    before: float
    after: float
    share: float  # of the statement's saving that is this index's: several may be used together
    weight: float

    @property
    def saving(self) -> float:
        return (self.before - self.after) * self.share * self.weight


def services(costs: Costs, chosen: int) -> dict[int, list[Service]]:
    """For each chosen index the statements whose plan uses it, the largest saving first."""
    found: dict[int, list[Service]] = {number: [] for number in bits(chosen)}
    for position, statement in enumerate(costs.statements):
        before, after = costs.planner_cost(position, 0), costs.planner_cost(position, chosen)
        used = list(bits(costs.used(position, chosen)))
        if after >= before:
            continue
        for number, share in _shares(costs, position, chosen, used).items():
            service = Service(position, before, after, share, statement.weight)
            if (before - after) * share >= NOTABLE * before:
                found[number].append(service)
    for mine in found.values():
        mine.sort(key=lambda service: (-service.saving, service.position))
    return found


def _shares(costs: Costs, position: int, chosen: int, used: Sequence[int]) -> dict[int, float]:
    """How a statement's saving is shared out: by what it loses, as far as is known, without each."""
    after = costs.planner_cost(position, chosen)
    losses = {
        number: max(0.0, costs.best(position, chosen & ~(1 << number)).cost - after)
        for number in used
    }
    total = sum(losses.values())
    if not total:
        return {number: 1 / len(used) for number in used}
    return {number: loss / total for number, loss in losses.items()}


@dataclass(frozen=True, slots=True)
class Proof:
    """How the costs came about that the suggestions rest on."""

    evidence: Evidence
    value_source: Callable[[Statement], ValueSource]
    hypopg_size: Callable[[IndexShape], int | None]
    plan_text: Callable[[Statement, bool], str]  # the plan now, or with all suggestions


@dataclass(frozen=True, slots=True)
class SuggestionWriter:
    case: Case
    costs: Costs
    recipes: Mapping[IndexShape, Recipe]
    proof: Proof

    def write(self, chosen: int) -> tuple[IndexSuggestion, ...]:
        """The suggestions, the largest benefit first."""
        baseline = self.costs.weighted(0)
        found = [
            self._suggestion(self.costs.shapes[number], mine, baseline, chosen)
            for number, mine in services(self.costs, chosen).items()
            if mine
        ]
        found.sort(key=lambda item: (-item.estimated_benefit, item.schema_name, item.name))
        return tuple(replace(item, number=place) for place, item in enumerate(found, start=1))

    def _suggestion(
        self, shape: IndexShape, mine: Sequence[Service], baseline: float, chosen: int
    ) -> IndexSuggestion:
        recipe = self.recipes[shape]
        saving = sum(service.saving for service in mine)
        confidence, why = confidence_of(self.proof.evidence, self._uses(mine, chosen))
        return IndexSuggestion(
            number=0,
            schema_name=shape.table.schema_name,
            table_name=shape.table.name,
            name=recipe.name,
            columns=tuple(
                " ".join(filter(None, (key.name, key.direction()))) for key in shape.keys
            ),
            include=shape.include,
            predicate=shape.predicate_sql(),
            method=shape.method.value,
            create_sql=recipe.create_sql,
            estimated_benefit=min(1.0, saving / baseline) if baseline else 0.0,
            size_bytes=index_size(shape),
            evidence=self.proof.evidence,
            reason=self._reason(mine),
            statements=tuple(
                self._served(service, with_plans=place < MAX_PLANS)
                for place, service in enumerate(mine)
            ),
            hypopg_size_bytes=self.proof.hypopg_size(shape),
            seconds_saved_per_day=self._seconds_per_day(mine),
            write_price=write_price(shape, self.case.writes[shape.table]),
            confidence=confidence,
            confidence_reason=why,
            makes_redundant=tuple(
                f"{quoted(item.index.schema_name)}.{quoted(item.index.name)}"
                for item in self.case.existing.get(shape.table, ())
                if item.is_dispensable and item.shape.is_served_by(shape)
            ),
        )

    def _uses(
        self, mine: Sequence[Service], chosen: int
    ) -> list[tuple[Service, ValueSource, float]]:
        """With each use where its values come from and how much of its cost rests on hope."""
        found = []
        for service in mine:
            statement = self.costs.statements[service.position]
            exposure = self.costs.exposure(service.position, chosen)
            found.append((service, self.proof.value_source(statement), exposure))
        return found

    def _seconds_per_day(self, mine: Sequence[Service]) -> float | None:
        """As if the time of a statement fell as its cost does; None where nobody measured it."""
        window = self.case.window
        measured = [
            (self.costs.statements[service.position].source.total_time, service)
            for service in mine
            if service.before and self.costs.statements[service.position].source.total_time
        ]
        if window is None or not measured or not window.total_seconds():
            return None
        saved = sum(
            time * (service.before - service.after) / service.before * service.share
            for time, service in measured
        )
        return saved * SECONDS_PER_DAY / window.total_seconds()

    def _served(self, service: Service, *, with_plans: bool) -> ServedStatement:
        statement = self.costs.statements[service.position]
        return ServedStatement(
            queryid=statement.source.queryid,
            query=statement.source.query,
            call_count=statement.source.calls,
            cost_before=service.before,
            cost_after=service.after,
            plan_before=self.proof.plan_text(statement, False) if with_plans else "",
            plan_after=self.proof.plan_text(statement, True) if with_plans else "",
            name=statement.source.name,
            values=self._values_sentence(statement),
        )

    def _values_sentence(self, statement: Statement) -> str:
        if self.proof.evidence is Evidence.HEURISTIC:
            return _("No plan was asked for.")
        return {
            ValueSource.LITERALS: _("Planned as it stands, with its own values."),
            ValueSource.CAPTURED: _("Planned with values that calls of it had."),
            ValueSource.TYPICAL: _("Planned with typical values of the columns."),
            ValueSource.GENERIC: _("Planned without values for the parameters (generic plan)."),
        }[self.proof.value_source(statement)]

    def _reason(self, mine: Sequence[Service]) -> str:
        checks = self.case.checks
        statements = [self.costs.statements[service.position] for service in mine]
        keys = [checks[statement] for statement in statements if statement in checks]
        real = [item for item in mine if self.costs.statements[item.position] not in checks]
        parts = []
        if real:
            parts.append(self._served_sentence(real))
        if keys:
            parts.append(
                _(
                    "Without it each DELETE on %(table)s reads this whole table, to look for rows "
                    "that still refer to the deleted one (foreign key %(key)s)."
                )
                % {"table": keys[0].referenced_name, "key": keys[0].name}
            )
        parts.append(self._evidence_sentence(statements))
        return " ".join(parts)

    def _served_sentence(self, mine: Sequence[Service]) -> str:
        calls = sum(self.costs.statements[service.position].source.calls for service in mine)
        first = mine[0]
        return ngettext(
            "It serves %(count)d statement, called %(calls)d times, whose cost falls from "
            "%(before).0f to %(after).0f.",
            "It serves %(count)d statements, called %(calls)d times; the cost of the one that "
            "gains most falls from %(before).0f to %(after).0f.",
            len(mine),
        ) % {
            "count": len(mine),
            "calls": calls,
            "before": first.before,
            "after": first.after,
        }

    def _evidence_sentence(self, statements: Sequence[Statement]) -> str:
        if self.proof.evidence is Evidence.HEURISTIC:
            return _("Estimated from statistics; without HypoPG nothing is proved.")
        sources = {self.proof.value_source(statement) for statement in statements}
        if sources <= {ValueSource.LITERALS, ValueSource.CAPTURED}:
            return _("The planner was asked with real values.")
        if ValueSource.GENERIC not in sources:
            return _("The planner was asked with typical values for the parameters.")
        if sources == {ValueSource.GENERIC}:
            return _("The planner was asked without values for the parameters (generic plan).")
        return _("The planner was asked with typical values for the parameters, or without any.")
