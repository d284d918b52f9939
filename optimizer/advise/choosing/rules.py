"""What an index has to earn, and what nobody may lose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from optimizer.advise.choosing.costs import Costs, bits
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.proposing.sizes import index_size

MIN_STATEMENT_COST: Final = 100.0  # a statement below needs no index
MIN_STATEMENT_SAVING: Final = 0.5  # of the cost of one statement ...
MIN_WORKLOAD_SAVING: Final = 0.05  # ... or of that of the whole workload
NEGLIGIBLE: Final = 0.001  # of the workload's cost: below, no index is worth its upkeep
MAX_REGRESSION: Final = 0.1  # no statement may become dearer by more
MAX_PER_TABLE: Final = 10

# Where nobody gave a budget, space has a price: indexes as large as all the tables have to save
# this share of the workload's cost.
PRICE_OF_DATA_SIZE: Final = 0.1
MIN_DATA_BYTES: Final = 100_000_000
# Any index has its upkeep, and INCLUDE columns count twice, because they pay only as long as
# VACUUM keeps the pages all-visible.
FIXED_BYTES: Final = 1_000_000


def priced_bytes(shape: IndexShape) -> float:
    whole = index_size(shape)
    keys = index_size(replace(shape, include=())) if shape.include else whole
    return float(FIXED_BYTES + whole + max(0, whole - keys))


def byte_price(baseline: float, data_bytes: float) -> float:
    """What a byte has to save, in weighted cost, where nobody gave a budget."""
    return PRICE_OF_DATA_SIZE * baseline / max(data_bytes, MIN_DATA_BYTES)


class Rules:
    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._baseline = costs.weighted(0)

    def enforced(self, chosen: int, *, is_frugal: bool) -> int:
        """Without those that make a statement dearer; and, where space has no budget but has to
        be earned, without what is not worth its upkeep."""
        chosen = self._without_regressions(chosen)
        return self._at_most_per_table(self._worthwhile(chosen)) if is_frugal else chosen

    def with_foreign_keys(
        self,
        chosen: int,
        checks: Mapping[int, int],
        *,
        size: Callable[[IndexShape], float],
        budget: float,
    ) -> int:
        """Adds what a foreign key needs although few rows are deleted: one that is meets the
        whole table. `checks` gives the candidates for each statement that stands for a key."""
        for position, mine in checks.items():
            before = self._costs.cost(position, 0)
            enough = before * (1 - MIN_STATEMENT_SAVING)
            if before < MIN_STATEMENT_COST or self._costs.cost(position, chosen) <= enough:
                continue
            room = budget - sum(size(self._costs.shapes[number]) for number in bits(chosen))
            choices = [
                (self._costs.cost(position, chosen | 1 << number), self._price(number), number)
                for number in bits(mine)
                if size(self._costs.shapes[number]) <= room
            ]
            cost, _price, number = min(choices, default=(before, 0.0, 0))
            if cost <= enough:
                chosen |= 1 << number
        return chosen

    def gain(self, before: int, after: int) -> float:
        """The weighted cost that the second set saves over the first."""
        return sum(
            self._costs.statements[position].weight * (old - new)
            for position, old, new in self._changes(before, after)
        )

    def _price(self, number: int) -> float:
        return priced_bytes(self._costs.shapes[number])

    def _is_worthwhile(self, before: int, after: int) -> bool:
        gain = self.gain(before, after)
        if gain < NEGLIGIBLE * self._baseline:
            return False
        if gain >= MIN_WORKLOAD_SAVING * self._baseline:
            return True
        return any(
            old >= MIN_STATEMENT_COST and new <= old * (1 - MIN_STATEMENT_SAVING)
            for _position, old, new in self._changes(before, after)
        )

    def _worthwhile(self, chosen: int) -> int:
        """Takes away, the largest first, what the others make unnecessary or nobody needs."""
        for number in sorted(bits(chosen), key=lambda number: -self._price(number)):
            rest = chosen & ~(1 << number)
            if not self._is_worthwhile(rest, chosen):
                chosen = rest
        return chosen

    def _at_most_per_table(self, chosen: int) -> int:
        by_table: dict[int, list[int]] = {}
        for number in bits(chosen):
            by_table.setdefault(self._costs.shapes[number].table.oid, []).append(number)
        for numbers in by_table.values():
            by_gain = sorted(numbers, key=lambda n: -self.gain(chosen & ~(1 << n), chosen))
            for number in by_gain[MAX_PER_TABLE:]:
                chosen &= ~(1 << number)
        return chosen

    def _without_regressions(self, chosen: int) -> int:
        """More indexes never make a plan dearer, nearly always: the planner takes fuzzily equal
        plans for equal, and a LIMIT may tempt it."""
        while True:
            worse = [
                (self._costs.used(position, chosen), position)
                for position, old, new in self._changes(0, chosen)
                if new > old * (1 + MAX_REGRESSION)
            ]
            guilty = [number for used, _position in worse for number in bits(used)]
            if not guilty:
                return chosen
            least = min(guilty, key=lambda n: (self.gain(chosen & ~(1 << n), chosen), n))
            chosen &= ~(1 << least)

    def _changes(self, before: int, after: int) -> Iterator[tuple[int, float, float]]:
        """The statements that a change may affect, with the costs to choose by."""
        for position in range(len(self._costs.statements)):
            if self._costs.relevant(position) & (before ^ after):
                yield (
                    position,
                    self._costs.cost(position, before),
                    self._costs.cost(position, after),
                )
