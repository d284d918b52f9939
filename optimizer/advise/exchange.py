"""Better indexes in the place of chosen ones: for one or two another, or for one several.

The greedy choice cannot take anything back. Here it is improved step by step, table by table, by
the exchange that is best for its price, until none is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from optimizer.advise.catalogue import Table
from optimizer.advise.costs import Costs, bits
from optimizer.advise.rules import Rules, rounded

# Half the cost is worth twice the price. But the last of the cost is worth little, so this much,
# and this share of what there was without indexes, is added to both sides.
TRIVIAL_COST: Final = 25.0
SMOOTHING: Final = 0.005
MIN_IMPROVEMENT: Final = 0.95
MAX_LOSS: Final = 0.01  # of what there was without indexes, for the sake of a lower price
MAX_EXCHANGES: Final = 20  # a table


class Exchanger:
    def __init__(self, costs: Costs, rules: Rules, pool: Sequence[int]) -> None:
        self._costs = costs
        self._rules = rules
        self._everything = sum(1 << number for number in pool)
        self._by_table: dict[Table, list[int]] = {}
        for number in pool:
            self._by_table.setdefault(costs.shapes[number].table, []).append(1 << number)

    def improve(self, chosen: int) -> int:
        for candidates in self._by_table.values():
            for _round in range(MAX_EXCHANGES):
                found = [
                    (self._worth(chosen, *exchange), *exchange)
                    for exchange in self._exchanges(chosen, candidates)
                ]
                worth, removed, added = min(found, default=(1.0, 0, 0))
                if worth > MIN_IMPROVEMENT:
                    break
                chosen = chosen & ~removed | added
        return chosen

    def _exchanges(self, chosen: int, candidates: Sequence[int]) -> Iterator[tuple[int, int]]:
        """What could be removed, and what added for it."""
        mine = [candidate for candidate in candidates if chosen & candidate]
        others = [candidate for candidate in candidates if not chosen & candidate]
        pairs = [first | second for first, second in combinations(mine, 2)]
        for removed in (*mine, *pairs):
            users = [self._users(chosen, 1 << number) for number in bits(removed)]
            for added in others:
                # Each of those removed has to find something in what is added.
                if all(any(self._costs.relevant(user) & added for user in each) for each in users):
                    yield removed, added
        for removed in mine:
            added = self._specialists(chosen, removed, others)
            if added & (added - 1):
                yield removed, added

    def _specialists(self, chosen: int, removed: int, others: Sequence[int]) -> int:
        """For each statement that uses an index, the one that would serve it best instead."""
        found = 0
        rest = chosen & ~removed
        for position in self._users(chosen, removed):
            choices = [
                (self._costs.cost(position, rest | other), self._rules.price(other), other)
                for other in others
                if self._costs.relevant(position) & other
            ]
            found |= min(choices, default=(0.0, 0.0, 0))[2]
        return found

    def _users(self, chosen: int, index: int) -> list[int]:
        """The statements whose plan uses an index now."""
        return [
            position
            for position in self._rules.affected(index)
            if self._costs.used(position, chosen) & index
        ]

    def _worth(self, chosen: int, removed: int, added: int) -> float:
        """Below 1: better. Cost after to cost before, times price after to price before.

        Begins with the lowest costs possible and replaces them by the real ones, statement by
        statement: a bad exchange is found out by the first few.
        """
        other = chosen & ~removed | added
        positions = self._rules.affected(removed | added)
        before = sum(self._smoothed(position, chosen) for position in positions)
        after = sum(self._smoothed(position, self._everything) for position in positions)
        bearable = sum(self._smoothed(position, 0) for position in positions) * MAX_LOSS
        dearer = self._rules.price(added) / self._rules.price(removed)
        users = self._users(chosen, removed)
        for position in (*users, *(place for place in positions if place not in users)):
            if after * dearer > before * MIN_IMPROVEMENT or after - before > bearable:
                return 1.0
            after += self._smoothed(position, other) - self._smoothed(position, self._everything)
            if self._rules.is_missed(position, chosen, other):
                return 1.0
        if not before or after - before > bearable or not self._rules.is_allowed(other):
            return 1.0
        return rounded(after / before * dearer)

    def _smoothed(self, position: int, chosen: int) -> float:
        extra = TRIVIAL_COST + SMOOTHING * self._costs.cost(position, 0)
        return self._costs.statements[position].weight * (
            self._costs.cost(position, chosen) + extra
        )
