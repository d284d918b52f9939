"""What statements cost under sets of indexes, asking the planner as seldom as possible.

If the plan under the offered set C uses only the indexes U, then every set between U and C has
that plan and that cost. Sets are bit masks over the candidates: most requests are answered by two
comparisons of integers. And more indexes never make a plan dearer, so a cost that is as low
as with more of them needs no question either.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from optimizer.advise.choosing.whatif import Costing
from optimizer.advise.proposing.relevance import may_serve
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.understanding.access import Statement, TableAccess
from optimizer.advise.understanding.catalogue import Table
from optimizer.exceptions import PlanUnavailable

TOLERANCE: Final = 0.001


class Planner(Protocol):
    """Costs one statement; HypoPG's and the heuristic one are alike from here on."""

    @property
    def is_exhausted(self) -> bool:
        """Whether it should be asked no more."""

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        """Raises `PlanUnavailable`."""


@dataclass(frozen=True, slots=True)
class KnownPlan:
    used: int
    offered: int
    cost: float
    exposure: float

    @property
    def choice_cost(self) -> float:
        """The cost to choose by: the planner's, and what its plan may lose."""
        return self.cost + self.exposure


class Costs:
    """The costs of one workload; candidates are known by their number."""

    def __init__(
        self, planner: Planner, baseline: Mapping[Statement, Costing], shapes: Sequence[IndexShape]
    ) -> None:
        self._planner = planner
        self.statements = tuple(baseline)
        self.shapes: list[IndexShape] = []
        self._numbers: dict[IndexShape, int] = {}
        self._accesses: dict[Table, list[tuple[int, TableAccess]]] = {}
        for position, statement in enumerate(self.statements):
            for access in statement.accesses:
                self._accesses.setdefault(access.table, []).append((position, access))
        self._relevant = [0] * len(self.statements)
        self._memory: list[dict[int, KnownPlan]] = [{} for _statement in self.statements]
        self._known = [
            [KnownPlan(0, 0, costing.cost, costing.exposure)] for costing in baseline.values()
        ]
        self._frontier = [list(plans) for plans in self._known]
        self.add(shapes)

    def add(self, shapes: Sequence[IndexShape]) -> None:
        for shape in shapes:
            if shape in self._numbers:
                continue
            number = self._numbers[shape] = len(self.shapes)
            self.shapes.append(shape)
            for position, access in self._accesses.get(shape.table, ()):
                if may_serve(shape, access):
                    self._relevant[position] |= 1 << number

    def knows(self, shape: IndexShape) -> bool:
        return shape in self._numbers

    def number(self, shape: IndexShape) -> int:
        return self._numbers[shape]

    def relevant(self, position: int) -> int:
        """The candidates that may matter to a statement."""
        return self._relevant[position]

    def cost(self, position: int, chosen: int) -> float:
        """The cost to choose by: the planner's, and what its plan may lose."""
        found = self._find(position, chosen)
        return found.cost + found.exposure

    def upper(self, position: int, chosen: int) -> float:
        """What a statement costs at most, as far as is known: no question is asked."""
        return self.best(position, chosen).choice_cost

    def best(self, position: int, chosen: int) -> KnownPlan:
        """The cheapest known plan that needs no other indexes than those chosen."""
        return next(plan for plan in self._frontier[position] if not plan.used & ~chosen)

    def saving(self, position: int, chosen: int, bound: float) -> float:
        """How much less than `bound` it costs at least with those `chosen`, as far as is known."""
        for plan in self._frontier[position]:
            if plan.choice_cost >= bound:
                return 0.0
            if not plan.used & ~chosen:
                return bound - plan.choice_cost
        return 0.0

    def lower(self, position: int, chosen: int) -> float:
        """What it costs at least, as far as is known: more indexes never make a plan dearer."""
        mine = chosen & self._relevant[position]
        return max(
            (plan.cost for plan in self._known[position] if not mine & ~plan.offered), default=0.0
        )

    def frontier(self, position: int) -> Sequence[KnownPlan]:
        """The known plans, the cheapest first, without those that need more for no less cost."""
        return self._frontier[position]

    def count(self, position: int) -> int:
        """How many answers there were."""
        return len(self._known[position])

    def planner_cost(self, position: int, chosen: int) -> float:
        return self._find(position, chosen).cost

    def exposure(self, position: int, chosen: int) -> float:
        """How much dearer its plan may get if a LIMIT is not reached early."""
        return self._find(position, chosen).exposure

    def used(self, position: int, chosen: int) -> int:
        """The candidates in the plan of a statement when those `chosen` exist."""
        return self._find(position, chosen).used

    def weighted(self, chosen: int) -> float:
        """The planner's cost of the whole workload."""
        return sum(
            statement.weight * self.planner_cost(position, chosen)
            for position, statement in enumerate(self.statements)
        )

    def _find(self, position: int, chosen: int) -> KnownPlan:
        offered = chosen & self._relevant[position]
        memory = self._memory[position]
        if offered not in memory:
            memory[offered] = self._derive(position, offered)
        return memory[offered]

    def _derive(self, position: int, offered: int) -> KnownPlan:
        best: KnownPlan | None = None  # of the plans that these indexes allow
        floor = 0.0  # no plan with more indexes than these is dearer
        for known in self._known[position]:
            is_possible = not known.used & ~offered
            is_wider = not offered & ~known.offered
            if is_possible and (best is None or known.cost < best.cost):
                best = known
            if is_wider:
                floor = max(floor, known.cost)
        if best is not None and (
            best.cost <= floor * (1 + TOLERANCE) or self._planner.is_exhausted
        ):
            return best
        found = self._ask(position, offered)
        self._known[position].append(found)
        self._remember(position, found)
        return found

    def _remember(self, position: int, found: KnownPlan) -> None:
        plans = self._frontier[position]
        if any(_is_as_good(plan, found) for plan in plans):
            return
        kept = [plan for plan in plans if not plan.used or not _is_as_good(found, plan)]
        insort(kept, found, key=lambda plan: plan.choice_cost)
        self._frontier[position] = kept

    def _ask(self, position: int, offered: int) -> KnownPlan:
        shapes = frozenset(self.shapes[number] for number in bits(offered))
        try:
            costing = self._planner.plan(self.statements[position], shapes)
        except PlanUnavailable:
            # It was planned before; that it takes too long now is no gain.
            return KnownPlan(offered, offered, self._known[position][0].cost, 0.0)
        used = sum(1 << self._numbers[shape] for shape in costing.used)
        return KnownPlan(used, offered, costing.cost, costing.exposure)


def _is_as_good(plan: KnownPlan, other: KnownPlan) -> bool:
    return not plan.used & ~other.used and plan.choice_cost <= other.choice_cost


def bits(chosen: int) -> Iterator[int]:
    """The numbers in a set, ascending."""
    while chosen:
        lowest = chosen & -chosen
        yield lowest.bit_length() - 1
        chosen ^= lowest


def mask(numbers: Iterable[int]) -> int:
    return union(1 << number for number in numbers)


def union(masks: Iterable[int]) -> int:
    found = 0
    for each in masks:
        found |= each
    return found
