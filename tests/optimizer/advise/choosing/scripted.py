"""A planner whose plans are given, to test the choice apart from PostgreSQL's estimates."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, combinations

from optimizer.advise.choosing.costs import Costs, bits
from optimizer.advise.choosing.search import Search, Terms
from optimizer.advise.choosing.whatif import Costing, Effort
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Catalogue, Table
from optimizer.advise.understanding.statements import understand_workload
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, workload

# For each query what it costs with certain indexes, written as their columns, with `+` for INCLUDE.
# The first of the query's tables that has these columns is meant.
Plans = dict[tuple[str, ...], float]
Script = Mapping[str, Plans]
Names = frozenset[str]

NEGLIGIBLE = 0.001  # of the workload's cost


@dataclass
class Scripted:
    """Takes the cheapest of the plans whose indexes are offered."""

    script: Script
    effort: Effort = field(default_factory=lambda: unlimited())
    asked: list[tuple[str, Names]] = field(default_factory=list)

    @property
    def is_exhausted(self) -> bool:
        return self.effort.is_spent

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        by_name = {name(found): found for found in offered}
        self.asked.append((statement.source.query, frozenset(by_name)))
        self.effort.calls += 1
        cost, used = self.choose(
            [
                (cost, needed)
                for needed, cost in self.script[statement.source.query].items()
                if set(needed) <= by_name.keys()
            ]
        )
        return Costing(cost, frozenset(by_name[needed] for needed in used))

    def choose(self, plans: list[tuple[float, tuple[str, ...]]]) -> tuple[float, tuple[str, ...]]:
        return min(plans)


class Tempted(Scripted):
    """Takes what needs most indexes, however dear that is."""

    def choose(self, plans: list[tuple[float, tuple[str, ...]]]) -> tuple[float, tuple[str, ...]]:
        return max(plans, key=lambda plan: len(plan[1]))


@dataclass(frozen=True)
class Problem:
    """Statements that count once each, with what they cost, and what their indexes take."""

    script: Script
    sizes: Mapping[str, float]
    budget: float = float("inf")
    prices: Mapping[str, float] = field(default_factory=dict)

    def cost(self, chosen: Iterable[str]) -> float:
        """The true cost of the statements and of the upkeep of the indexes."""
        names = set(chosen)
        return sum(self.prices.get(index, 0.0) for index in names) + sum(
            min(cost for needed, cost in plans.items() if set(needed) <= names)
            for plans in self.script.values()
        )

    def size(self, chosen: Iterable[str]) -> float:
        return sum(self.sizes[index] for index in chosen)

    @property
    def baseline(self) -> float:
        return self.cost(())

    @property
    def min_gain(self) -> float:
        return NEGLIGIBLE * self.baseline

    def sets_within_budget(self) -> Iterator[Names]:
        return (names for names in subsets(self.sizes) if self.size(names) <= self.budget)

    def optimum(self) -> float:
        """The cost of the best set, found by trying all of them."""
        return min(map(self.cost, self.sets_within_budget()))


@dataclass(frozen=True)
class Stage:
    """A problem with everything that the search needs to solve it."""

    problem: Problem
    planner: Scripted
    costs: Costs
    search: Search

    def run(self) -> Names:
        return names_of(self.costs, self.search.run())


def staged(
    connection: Connection,
    problem: Problem,
    *,
    effort: Effort | None = None,
    candidates: Iterable[str] | None = None,
) -> Stage:
    """A search that begins with these candidates, or all, and may make others that have a size."""
    effort = effort or unlimited()
    planner = Scripted(problem.script, unlimited())
    first = problem.sizes if candidates is None else candidates
    costs = scripted_costs(connection, problem.script, planner, indexes=first)
    planner.effort = effort
    planner.asked.clear()
    terms = Terms(
        size=lambda found: problem.sizes[name(found)],
        budget=problem.budget,
        data_bytes=max(1.0, sum(problem.sizes.values())),
        price=lambda found: problem.prices.get(name(found), 0.0),
        min_gain=problem.min_gain,
        acceptable=lambda shapes: [found for found in shapes if name(found) in problem.sizes],
    )
    return Stage(problem, planner, costs, Search(costs, terms=terms, effort=effort))


def unlimited() -> Effort:
    return Effort(100_000, time.monotonic() + 60)


def chosen_for(connection: Connection, problem: Problem) -> set[str]:
    return set(staged(connection, problem).run())


def scripted_costs(
    connection: Connection,
    script: Script,
    planner: Scripted | None = None,
    *,
    indexes: Iterable[str] | None = None,
) -> Costs:
    """Costs of the script's queries with these candidates, or all that occur in it, in alphabetical
    order."""
    statements, tables = _understood(connection, tuple(script))
    if indexes is None:
        indexes = {wanted for plans in script.values() for needed in plans for wanted in needed}
    shapes = [_shape(tables, wanted) for wanted in sorted(indexes)]
    planner = planner or Scripted(script)
    baseline = {statement: planner.plan(statement, frozenset()) for statement in statements}
    return Costs(planner, baseline, shapes)


def mask_of(costs: Costs, *names: str) -> int:
    return sum(1 << place for place, found in enumerate(costs.shapes) if name(found) in names)


def names_of(costs: Costs, chosen: int) -> Names:
    return frozenset(name(costs.shapes[number]) for number in bits(chosen))


def name(found: IndexShape) -> str:
    return " ".join((*found.columns, *(f"+{column}" for column in found.include)))


def subsets(names: Iterable[str]) -> Iterator[Names]:
    pool = sorted(names)
    found = chain.from_iterable(combinations(pool, count) for count in range(len(pool) + 1))
    return map(frozenset, found)


@lru_cache
def _understood(
    connection: Connection, queries: tuple[str, ...]
) -> tuple[tuple[Statement, ...], list[Table]]:
    catalogue = Catalogue(connection)
    found = understand_workload(workload(*queries, calls=1), catalogue=catalogue)
    assert not found.skipped, found.skipped
    assert len(found.statements) == len(queries)  # or two of them are one
    return found.statements, catalogue.tables


def _shape(tables: list[Table], wanted: str) -> IndexShape:
    keys = tuple(part for part in wanted.split() if part[0] != "+")
    include = tuple(part[1:] for part in wanted.split() if part[0] == "+")
    table = next(table for table in tables if {*keys, *include} <= table.columns.keys())
    return shape(table, *keys, include=include)
