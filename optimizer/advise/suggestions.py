"""Turns chosen indexes into suggestions: what each saves, for which statements, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optimizer.advise.access import Statement
from optimizer.advise.costs import Costs, bits
from optimizer.advise.foreign_keys import ForeignKey
from optimizer.advise.recipes import Recipe
from optimizer.advise.shapes import IndexShape
from optimizer.advise.sizes import index_size
from optimizer.records import Evidence, IndexSuggestion, ServedStatement

MAX_PLANS: Final = 10  # statements a suggestion whose plans are shown, the dearest first

PlanText = Callable[[Statement, bool], str]  # the plan now, or with all suggestions


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
        for number in used:
            service = Service(position, before, after, 1 / len(used), statement.weight)
            found[number].append(service)
    for mine in found.values():
        mine.sort(key=lambda service: (-service.saving, service.position))
    return found


@dataclass(frozen=True, slots=True)
class SuggestionWriter:
    costs: Costs
    evidence: Evidence
    checks: Mapping[Statement, ForeignKey]  # statements that stand for a foreign key
    recipes: Mapping[IndexShape, Recipe]
    uses_values: Callable[[Statement], bool]
    plan_text: PlanText

    def write(self, chosen: int) -> tuple[IndexSuggestion, ...]:
        """The suggestions, the largest benefit first."""
        baseline = self.costs.weighted(0)
        found = [
            self._suggestion(self.costs.shapes[number], mine, baseline)
            for number, mine in services(self.costs, chosen).items()
            if mine
        ]
        found.sort(key=lambda item: (-item.estimated_benefit, item.schema_name, item.name))
        return tuple(replace(item, number=place) for place, item in enumerate(found, start=1))

    def _suggestion(
        self, shape: IndexShape, mine: Sequence[Service], baseline: float
    ) -> IndexSuggestion:
        recipe = self.recipes[shape]
        saving = sum(service.saving for service in mine)
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
            method="btree",
            create_sql=recipe.create_sql,
            estimated_benefit=min(1.0, saving / baseline) if baseline else 0.0,
            size_bytes=index_size(shape),
            evidence=self.evidence,
            reason=self._reason(mine),
            statements=tuple(
                self._served(service, with_plans=place < MAX_PLANS)
                for place, service in enumerate(mine)
            ),
        )

    def _served(self, service: Service, *, with_plans: bool) -> ServedStatement:
        statement = self.costs.statements[service.position]
        return ServedStatement(
            queryid=statement.source.queryid,
            query=statement.source.query,
            call_count=statement.source.calls,
            cost_before=service.before,
            cost_after=service.after,
            plan_before=self.plan_text(statement, False) if with_plans else "",
            plan_after=self.plan_text(statement, True) if with_plans else "",
        )

    def _reason(self, mine: Sequence[Service]) -> str:
        statements = [self.costs.statements[service.position] for service in mine]
        keys = [self.checks[statement] for statement in statements if statement in self.checks]
        real = [item for item in mine if self.costs.statements[item.position] not in self.checks]
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
        if self.evidence is Evidence.HEURISTIC:
            return _("Estimated from statistics; without HypoPG nothing is proved.")
        typical = sum(self.uses_values(statement) for statement in statements)
        if typical == len(statements):
            return _("The planner was asked with typical values for the parameters.")
        if typical == 0:
            return _("The planner was asked without values for the parameters (generic plan).")
        return _("The planner was asked with typical values for the parameters, or without any.")
