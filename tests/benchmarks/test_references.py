from __future__ import annotations

from typing import Any

import psycopg

from benchmarks.planning import NOTHING, Costs
from benchmarks.references import Winner, floor, single_columns, total_size, within
from tests.benchmarks.advice import CITY, EMAIL, RECEIPT, SHOPPER, offer

Connection = psycopg.Connection[Any]


def test_the_best_column_of_each_statement_wins(costs: Costs, connection: Connection) -> None:
    winners = {winner.offer.create_sql: winner for winner in single_columns(costs, connection)}
    assert RECEIPT in winners
    assert EMAIL in winners
    assert all("," not in text for text in winners)
    assert all(winner.gain > 0 and winner.offer.size_bytes > 0 for winner in winners.values())


def test_those_that_gain_most_for_a_byte_come_first_and_all_fit() -> None:
    winners = [
        Winner(offer(RECEIPT, 50), gain=100.0),
        Winner(offer(SHOPPER, 60), gain=90.0),
        Winner(offer(EMAIL, 10), gain=50.0),
        Winner(offer(CITY, 40), gain=20.0),
    ]
    assert within(winners, 5) == NOTHING
    assert within(winners, 55) == {offer(EMAIL, 10), offer(CITY, 40)}
    assert within(winners, 60) == {offer(EMAIL, 10), offer(RECEIPT, 50)}
    assert within(winners, 100) == {offer(EMAIL, 10), offer(RECEIPT, 50), offer(CITY, 40)}
    assert total_size(within(winners, 1000)) == 160


def test_nothing_is_below_the_floor(costs: Costs, connection: Connection) -> None:
    winners = single_columns(costs, connection)
    found = floor(costs, connection, winners)
    assert found.cost == costs.total(found.useful)
    assert found.cost <= costs.total(frozenset(winner.offer for winner in winners))
    assert found.cost < 0.5 * costs.total(NOTHING)
    assert len(found.useful) < found.candidates


def test_the_floor_holds_also_what_the_advisor_did_not_think_of(
    costs: Costs, connection: Connection
) -> None:
    own = floor(costs, connection, ())
    unasked = offer("CREATE INDEX ON public.tender (kind, tender_id, is_online)")
    assert unasked in floor(costs, connection, [Winner(unasked, 1.0)]).useful - own.useful
