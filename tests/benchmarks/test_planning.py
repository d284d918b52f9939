"""The costs that the advisor is judged by are the planner's, however few questions it is asked."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import psycopg
import pytest

from benchmarks.planning import NOTHING, Costs, NotPlanned, Offer, Planner
from benchmarks.workloads import Workload
from tests.benchmarks.advice import CITY, EMAIL, RECEIPT, SHOPPER, offer, question, suggestion

Connection = psycopg.Connection[Any]


def test_an_index_lowers_the_cost_of_the_statements_that_use_it(costs: Costs) -> None:
    receipt, offered = question(costs, "a receipt"), frozenset((offer(RECEIPT),))
    assert costs.used(receipt, offered) == offered
    assert costs.of(receipt, offered) < 0.5 * costs.of(receipt, NOTHING)
    other = question(costs, "shopper by address")
    assert costs.of(other, offered) == costs.of(other, NOTHING)


def test_the_cost_is_weighted(costs: Costs) -> None:
    receipt = question(costs, "a receipt")
    (text,) = receipt.texts
    assert costs.of(receipt, NOTHING) == 12 * costs.planned(text, NOTHING).cost


def test_different_values_count_alike(costs: Costs, connection: Connection) -> None:
    receipt, address = question(costs, "a receipt"), question(costs, "shopper by address")
    both = replace(receipt, texts=(*receipt.texts, *address.texts), weight=2.0)
    single = [costs.planned(text, NOTHING).cost for text in both.texts]
    assert Costs(Planner(connection), [both]).total(NOTHING) == pytest.approx(sum(single))


def test_what_is_inferred_is_what_the_planner_says(small: Workload, costs: Costs) -> None:
    offers = [offer(text) for text in (RECEIPT, SHOPPER, EMAIL, CITY)]
    costs.total(frozenset(offers))
    asked = costs.planner.calls
    with small.connect() as connection:
        planner = Planner(connection)
        for chosen in combinations(offers, 2):
            for one in small.questions:
                (text,) = one.texts
                real = planner.plan(text, frozenset(chosen))
                assert costs.planned(text, frozenset(chosen)).cost == real.cost, text
        assert costs.planner.calls - asked < planner.calls / 4


def test_the_tables_of_a_statement_are_those_of_its_plan(costs: Costs) -> None:
    assert costs.tables(question(costs, "a receipt")) == {"sale_line", "article"}


def test_what_hypopg_cannot_stand_for_is_left_out(costs: Costs) -> None:
    gin = offer("CREATE INDEX ON public.shopper USING gin (to_tsvector('simple', name))")
    assert costs.planner.accepted([gin, offer(EMAIL)]) == [offer(EMAIL)]


def test_the_parents_index_stands_for_those_of_the_partitions() -> None:
    recipe = (
        'CREATE INDEX "a;b" ON ONLY public.import_logs (job_id);\n'
        "CREATE INDEX CONCURRENTLY c ON public.import_logs_2024_03 (job_id);"
    )
    assert Offer.of(suggestion(recipe, size_bytes=7)) == Offer(
        "import_logs", 'CREATE INDEX "a;b" ON ONLY public.import_logs (job_id)', 7
    )


def test_the_statement_that_suffers_most_is_found(costs: Costs) -> None:
    assert costs.worst_change(frozenset((offer(RECEIPT),))) == pytest.approx(0.0)


def test_a_statement_that_cannot_be_planned_ends_the_benchmark(costs: Costs) -> None:
    with pytest.raises(NotPlanned, match="nowhere"):
        costs.planner.plan("SELECT * FROM nowhere", NOTHING)
