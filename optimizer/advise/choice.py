"""Which candidates to build for the whole workload, each judged on top of those already chosen.

Greedy by gain; then exchanges, of an index or two for another or of one for two, that are better
for their size; and whatever has become superfluous goes. The same input gives the same answer,
unless the time limit cuts the search short.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from optimizer.advise.catalogue import Table
from optimizer.advise.costs import Costs, bits
from optimizer.advise.sizes import index_size

MIN_STATEMENT_COST: Final = 100.0  # a statement below needs no index
MIN_STATEMENT_SAVING: Final = 0.5  # of the cost of one statement ...
MIN_WORKLOAD_SAVING: Final = 0.05  # ... or of that of the whole workload
NEGLIGIBLE: Final = 0.001  # of the workload's cost: below, no index is worth its upkeep
MAX_REGRESSION: Final = 0.1  # no statement may become dearer by more
MAX_PER_TABLE: Final = 10
MAX_ROUNDS: Final = 5  # best plans that are looked at for each statement

# The price of an index, in bytes: any index has its upkeep, and INCLUDE columns count twice,
# because they pay only as long as VACUUM keeps the pages all-visible.
FIXED_PRICE: Final = 1_000_000
# While choosing, one at 16 times the price has to gain twice as much.
PRICE_EXPONENT: Final = 0.25
# In an exchange, half the cost is worth twice the price. But the last of the cost is worth little,
# so this much, and this share of what there was without indexes, is added to both sides.
TRIVIAL_COST: Final = 25.0
SMOOTHING: Final = 0.005
MIN_IMPROVEMENT: Final = 0.95
MAX_LOSS: Final = 0.01  # of what there was without indexes, for the sake of a lower price
MAX_EXCHANGES: Final = 20  # a table


class Chooser:
    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._baseline = costs.weighted(0)
        self._everything = 0  # all candidates that take part in the choice
        self._affected: dict[int, list[int]] = {}
        self._prices: dict[int, float] = {}

    def winners(self, offered: Sequence[int]) -> list[list[int]]:
        """For each statement the candidates worth considering, `offered` being all of its own.

        The planner is asked for its best plan again and again, each time without what it chose
        before: a few questions instead of one for each candidate.
        """
        return [sorted(set(self._best_of(position, mine))) for position, mine in enumerate(offered)]

    def _best_of(self, position: int, mine: int) -> Iterator[int]:
        enough = self._costs.cost(position, 0) * (1 - NEGLIGIBLE)
        remaining = mine
        for _round in range(MAX_ROUNDS):
            used = list(bits(self._costs.used(position, remaining)))
            if not used or self._costs.cost(position, remaining) > enough:
                return
            for number in used:
                yield number
                yield from self._simpler(number, mine)
                remaining &= ~self._like(number, remaining)

    def _simpler(self, number: int, mine: int) -> Iterator[int]:
        """Those with fewer columns: a little dearer, but smaller, or good for more statements."""
        shape = self._costs.shapes[number]
        for other in bits(mine):
            if self._costs.shapes[other].is_served_by(shape):
                yield other

    def _like(self, number: int, mine: int) -> int:
        """The candidate and those that are chosen for the same reason."""
        shape = self._costs.shapes[number]
        found = 1 << number
        for other in bits(mine):
            candidate = self._costs.shapes[other]
            is_variation = (
                shape.is_served_by(candidate)
                or (shape.predicate and candidate.predicate == shape.predicate)
                or (shape.include and candidate.include)
            )
            if candidate.table is shape.table and is_variation:
                found |= 1 << other
        return found

    def choose(self, pool: list[int]) -> int:
        self._everything = sum(1 << number for number in pool)
        chosen = self._greedy(self._moves(pool))
        return self._without_superfluous(self._exchanged(chosen, pool))

    def with_foreign_keys(self, chosen: int, checks: Mapping[int, int]) -> int:
        """Adds what a foreign key needs although few rows are deleted: one that is meets the
        whole table. `checks` gives the candidates for each statement that stands for a key."""
        for position, mine in checks.items():
            before = self._costs.cost(position, 0)
            enough = before * (1 - MIN_STATEMENT_SAVING)
            if before < MIN_STATEMENT_COST or self._costs.cost(position, chosen) <= enough:
                continue
            choices = [
                (self._costs.cost(position, chosen | 1 << number), self._price(1 << number), number)
                for number in bits(mine)
            ]
            cost, _price, number = min(choices, default=(before, 0.0, 0))
            if cost <= enough and self._is_allowed(chosen | 1 << number):
                chosen |= 1 << number
        return chosen

    def _moves(self, pool: list[int]) -> list[int]:
        """Each candidate, and the sets that pay together in the best plan of one statement."""
        moves = dict.fromkeys(1 << number for number in pool)
        for position in range(len(self._costs.statements)):
            together = self._costs.used(position, self._everything)
            if together & (together - 1):
                moves[together] = None
        return list(moves)

    def _greedy(self, moves: list[int]) -> int:
        """Adds the best move until none is worth it. Gains only shrink as more is chosen, nearly
        always, so a move is looked at again only when its old gain is the highest."""
        chosen = 0
        queue = [(-self._score(0, move), place) for place, move in enumerate(moves)]
        heapq.heapify(queue)
        while queue:
            _old, place = heapq.heappop(queue)
            move = moves[place] & ~chosen
            score = self._score(chosen, move)
            if score <= 0:
                continue
            if queue and score < -queue[0][0]:
                heapq.heappush(queue, (-score, place))
            elif self._is_worthwhile(chosen, chosen | move) and self._is_allowed(chosen | move):
                chosen |= move
        return chosen

    def _score(self, chosen: int, move: int) -> float:
        gain = self._gain(chosen, chosen | move)
        return _rounded(gain / self._price(move) ** PRICE_EXPONENT) if gain > 0 else 0.0

    def _gain(self, before: int, after: int) -> float:
        costs = self._costs
        return sum(
            costs.statements[position].weight
            * (costs.cost(position, before) - costs.cost(position, after))
            for position in self._positions(before ^ after)
        )

    def _is_worthwhile(self, before: int, after: int) -> bool:
        gain = self._gain(before, after)
        if gain < NEGLIGIBLE * self._baseline:
            return False
        if gain >= MIN_WORKLOAD_SAVING * self._baseline:
            return True
        return any(
            old >= MIN_STATEMENT_COST and new <= old * (1 - MIN_STATEMENT_SAVING)
            for old, new in self._changes(before, after)
        )

    def _is_missed(self, before: int, after: int) -> bool:
        """Whether a statement loses what was reason enough for an index."""
        return any(
            new >= MIN_STATEMENT_COST and old <= new * (1 - MIN_STATEMENT_SAVING)
            for old, new in self._changes(before, after)
        )

    def _is_allowed(self, chosen: int) -> bool:
        per_table: dict[int, int] = {}
        for number in bits(chosen):
            oid = self._costs.shapes[number].table.oid
            per_table[oid] = per_table.get(oid, 0) + 1
        return max(per_table.values()) <= MAX_PER_TABLE and all(
            new <= old * (1 + MAX_REGRESSION) for old, new in self._changes(0, chosen)
        )

    def _changes(self, before: int, after: int) -> Iterator[tuple[float, float]]:
        for position in self._positions(before ^ after):
            yield self._costs.cost(position, before), self._costs.cost(position, after)

    def _exchanged(self, chosen: int, pool: list[int]) -> int:
        """The choice with better indexes in the place of some, one table after the other."""
        tables: dict[Table, list[int]] = {}
        for number in pool:
            tables.setdefault(self._costs.shapes[number].table, []).append(number)
        for mine in tables.values():
            for _round in range(MAX_EXCHANGES):
                found = [
                    (self._worth(chosen, *exchange), *exchange)
                    for exchange in self._exchanges(chosen, mine)
                ]
                worth, removed, added = min(found, default=(1.0, 0, 0))
                if worth > MIN_IMPROVEMENT:
                    break
                chosen = chosen & ~removed | added
        return chosen

    def _exchanges(self, chosen: int, pool: list[int]) -> Iterator[tuple[int, int]]:
        """What could be removed, and what added for it."""
        mine = [1 << number for number in pool if chosen & 1 << number]
        others = [1 << number for number in pool if not chosen & 1 << number]
        pairs = [first | second for first, second in combinations(mine, 2)]
        for removed in (*mine, *pairs):
            yield from ((removed, added) for added in others)
        for removed in mine:
            added = self._specialists(chosen & ~removed, removed, others)
            if added & (added - 1):
                yield removed, added

    def _specialists(self, rest: int, removed: int, others: list[int]) -> int:
        """For each statement that uses an index, the one that would serve it best instead."""
        found = 0
        for position in self._positions(removed):
            if self._costs.used(position, rest | removed) & removed and others:
                found |= min(
                    others,
                    key=lambda other: (
                        self._costs.cost(position, rest | other),
                        self._price(other),
                    ),
                )
        return found

    def _worth(self, chosen: int, removed: int, added: int) -> float:
        """Below 1: better. Cost after to cost before, times price after to price before."""
        other = chosen & ~removed | added
        costs = self._costs
        positions = self._positions(removed | added)
        before = self._smoothed(positions, [costs.cost(place, chosen) for place in positions])
        best = self._smoothed(
            positions, [costs.cost(place, self._everything) for place in positions]
        )
        dearer = self._price(added) / self._price(removed)
        if not before or best / before * dearer > MIN_IMPROVEMENT:
            return 1.0  # even the best plans would not make up for the price
        after = self._smoothed(positions, [costs.cost(place, other) for place in positions])
        without = self._smoothed(positions, [costs.cost(place, 0) for place in positions])
        is_loss = after - before > MAX_LOSS * without or self._is_missed(chosen, other)
        if is_loss or not self._is_allowed(other):
            return 1.0
        return _rounded(after / before * dearer)

    def _smoothed(self, positions: Sequence[int], found: Sequence[float]) -> float:
        return sum(
            self._costs.statements[position].weight
            * (cost + TRIVIAL_COST + SMOOTHING * self._costs.cost(position, 0))
            for position, cost in zip(positions, found, strict=True)
        )

    def _without_superfluous(self, chosen: int) -> int:
        """Takes away, the largest first, what the others make unnecessary."""
        for number in sorted(bits(chosen), key=lambda number: -self._price(1 << number)):
            rest = chosen & ~(1 << number)
            if not self._is_worthwhile(rest, chosen):
                chosen = rest
        return chosen

    def _positions(self, changed: int) -> list[int]:
        """The statements that a change of the choice may affect."""
        if changed not in self._affected:
            self._affected[changed] = [
                position
                for position in range(len(self._costs.statements))
                if self._costs.relevant(position) & changed
            ]
        return self._affected[changed]

    def _price(self, mask: int) -> float:
        for number in bits(mask):
            if number not in self._prices:
                shape = self._costs.shapes[number]
                whole = index_size(shape)
                keys = index_size(replace(shape, include=())) if shape.include else whole
                self._prices[number] = FIXED_PRICE + whole + max(0, whole - keys)
        return float(sum(self._prices[number] for number in bits(mask)))


def _rounded(value: float) -> float:
    """To two digits: the planner's estimates are not as exact as they look, and of nearly equal
    candidates the first, which is the most natural, is as good as any."""
    return float(f"{value:.1e}")
