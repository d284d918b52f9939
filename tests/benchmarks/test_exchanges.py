"""The check finds what the advisor missed, and nothing where it missed nothing."""

from __future__ import annotations

import pytest

from benchmarks.exchanges import best_exchange, pool
from benchmarks.planning import Costs, Offers
from tests.benchmarks.advice import CITY, EMAIL, RECEIPT, SHOPPER, offer

GOOD = [offer(RECEIPT), offer(SHOPPER), offer(EMAIL)]
BAD = offer(CITY)


def improved(costs: Costs, chosen: Offers, **limits: float) -> tuple[set[str], set[str], float]:
    bounds = {"budget": 2_000_000, "seconds": 60.0} | limits
    found = best_exchange(
        costs, chosen, [*GOOD, BAD], budget=int(bounds["budget"]), seconds=bounds["seconds"]
    )
    return set(found.removed), set(found.added), found.share


def test_a_useless_index_is_exchanged(costs: Costs) -> None:
    chosen = frozenset((BAD, GOOD[2]))
    after = costs.total(frozenset((GOOD[2], GOOD[0])))
    removed, added, share = improved(costs, chosen)
    assert removed == {CITY}
    assert added <= {RECEIPT, SHOPPER}
    assert share >= 1 - after / costs.total(chosen)


def test_two_come_at_once_where_there_is_room(costs: Costs) -> None:
    removed, added, _share = improved(costs, frozenset((BAD,)), budget=3_000_000)
    assert len(added) == 2
    assert removed <= {CITY}


def test_what_would_exceed_the_budget_is_not_tried(costs: Costs) -> None:
    _removed, added, share = improved(costs, frozenset(), budget=999_999)
    assert (added, share) == (set(), 0.0)


def test_the_best_choice_is_not_improved(costs: Costs) -> None:
    assert improved(costs, frozenset(GOOD), budget=3_000_000)[2] == pytest.approx(0.0, abs=0.01)


def test_the_time_limit_ends_the_search(costs: Costs) -> None:
    found = best_exchange(costs, frozenset((BAD,)), GOOD, budget=3_000_000, seconds=0.0)
    assert found.tried == 0 < found.possible
    assert found.share == 0.0


def test_the_pool_holds_what_gains_most(costs: Costs) -> None:
    found = pool(costs, [*GOOD, BAD], frozenset(GOOD[:1]))
    assert GOOD[0] not in found
    assert set(found) == {GOOD[1], GOOD[2], BAD}
    assert costs.total(frozenset(found[:1])) <= costs.total(frozenset(found[-1:]))
