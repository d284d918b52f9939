"""Which candidates to take within a budget, judged by the plans that are known: no planner is asked.

Every plan the planner ever showed stays true: where all of its indexes exist, its statement costs
that much at most. Choosing among known plans is a knapsack: greedy by gain and size, then better by
taking one or two out and filling the room anew.
"""

from __future__ import annotations

import heapq
import math
import operator
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from optimizer.advise.choosing.costs import Costs, bits

# How much the size of an index counts against its gain: all of it, and less and less.
EXPONENTS: Final = (1.0, 0.75, 0.5, 0.25)
REFILLING: Final = (1.0, 0.5)
MIN_IMPROVEMENT: Final = 1e-4


@dataclass(frozen=True, slots=True)
class _State:
    """A set with what it costs, and what each move would gain on top of it."""

    chosen: int
    total: float
    bounds: list[float]  # of each statement
    gains: list[float]  # of each move


class Selection:
    """One round of choosing; what is learnt of plans afterwards needs a new one."""

    def __init__(
        self,
        costs: Costs,
        *,
        sizes: Sequence[float],
        prices: Sequence[float],
        budget: float,
        min_gain: float,
        deadline: float,
    ) -> None:
        """`sizes` of the candidates and `budget` are bytes, `prices` and `min_gain` are weighted
        cost: what an index has to gain at least, for its upkeep and the space it takes."""
        self._costs = costs
        self._sizes = sizes
        self._prices = prices
        self._budget = budget
        self._min_gain = min_gain
        self._deadline = deadline
        self._weights = [statement.weight for statement in costs.statements]
        self._users: dict[int, set[int]] = {}  # statements with a known plan that uses an index
        for position in range(len(costs.statements)):
            for plan in costs.frontier(position):
                for number in bits(plan.used):
                    self._users.setdefault(number, set()).add(position)
        self._moves = self._known_moves()
        self._touched = [
            sorted(set().union(*(self._users[number] for number in bits(move))))
            for move in self._moves
        ]
        self._moves_of: dict[int, list[int]] = {}
        for place, positions in enumerate(self._touched):
            for position in positions:
                self._moves_of.setdefault(position, []).append(place)

    def best(self, start: int) -> int:
        """The best set that is found, not dearer than `start`; one by one nothing is better."""
        found = [self._filled_from(0, exponent) for exponent in EXPONENTS]
        found.append(self._filled_from(start, EXPONENTS[0]))
        return self._exchanged(min((*found, start), key=self.rank), 1)

    def improved(self, chosen: int) -> int:
        """Two at a time, too, nothing is better."""
        return self._exchanged(chosen, 2)

    def rank(self, chosen: int) -> tuple[float, float]:
        return self.total(chosen), self.size(chosen)

    def total(self, chosen: int) -> float:
        """What the workload costs at most, and the price of the indexes."""
        return self.price(chosen) + sum(
            weight * self._costs.upper(position, chosen)
            for position, weight in enumerate(self._weights)
        )

    def price(self, mask: int) -> float:
        return sum(self._prices[number] for number in bits(mask))

    def size(self, mask: int) -> float:
        return sum(self._sizes[number] for number in bits(mask))

    def losses(self, chosen: int) -> dict[int, float]:
        """What the workload would cost more, at most, without one of the chosen, its price off."""
        bounds = self._bounds(chosen)
        return {
            number: self._loss(bounds, chosen & ~(1 << number), self._users.get(number, ()))
            - self._prices[number]
            for number in bits(chosen)
        }

    def gain(self, added: int, chosen: int) -> float:
        """What known plans would save with these on top of the chosen."""
        positions = set().union(*(self._users.get(number, ()) for number in bits(added)))
        upper = self._costs.upper
        return sum(
            self._weights[position] * (upper(position, chosen) - upper(position, chosen | added))
            for position in positions
        )

    def _known_moves(self) -> list[int]:
        """The sets of indexes that known plans use, and each index of them alone."""
        moves = {
            plan.used
            for position in range(len(self._costs.statements))
            for plan in self._costs.frontier(position)
            if plan.used and self.size(plan.used) <= self._budget
        }
        moves.update([1 << number for move in moves for number in bits(move)])
        return sorted(moves)

    def _bounds(self, chosen: int) -> list[float]:
        return [self._costs.upper(place, chosen) for place in range(len(self._weights))]

    def _loss(self, bounds: Sequence[float], rest: int, positions: Iterable[int]) -> float:
        return sum(
            self._weights[position] * (self._costs.upper(position, rest) - bounds[position])
            for position in positions
        )

    def _gain(self, place: int, chosen: int, bounds: Sequence[float]) -> float:
        wider = chosen | self._moves[place]
        return sum(
            self._weights[position] * self._costs.saving(position, wider, bounds[position])
            for position in self._touched[place]
        )

    def _filled_from(self, chosen: int, exponent: float) -> int:
        bounds = self._bounds(chosen)
        gains = [self._gain(place, chosen, bounds) for place in range(len(self._moves))]
        return self._filled(chosen, bounds, gains, exponent)

    def _filled(
        self, chosen: int, bounds: list[float], gains: Sequence[float], exponent: float
    ) -> int:
        """Adds moves while there is room. `gains` are those on top of `chosen`.

        A move is looked at again only when what it gained before would make it the best: as more
        is chosen, gains shrink, nearly always.
        """
        bounds = list(bounds)
        room = self._budget - self.size(chosen)
        queue: list[tuple[float, int]] = []
        for place, gain in enumerate(gains):
            if gain >= self._min_gain:  # before its price: part of it may be there already
                queue.append((-self._score(gain, self._moves[place] & ~chosen, exponent), place))
        heapq.heapify(queue)
        while queue:
            _old, place = heapq.heappop(queue)
            new = self._moves[place] & ~chosen
            size = self.size(new)
            if not new or size > room:
                continue
            gain = self._gain(place, chosen, bounds) - self.price(new)
            if gain < self._min_gain:
                continue
            score = self._score(gain, new, exponent)
            if queue and score < -queue[0][0]:
                heapq.heappush(queue, (-score, place))
                continue
            chosen |= new
            for position in self._touched[place]:
                bounds[position] = self._costs.upper(position, chosen)
            chosen = self._without_superfluous(chosen, bounds, new)
            room = self._budget - self.size(chosen)
        return chosen

    def _score(self, gain: float, new: int, exponent: float) -> float:
        return gain / math.pow(max(1.0, self.size(new)), exponent)

    def _without_superfluous(self, chosen: int, bounds: list[float], added: int) -> int:
        """Takes away, the largest first, what the added ones made unnecessary."""
        affected = {position for number in bits(added) for position in self._users[number]}
        for number in sorted(bits(chosen & ~added), key=lambda number: -self._sizes[number]):
            users = self._users.get(number, set())
            if not users & affected:
                continue
            rest = chosen & ~(1 << number)
            if self._loss(bounds, rest, users) - self._prices[number] < self._min_gain:
                chosen = rest
                for position in users:
                    bounds[position] = self._costs.upper(position, chosen)
        return chosen

    def _exchanged(self, chosen: int, count: int) -> int:
        """As long as it helps, takes out so many and fills the room anew."""
        state = self._state(chosen)
        has_improved = True
        while has_improved:
            has_improved = False
            for removed in self._removals(state.chosen, count):
                if time.monotonic() >= self._deadline:
                    return state.chosen
                better = None if removed & ~state.chosen else self._refilled(state, removed)
                if better is not None:
                    state = self._state(better)
                    has_improved = True
        return state.chosen

    def _state(self, chosen: int) -> _State:
        bounds = self._bounds(chosen)
        gains = [self._gain(place, chosen, bounds) for place in range(len(self._moves))]
        total = self.price(chosen) + sum(map(operator.mul, self._weights, bounds))
        return _State(chosen, total, bounds, gains)

    def _refilled(self, state: _State, removed: int) -> int | None:
        """The set with something else in the place of what is removed; None if it is no better."""
        rest = state.chosen & ~removed
        bounds = list(state.bounds)
        gains = [
            0.0 if move & removed else gain
            for move, gain in zip(self._moves, state.gains, strict=True)
        ]
        for position in set().union(*(self._users.get(number, set()) for number in bits(removed))):
            old, new = bounds[position], self._costs.upper(position, rest)
            if new <= old:
                continue
            bounds[position] = new
            weight = self._weights[position]
            for place in self._moves_of[position]:
                move = self._moves[place]
                if not move & removed:
                    more = self._costs.saving(position, rest | move, new)
                    less = self._costs.saving(position, state.chosen | move, old)
                    gains[place] += weight * (more - less)
        for exponent in REFILLING:
            other = self._filled(rest, bounds, gains, exponent)
            if self.total(other) < state.total * (1 - MIN_IMPROVEMENT):
                return other
        return None

    def _removals(self, chosen: int, count: int) -> Iterator[int]:
        """Each one, or two that are on one table or serve one statement."""
        numbers = list(bits(chosen))
        if count == 1:
            yield from (1 << number for number in numbers)
            return
        for first, second in combinations(numbers, 2):
            shapes = self._costs.shapes
            users = self._users.get(first, set()) & self._users.get(second, set())
            if users or shapes[first].table is shapes[second].table:
                yield 1 << first | 1 << second
