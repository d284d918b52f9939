"""What makes one set of indexes better than another: gain, price, and what nobody may lose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from optimizer.advise.costs import Costs, bits
from optimizer.advise.sizes import index_size

MIN_STATEMENT_COST: Final = 100.0  # a statement below needs no index
MIN_STATEMENT_SAVING: Final = 0.5  # of the cost of one statement ...
MIN_WORKLOAD_SAVING: Final = 0.05  # ... or of that of the whole workload
NEGLIGIBLE: Final = 0.001  # of the workload's cost: below, no index is worth its upkeep
MAX_REGRESSION: Final = 0.1  # no statement may become dearer by more
MAX_PER_TABLE: Final = 10

# The price of an index, in bytes: any index has its upkeep, and INCLUDE columns count twice,
# because they pay only as long as VACUUM keeps the pages all-visible.
FIXED_PRICE: Final = 1_000_000


class Rules:
    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._baseline = costs.weighted(0)
        self._affected: dict[int, list[int]] = {}
        self._prices: dict[int, float] = {}

    def affected(self, changed: int) -> list[int]:
        """The statements that a change of these indexes may affect."""
        if changed not in self._affected:
            self._affected[changed] = [
                position
                for position in range(len(self._costs.statements))
                if self._costs.relevant(position) & changed
            ]
        return self._affected[changed]

    def price(self, mask: int) -> float:
        for number in bits(mask):
            if number not in self._prices:
                shape = self._costs.shapes[number]
                whole = index_size(shape)
                keys = index_size(replace(shape, include=())) if shape.include else whole
                self._prices[number] = FIXED_PRICE + whole + max(0, whole - keys)
        return float(sum(self._prices[number] for number in bits(mask)))

    def gain(self, before: int, after: int) -> float:
        """The weighted cost that the second set saves over the first."""
        return sum(
            self._costs.statements[position].weight
            * (self._costs.cost(position, before) - self._costs.cost(position, after))
            for position in self.affected(before ^ after)
        )

    def is_worthwhile(self, before: int, after: int) -> bool:
        gain = self.gain(before, after)
        if gain < NEGLIGIBLE * self._baseline:
            return False
        if gain >= MIN_WORKLOAD_SAVING * self._baseline:
            return True
        return any(
            old >= MIN_STATEMENT_COST and new <= old * (1 - MIN_STATEMENT_SAVING)
            for old, new in self._changes(before, after)
        )

    def is_missed(self, position: int, before: int, after: int) -> bool:
        """Whether a statement loses what was reason enough for an index."""
        old, new = self._costs.cost(position, before), self._costs.cost(position, after)
        return new >= MIN_STATEMENT_COST and old <= new * (1 - MIN_STATEMENT_SAVING)

    def is_allowed(self, chosen: int) -> bool:
        per_table: dict[int, int] = {}
        for number in bits(chosen):
            oid = self._costs.shapes[number].table.oid
            per_table[oid] = per_table.get(oid, 0) + 1
        return max(per_table.values()) <= MAX_PER_TABLE and all(
            new <= old * (1 + MAX_REGRESSION) for old, new in self._changes(0, chosen)
        )

    def _changes(self, before: int, after: int) -> Iterator[tuple[float, float]]:
        for position in self.affected(before ^ after):
            yield self._costs.cost(position, before), self._costs.cost(position, after)


def rounded(value: float) -> float:
    """To two digits: the planner's estimates are not as exact as they look, and of nearly equal
    candidates the first, which is the most natural, is as good as any."""
    return float(f"{value:.1e}")
