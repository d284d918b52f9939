"""A planner whose plans are given, to test the choice apart from PostgreSQL's estimates."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.advise.choosing.costs import Costs
from optimizer.advise.choosing.whatif import Costing
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, workload

# For each query what it costs with certain indexes of `products`, written as their columns, with
# `+` for INCLUDE.
Plans = dict[tuple[str, ...], float]
Script = Mapping[str, Plans]


class Scripted:
    """Takes the cheapest of the plans whose indexes are offered."""

    is_exhausted = False

    def __init__(self, script: Script) -> None:
        self._script = script

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        by_name = {name(found): found for found in offered}
        cost, used = min(
            (cost, needed)
            for needed, cost in self._script[statement.source.query].items()
            if set(needed) <= by_name.keys()
        )
        return Costing(cost, frozenset(by_name[needed] for needed in used))


def name(found: IndexShape) -> str:
    return " ".join((*found.columns, *(f"+{column}" for column in found.include)))


def scripted_costs(
    connection: Connection,
    script: Script,
    planner: Scripted | None = None,
    *,
    indexes: tuple[str, ...] = (),
) -> Costs:
    """Costs of the script's queries with the indexes that occur in it, in alphabetical order."""
    catalogue = Catalogue(connection)
    statements = understand_workload(workload(*script), catalogue=catalogue).statements
    (products,) = catalogue.tables
    named = {wanted for plans in script.values() for needed in plans for wanted in needed}
    shapes = [
        shape(
            products,
            *(part for part in wanted.split() if part[0] != "+"),
            include=tuple(part[1:] for part in wanted.split() if part[0] == "+"),
        )
        for wanted in sorted({*named, *indexes})
    ]
    planner = planner or Scripted(script)
    baseline = {statement: planner.plan(statement, frozenset()) for statement in statements}
    return Costs(planner, baseline, shapes)


def mask_of(costs: Costs, *names: str) -> int:
    return sum(1 << place for place, found in enumerate(costs.shapes) if name(found) in names)
