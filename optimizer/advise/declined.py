"""Why an index that comes to mind for a table is not suggested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from django.utils.translation import gettext as _

from optimizer.advise.case import Case
from optimizer.advise.choosing.costs import Costs, bits
from optimizer.advise.choosing.rules import NEGLIGIBLE
from optimizer.advise.proposing.candidates import MIN_ROWS, candidates
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.records import Declined

MAX_DECLINED: Final = 20


def declined(
    case: Case, costs: Costs, chosen: int, *, size: Callable[[IndexShape], float]
) -> Iterator[Declined]:
    """The most natural candidates for the table asked about, each with the reason. `size` is what
    the budget counts."""
    yield from _small_tables(case)
    natural: dict[IndexShape, int] = {}
    for shapes in candidates(case.statements).values():
        for place, shape in enumerate(shapes):
            if case.is_asked_about(shape.table) and not shape.include:
                natural[shape] = min(place, natural.get(shape, place))
    suggested = {costs.shapes[number] for number in bits(chosen)}
    left = [shape for shape in natural if shape not in suggested]
    left.sort(key=lambda shape: (natural[shape], shape.sort_key))
    for shape in left[:MAX_DECLINED]:
        yield Declined(
            shape.table.schema_name,
            shape.table.name,
            shape.definition(),
            _reason(shape, case, costs, chosen, size),
        )


def _small_tables(case: Case) -> Iterator[Declined]:
    for table in case.catalogue.tables:
        if case.is_asked_about(table) and table.row_count < MIN_ROWS:
            reason = _("The table has %d rows: it is read as fast without an index.")
            yield Declined(table.schema_name, table.name, "", reason % table.row_count)


def _reason(
    shape: IndexShape,
    case: Case,
    costs: Costs,
    chosen: int,
    size: Callable[[IndexShape], float],
) -> str:
    index = case.served_by(shape)
    if index is not None:
        return _("The index %s does the same.") % index.name
    if not costs.knows(shape):
        return _("The planner cannot be asked about it here.")
    budget = case.limits.budget_bytes
    if budget is not None and size(shape) > budget:
        return _("It is larger than the budget.")
    for number in bits(chosen):
        if shape.is_served_by(costs.shapes[number]):
            return _("The suggested index on %s does the same.") % costs.shapes[number].definition()
    mine = 1 << costs.number(shape)
    places = [place for place in range(len(costs.statements)) if costs.relevant(place) & mine]
    if not any(costs.used(place, mine) for place in places):
        return _("The planner uses it in no plan: other indexes, or none, are cheaper.")
    total = costs.weighted(0)
    saved = sum(
        costs.statements[place].weight
        * (costs.planner_cost(place, chosen) - costs.planner_cost(place, chosen | mine))
        for place in places
    )
    share = 100 * saved / total if total else 0.0
    if share < 100 * NEGLIGIBLE:
        return _("Beside the suggested indexes and those there are it would save nothing more.")
    return _("It would save %.1f %% more, which does not pay for its size and upkeep.") % share
