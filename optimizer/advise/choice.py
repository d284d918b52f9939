"""Which candidates to build for the whole workload, each judged on top of those already chosen.

Greedy by gain, then exchanges, and whatever has become superfluous goes. The same input gives the
same answer, unless the time limit cuts the search short.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from optimizer.advise.costs import Costs, bits
from optimizer.advise.exchange import Exchanger
from optimizer.advise.rules import (
    MIN_STATEMENT_COST,
    MIN_STATEMENT_SAVING,
    NEGLIGIBLE,
    Rules,
    rounded,
)

MAX_ROUNDS: Final = 5  # best plans that are looked at for each statement
# While choosing, one at 16 times the price has to gain twice as much.
PRICE_EXPONENT: Final = 0.25


class Chooser:
    def __init__(self, costs: Costs) -> None:
        self._costs = costs
        self._rules = Rules(costs)

    def winners(self, offered: Sequence[int]) -> list[list[int]]:
        """For each statement the candidates of its best plans, `offered` being all of its own.

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
                remaining &= ~self._like(number, remaining)

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

    def with_simpler(self, winners: Sequence[Sequence[int]], offered: Sequence[int]) -> list[int]:
        """The winners, and what has fewer columns than one of them: a little dearer in use, but
        smaller, or good for more statements."""
        found = {number for mine in winners for number in mine}
        for mine, proposed in zip(winners, offered, strict=True):
            for number in mine:
                shape = self._costs.shapes[number]
                found.update(
                    other
                    for other in bits(proposed)
                    if self._costs.shapes[other].is_served_by(shape)
                )
        return sorted(found)

    def choose(self, pool: Sequence[int]) -> int:
        everything = sum(1 << number for number in pool)
        chosen = self._greedy(self._moves(pool, everything), everything)
        return self._without_superfluous(Exchanger(self._costs, self._rules, pool).improve(chosen))

    def with_foreign_keys(self, chosen: int, checks: Mapping[int, int]) -> int:
        """Adds what a foreign key needs although few rows are deleted: one that is meets the
        whole table. `checks` gives the candidates for each statement that stands for a key."""
        for position, mine in checks.items():
            before = self._costs.cost(position, 0)
            enough = before * (1 - MIN_STATEMENT_SAVING)
            if before < MIN_STATEMENT_COST or self._costs.cost(position, chosen) <= enough:
                continue
            choices = [
                (
                    self._costs.cost(position, chosen | 1 << number),
                    self._rules.price(1 << number),
                    number,
                )
                for number in bits(mine)
            ]
            cost, _price, number = min(choices, default=(before, 0.0, 0))
            if cost <= enough and self._rules.is_allowed(chosen | 1 << number):
                chosen |= 1 << number
        return chosen

    def _moves(self, pool: Sequence[int], everything: int) -> list[int]:
        """Each candidate, and the sets that pay together in the best plan of one statement."""
        moves = dict.fromkeys(1 << number for number in pool)
        for position in range(len(self._costs.statements)):
            together = self._costs.used(position, everything)
            if together & (together - 1):
                moves[together] = None
        return list(moves)

    def _greedy(self, moves: Sequence[int], everything: int) -> int:
        """Adds the best move until none is worth it. Gains only shrink as more is chosen, nearly
        always, so a move is looked at again only when what it could gain at most is the highest."""
        chosen = 0
        queue = [
            (-self._highest_score(move, everything), place) for place, move in enumerate(moves)
        ]
        heapq.heapify(queue)
        while queue:
            _old, place = heapq.heappop(queue)
            move = moves[place] & ~chosen
            score = self._score(self._rules.gain(chosen, chosen | move), move)
            if score <= 0:
                continue
            if queue and score < -queue[0][0]:
                heapq.heappush(queue, (-score, place))
            elif self._rules.is_worthwhile(chosen, chosen | move) and self._rules.is_allowed(
                chosen | move
            ):
                chosen |= move
        return chosen

    def _highest_score(self, move: int, everything: int) -> float:
        """As if each statement it may serve got its best plan: known without a question."""
        gain = sum(
            self._costs.statements[position].weight
            * (self._costs.cost(position, 0) - self._costs.cost(position, everything))
            for position in self._rules.affected(move)
        )
        return self._score(gain, move)

    def _score(self, gain: float, move: int) -> float:
        return rounded(gain / self._rules.price(move) ** PRICE_EXPONENT) if gain > 0 else 0.0

    def _without_superfluous(self, chosen: int) -> int:
        """Takes away, the largest first, what the others make unnecessary."""
        for number in sorted(bits(chosen), key=lambda number: -self._rules.price(1 << number)):
            rest = chosen & ~(1 << number)
            if not self._rules.is_worthwhile(rest, chosen):
                chosen = rest
        return chosen
