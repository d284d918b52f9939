"""Whether a simple exchange would improve what the advisor chose, found out without it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from benchmarks.planning import NOTHING, Costs, Offer, Offers
from benchmarks.references import total_size

POOL: Final = 24
SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Improvement:
    """The best that was found. `share` is of the cost of what was chosen: 0.02 is two percent."""

    share: float
    removed: tuple[str, ...]
    added: tuple[str, ...]
    tried: int
    possible: int


@dataclass(frozen=True, slots=True)
class _Move:
    removed: Offers
    added: Offers


def pool(costs: Costs, offers: Iterable[Offer], chosen: Offers) -> list[Offer]:
    """Those that gain most beside what was chosen, and those that gain most for each byte."""
    now = costs.total(chosen)
    gains = {
        offer: now - costs.total(chosen | {offer})
        for offer in sorted(offers, key=lambda offer: offer.create_sql)
        if offer not in chosen
    }
    absolute = sorted(gains, key=lambda offer: -gains[offer])[: POOL // 2]
    relative = sorted(gains, key=lambda offer: -gains[offer] / offer.size_bytes)
    others = [offer for offer in relative if offer not in absolute]
    return absolute + others[: POOL - len(absolute)]


def best_exchange(
    costs: Costs, chosen: Offers, candidates: list[Offer], *, budget: int, seconds: float
) -> Improvement:
    """Take one index away or none, add one or two of the candidates, within the budget.

    All moves with one addition come first, then those with two in a random order, until the time
    is over.
    """
    deadline = time.monotonic() + seconds
    before = costs.total(chosen)
    best, best_cost = _Move(NOTHING, NOTHING), before
    moves = list(_moves(chosen, candidates, max(budget, total_size(chosen))))
    tried = 0
    for move in moves:
        if time.monotonic() >= deadline:
            break
        tried += 1
        cost = costs.total((chosen - move.removed) | move.added)
        if cost < best_cost:
            best, best_cost = move, cost
    return Improvement(
        share=1 - best_cost / before,
        removed=tuple(sorted(offer.create_sql for offer in best.removed)),
        added=tuple(sorted(offer.create_sql for offer in best.added)),
        tried=tried,
        possible=len(moves),
    )


def _moves(chosen: Offers, candidates: list[Offer], budget: int) -> Iterator[_Move]:
    ordered = sorted(chosen, key=lambda offer: offer.create_sql)
    removals = [NOTHING, *(frozenset((offer,)) for offer in ordered)]
    size = total_size(chosen)
    for additions in (1, 2):
        moves = [
            _Move(removed, frozenset(added))
            for removed in removals
            for added in combinations(candidates, additions)
            if size - total_size(removed) + total_size(added) <= budget
        ]
        if additions > 1:
            Random(SEED).shuffle(moves)
        yield from moves
