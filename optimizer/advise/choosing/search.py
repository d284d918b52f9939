"""Searches the best indexes for a workload, in as few questions to the planner as possible.

Choosing is done on what is known (`selection`). The planner is asked only where an answer could
change the choice: first which plans it would like, with all candidates, with those of one table,
with smaller ones; then what a promising index does for statements that were not asked about it; at
last whether any exchange could still be better. One answer with many indexes on offer settles all
that lies between them and those in its plan.

The same input gives the same answer, unless the time limit cuts the search short; then the best set
so far is the answer.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from optimizer.advise.choosing.costs import Costs, bits, mask, union
from optimizer.advise.choosing.selection import Selection
from optimizer.advise.choosing.whatif import Effort
from optimizer.advise.proposing.merging import merged
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.understanding.catalogue import Table

SMALLER: Final = 0.7  # the next offer has only what is so much smaller
MAX_OFFERS: Final = 4  # for one statement in one round
MAX_ROUNDS: Final = 30
# Where that took few questions, a second look goes for smaller gains.
CALLS_PER_STATEMENT: Final = 40
FINER: Final = 0.25
MAX_MERGES: Final = 30  # in one round
# An index may look a little too dear for one statement, if it serves others too.
SHARED: Final = 2.0
FULL: Final = 0.8  # of the budget: below, space costs nothing yet


@dataclass(frozen=True, slots=True)
class Terms:
    """What indexes take, and what they have to gain."""

    size: Callable[[IndexShape], float]  # bytes, as the budget counts them
    budget: float  # bytes, perhaps infinite
    data_bytes: float  # of the tables
    price: Callable[[IndexShape], float]  # its upkeep, in weighted cost
    min_gain: float  # in weighted cost; what cannot gain more is not looked at
    # Leaves those that are new and that the planner can be asked about.
    acceptable: Callable[[list[IndexShape]], list[IndexShape]]


class Search:
    def __init__(self, costs: Costs, *, terms: Terms, effort: Effort) -> None:
        self._costs = costs
        self._terms = terms
        self._effort = effort
        self._min_gain = terms.min_gain
        self._calls = effort.calls
        self._sizes: list[float] = []
        self._prices: list[float] = []
        self._fitting = 0
        self._by_table: dict[Table, int] = {}
        self._weights = [statement.weight for statement in costs.statements]
        self._base = [costs.cost(place, 0) for place in range(len(self._weights))]
        self.first_answer_at = time.monotonic()
        self._measure()

    def run(self) -> int:
        """The chosen candidates of `costs`."""
        for place in range(len(self._weights)):
            if not self._effort.is_spent:
                self._ask(place, self._fitting)
        chosen = self._select(0)
        self.first_answer_at = time.monotonic()
        self._explore()
        chosen = self._converged(self._select(chosen))
        if self._effort.calls - self._calls < self._calls_due():
            self._min_gain *= FINER
            self._explore()
            chosen = self._converged(chosen)
        return chosen

    def _calls_due(self) -> float:
        """The more may be built, the more there is to find."""
        share = min(1.0, self._terms.budget / self._terms.data_bytes)
        return CALLS_PER_STATEMENT * len(self._weights) * share

    def _converged(self, chosen: int) -> int:
        for _round in range(MAX_ROUNDS):
            before = chosen
            for step in (self._confirm, self._probe, self._merge, self._refine, self._widen):
                if step(chosen) and not self._effort.is_spent:
                    chosen = self._select(chosen)
            chosen = self._selection().improved(chosen)
            if chosen == before or self._effort.is_spent:
                break
        return chosen

    def size(self, chosen: int) -> float:
        return sum(self._sizes[number] for number in bits(chosen))

    def _measure(self) -> None:
        """Note what there is to know of new candidates."""
        for number in range(len(self._sizes), len(self._costs.shapes)):
            shape = self._costs.shapes[number]
            self._sizes.append(self._terms.size(shape))
            self._prices.append(self._terms.price(shape))
            if self._sizes[number] <= self._terms.budget:
                self._fitting |= 1 << number
            self._by_table[shape.table] = self._by_table.get(shape.table, 0) | 1 << number

    def _select(self, start: int) -> int:
        return self._selection().best(start)

    def _selection(self) -> Selection:
        return Selection(
            self._costs,
            sizes=self._sizes,
            prices=self._prices,
            budget=self._terms.budget,
            min_gain=self._min_gain,
            deadline=self._effort.deadline,
        )

    def _ask(self, place: int, offered: int) -> int:
        """Have the cost known; returns how many answers that took, 0 or 1."""
        before = self._costs.count(place)
        self._costs.cost(place, offered)
        return self._costs.count(place) - before

    # What the planner would like

    def _explore(self) -> None:
        """Most hopeful first: an offer within another can gain no more than that one did."""
        queue = [
            (-self._weights[place] * self._base[place], place, offered)
            for place in range(len(self._weights))
            if (offered := self._costs.relevant(place) & self._fitting)
        ]
        heapq.heapify(queue)
        asked = set()
        while queue and not self._effort.is_spent:
            hope, place, offered = heapq.heappop(queue)
            if -hope < self._min_gain or (place, offered) in asked:
                continue
            asked.add((place, offered))
            cost = self._costs.cost(place, offered)
            gain = self._weights[place] * (self._base[place] - cost)
            if gain >= self._min_gain:
                for narrower in self._narrower(offered, self._costs.used(place, offered)):
                    heapq.heappush(queue, (-gain, place, narrower))

    def _narrower(self, offered: int, used: int) -> Iterator[int]:
        """Offers in which another plan may show: one table only, or smaller indexes only."""
        tables = [mine & offered for mine in self._by_table.values() if mine & used]
        if len(tables) > 1:
            yield from tables
        largest = max((self._sizes[number] for number in bits(used)), default=0.0)
        smaller = self._smaller(offered, SMALLER * largest)
        if smaller:
            yield smaller

    def _smaller(self, offered: int, size: float) -> int:
        return mask(number for number in bits(offered) if self._sizes[number] < size)

    # What is not known yet of the choice

    def _confirm(self, chosen: int) -> int:
        """What the statements cost with exactly these."""
        answers = 0
        for place, weight in enumerate(self._weights):
            costs = self._costs
            gap = weight * (costs.upper(place, chosen) - costs.lower(place, chosen))
            if gap >= self._min_gain and not self._effort.is_spent:
                answers += self._ask(place, chosen)
        return answers

    # What a promising index does for other statements

    def _probe(self, chosen: int) -> int:
        """What an index that some plan uses does by itself for other statements: the most hopeful
        first, and only as long as it could earn its place."""
        rate = self._rate(chosen)
        known = self._in_known_plans()
        hopes = []
        for number in bits(known & self._fitting & ~chosen):
            hope = sum(gap for gap, _place in self._gaps(chosen, 1 << number))
            if hope > self._needed(number, rate):
                hopes.append((-hope / max(self._sizes[number], 1.0), number))
        return sum(
            self._probe_one(chosen, number, self._needed(number, rate))
            for _hope, number in sorted(hopes)
        )

    def _needed(self, number: int, rate: float) -> float:
        return rate * self._sizes[number] + self._prices[number]

    def _probe_one(self, chosen: int, number: int, needed: float) -> int:
        added = 1 << number
        gaps = self._gaps(chosen, added)
        hope = sum(gap for gap, _place in gaps)
        answers = 0
        for gap, place in gaps:
            if hope < needed or gap < self._min_gain or self._effort.is_spent:
                break
            answers += self._ask(place, added)
            now = self._costs.upper(place, chosen)
            gain = self._costs.saving(place, chosen | added, now)
            hope += self._weights[place] * gain - gap
        return answers

    def _gaps(self, chosen: int, added: int) -> list[tuple[float, int]]:
        """How much each statement could gain at most from what is added, the largest first."""
        found = []
        for place, weight in enumerate(self._weights):
            if self._costs.relevant(place) & added:
                now = self._costs.upper(place, chosen)
                least = max(
                    self._costs.lower(place, added), self._costs.lower(place, self._fitting)
                )
                if now > least:
                    found.append((weight * (now - least), place))
        return sorted(found, reverse=True)

    def _rate(self, chosen: int) -> float:
        """What a byte earns at the margin; nothing while there is room."""
        if not chosen or self.size(chosen) < FULL * self._terms.budget:
            return 0.0
        losses = self._selection().losses(chosen)
        return max(
            0.0, min(loss / max(self._sizes[number], 1.0) for number, loss in losses.items())
        )

    def _in_known_plans(self) -> int:
        return union(
            plan.used for place in range(len(self._weights)) for plan in self._costs.frontier(place)
        )

    # One index in the place of two

    def _merge(self, chosen: int) -> int:
        """What indexes that stand for two would do: at best as much as both, for less space."""
        rate = self._rate(chosen)
        hopes = sorted(self._merging_hopes(chosen, rate), reverse=True)[:MAX_MERGES]
        answers = 0
        for hope, first, second in hopes:
            shapes = self._costs.shapes
            wanted = list(merged(shapes[first], shapes[second]))
            self._costs.add(self._terms.acceptable([s for s in wanted if not self._costs.knows(s)]))
            self._measure()
            for shape in wanted:
                if self._costs.knows(shape):
                    answers += self._probe_merged(
                        chosen, 1 << first | 1 << second, self._costs.number(shape), hope, rate
                    )
        return answers

    def _merging_hopes(self, chosen: int, rate: float) -> Iterator[tuple[float, int, int]]:
        selection = self._selection()
        shapes = self._costs.shapes
        known = self._in_known_plans() & self._fitting
        for numbers in self._by_table.values():
            for first, second in permutations(bits(numbers & known), 2):
                if not any(merged(shapes[first], shapes[second])):
                    continue
                both = 1 << first | 1 << second
                freed = sum(self._needed(number, rate) for number in bits(both & chosen))
                needed = max(self._needed(first, rate), self._needed(second, rate))
                hope = selection.gain(both, chosen) + freed
                if hope > needed:
                    yield hope, first, second

    def _probe_merged(
        self, chosen: int, parents: int, number: int, hope: float, rate: float
    ) -> int:
        """Ask the statements that the two serve, as long as it could be better than these."""
        needed = self._needed(number, rate)
        answers = 0
        if not self._fitting >> number & 1:
            return 0
        rest = chosen & ~parents
        for place, weight in enumerate(self._weights):
            wanted = self._costs.upper(place, chosen | parents)
            gap = weight * (self._costs.upper(place, rest) - wanted)
            if gap < self._min_gain:
                continue
            if hope < needed or self._effort.is_spent:
                break
            offered = (rest | 1 << number) & self._costs.relevant(place)
            answers += self._ask(place, offered)
            hope -= weight * max(0.0, self._costs.upper(place, rest | 1 << number) - wanted)
        return answers

    # What could be better still

    def _refine(self, chosen: int) -> int:
        """What each statement would cost at least with all that its possible gain can pay for."""
        rate = self._rate(chosen)
        costs = self._costs
        gaps = [
            (weight * (costs.upper(place, chosen) - costs.lower(place, self._fitting)), place)
            for place, weight in enumerate(self._weights)
        ]
        return sum(
            self._refine_one(place, chosen, gap, rate)
            for gap, place in sorted(gaps, reverse=True)
            if gap >= self._min_gain
        )

    def _refine_one(self, place: int, chosen: int, gap: float, rate: float) -> int:
        """Offers what is affordable, then without what turned out too dear for its gain."""
        weight, now = self._weights[place], self._costs.upper(place, chosen)
        mine = self._costs.relevant(place)
        offered = mine & chosen | mask(
            number
            for number in bits(mine & self._fitting & ~chosen)
            if self._needed(number, rate) < gap * SHARED
        )
        answers = 0
        for _round in range(MAX_OFFERS):
            hope = weight * (now - self._costs.lower(place, offered))
            if hope < self._min_gain or self._effort.is_spent:
                break
            answers += self._ask(place, offered)
            gain = weight * (now - self._costs.cost(place, offered))
            new = self._costs.used(place, offered) & ~chosen
            needed = sum(self._needed(number, rate) for number in bits(new))
            if not new or gain < self._min_gain or gain > needed:
                break
            offered &= ~self._as_dear(offered & ~chosen, new)
        return answers

    def _as_dear(self, offered: int, used: int) -> int:
        """The largest of those used, and what is about as large on the same table."""
        dearest = max(bits(used), key=lambda number: self._sizes[number])
        same_table = offered & self._by_table[self._costs.shapes[dearest].table]
        return same_table & ~self._smaller(same_table, SMALLER * self._sizes[dearest])

    def _widen(self, chosen: int) -> int:
        """Whether anything that fits in the place of one of the chosen, or beside all of them,
        could be better: one offer for all of it."""
        losses = self._selection().losses(chosen)
        largest_first = sorted(losses, key=lambda number: -self._sizes[number])
        answers = self._widen_one(chosen, 0, 0.0)
        for number in largest_first:
            answers += self._widen_one(chosen, 1 << number, losses[number])
        return answers

    def _widen_one(self, chosen: int, removed: int, loss: float) -> int:
        rest = chosen & ~removed
        room = self._terms.budget - self.size(rest)
        fitting = mask(
            number
            for number in bits(self._fitting & ~removed & ~rest)
            if self._sizes[number] <= room
        )
        gaps = []
        for place, weight in enumerate(self._weights):
            offered = (rest | fitting) & self._costs.relevant(place)
            gap = weight * (self._costs.upper(place, rest) - self._costs.lower(place, offered))
            if gap >= self._min_gain:
                gaps.append((gap, place, offered))
        hope = sum(gap for gap, _place, _offered in gaps)
        answers = 0
        for gap, place, offered in sorted(gaps, reverse=True):
            if hope < loss or self._effort.is_spent:
                break
            answers += self._ask(place, offered)
            now = self._costs.upper(place, rest)
            hope += self._weights[place] * (now - self._costs.cost(place, offered)) - gap
            if not removed:
                answers += self._ask_for_less(place, rest, offered, room)
        return answers

    def _ask_for_less(self, place: int, rest: int, offered: int, room: float) -> int:
        """Where the plan uses more than there is room for: without the largest of these, until one
        has room or gains too little."""
        answers = 0
        for _round in range(MAX_OFFERS):
            gain = self._costs.upper(place, rest) - self._costs.lower(place, offered)
            if self._weights[place] * gain < self._min_gain or self._effort.is_spent:
                break
            answers += self._ask(place, offered)
            new = self._costs.used(place, offered) & ~rest
            if self.size(new) <= room:
                break
            offered &= ~(1 << max(bits(new), key=lambda number: self._sizes[number]))
        return answers
