"""The search as a whole: what it asks, and what it answers."""

from __future__ import annotations

import time
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.advise.choosing.whatif import Effort
from tests.optimizer.advise.choosing.instances import problems, random_problem
from tests.optimizer.advise.choosing.scripted import Problem, chosen_for, staged
from tests.optimizer.advise.choosing.traps import (
    BY_SKU,
    BY_STOCK,
    BY_TITLE,
    TRAPS,
    independent,
    saving,
)
from tests.optimizer.advise.conftest import Connection

OF_SUPPLIER_STOCK = "SELECT * FROM products WHERE supplier_id = $1 AND stock = $2"
OF_SUPPLIER_PRICE = "SELECT * FROM products WHERE supplier_id = $1 AND price = $2"


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_got_out_of(company: Connection, trap: str) -> None:
    problem, answer = TRAPS[trap]
    assert chosen_for(company, problem) == answer


def test_without_a_budget_each_statement_gets_its_best(company: Connection) -> None:
    gains = {"sku": 60.0, "title": 400.0, "stock": 50.0}
    problem = independent(dict.fromkeys(gains, 10.0), gains, budget=float("inf"))
    assert chosen_for(company, problem) == {"sku", "title", "stock"}


def test_nothing_fits_into_no_budget(company: Connection) -> None:
    stage = staged(company, independent({"sku": 10}, {"sku": 900}, budget=9))
    assert stage.run() == set()
    assert stage.planner.asked == []


def merging(budget: float, *, merged_cost: float = 20.0) -> Problem:
    merged = "supplier_id stock price"
    return Problem(
        {
            OF_SUPPLIER_STOCK: {(): 1000.0, ("supplier_id stock",): 10.0, (merged,): merged_cost},
            OF_SUPPLIER_PRICE: {(): 1000.0, ("supplier_id price",): 10.0, (merged,): merged_cost},
        },
        {"supplier_id stock": 10, "supplier_id price": 10, merged: 12},
        budget,
    )


TWO = ("supplier_id price", "supplier_id stock")


@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        (merging(12), {"supplier_id stock price"}),
        (merging(20), set(TWO)),
        (merging(20, merged_cost=9.0), {"supplier_id stock price"}),
        (merging(11), {"supplier_id price"}),
    ],
)
def test_a_merged_index_is_made_where_two_do_not_fit(
    company: Connection, problem: Problem, answer: set[str]
) -> None:
    found = staged(company, problem, candidates=TWO).run()
    assert problem.cost(found) == problem.cost(answer)
    assert len(found) == len(answer)


def test_an_index_that_serves_two_is_found_although_each_has_a_better_one(
    company: Connection,
) -> None:
    assert chosen_for(company, merging(15)) == {"supplier_id stock price"}


def test_what_gains_next_to_nothing_is_left_out(company: Connection) -> None:
    problem = independent({"sku": 1, "title": 1}, {"sku": 500, "title": 1}, budget=10)
    assert chosen_for(company, problem) == {"sku"}


def test_what_costs_more_than_it_gains_is_left_out(company: Connection) -> None:
    problem = replace(
        independent({"sku": 1, "title": 1}, {"sku": 500, "title": 400}, budget=10),
        prices={"sku": 100.0, "title": 450.0},
    )
    assert chosen_for(company, problem) == {"sku"}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(problem=problems())
def test_the_budget_is_never_exceeded_and_nothing_gets_dearer(
    company: Connection, problem: Problem
) -> None:
    found = staged(company, problem).run()
    assert problem.size(found) <= problem.budget
    assert problem.cost(found) <= problem.baseline


def test_nearly_always_it_is_the_best_set_there_is(company: Connection) -> None:
    """Of 2,000 such problems 98 % were solved, and 99 % within 5 %."""
    shares = []
    for seed in range(400):
        problem = random_problem(Random(seed))
        shares.append(problem.cost(staged(company, problem).run()) / problem.optimum())
    assert sum(share < 1.001 for share in shares) >= 0.95 * len(shares)
    assert sum(share < 1.05 for share in shares) >= 0.97 * len(shares)


def test_hardly_ever_an_exchange_of_two_makes_it_better(company: Connection) -> None:
    better = 0
    for seed in range(400):
        problem = random_problem(Random(seed))
        found = staged(company, problem).run()
        limit = problem.cost(found) - problem.min_gain
        better += any(
            problem.cost(names) < limit
            for names in problem.sets_within_budget()
            if len(found - names) <= 2 and len(names - found) <= 2
        )
    assert better <= 0.04 * 400


def test_it_asks_less_than_each_statement_about_each_index(company: Connection) -> None:
    asked = 0
    pairs = 0
    for seed in range(100):
        problem = random_problem(Random(seed))
        stage = staged(company, problem)
        stage.run()
        asked += len(stage.planner.asked)
        pairs += len(problem.script) * len(problem.sizes)
        assert len(stage.planner.asked) == len(set(stage.planner.asked))
    assert asked < 0.7 * pairs


def test_where_each_statement_has_one_index_one_question_each_is_enough(
    company: Connection,
) -> None:
    gains = {"sku": 500.0, "title": 400.0, "stock": 300.0}
    stage = staged(company, independent(dict.fromkeys(gains, 10.0), gains, budget=30))
    assert stage.run() == set(gains)
    assert {query for query, _offered in stage.planner.asked} == {BY_SKU, BY_TITLE, BY_STOCK}
    assert len(stage.planner.asked) == 3


@settings(max_examples=30, deadline=None, derandomize=True)
@given(problem=problems())
def test_the_same_input_gives_the_same_answer(company: Connection, problem: Problem) -> None:
    first, second = staged(company, problem), staged(company, problem)
    assert first.run() == second.run()
    assert first.planner.asked == second.planner.asked


@settings(max_examples=60, deadline=None, derandomize=True)
@given(problem=problems(), calls=st.integers(0, 30))
def test_when_the_effort_is_spent_the_best_so_far_is_the_answer(
    company: Connection, problem: Problem, calls: int
) -> None:
    effort = Effort(calls, time.monotonic() + 60)
    stage = staged(company, problem, effort=effort)
    found = stage.run()
    assert effort.calls <= calls
    assert problem.size(found) <= problem.budget
    assert problem.cost(found) <= problem.baseline
    assert stage.search.first_answer_at is not None


def test_more_effort_makes_it_better(company: Connection) -> None:
    problem, answer = TRAPS["two that pay only together"]
    found = [
        problem.cost(staged(company, problem, effort=Effort(calls, time.monotonic() + 60)).run())
        for calls in (0, 1, 100)
    ]
    assert found == [2000.0, 1100.0, problem.cost(answer)]


def test_when_the_time_is_over_nothing_is_asked(company: Connection) -> None:
    problem, _answer = TRAPS["two that pay only together"]
    stage = staged(company, problem, effort=Effort(100, time.monotonic()))
    assert stage.run() == set()
    assert stage.planner.asked == []


def test_what_is_chosen_is_worth_its_space(company: Connection) -> None:
    """The same gain for less space is preferred."""
    problem = Problem(
        {BY_SKU: {(): 1000.0, ("sku title",): 100.0, ("sku",): 100.0}} | {BY_STOCK: saving(0)},
        {"sku": 5, "sku title": 6},
        budget=10,
    )
    assert chosen_for(company, problem) == {"sku"}


def test_a_small_index_is_found_behind_a_plan_that_has_no_room(company: Connection) -> None:
    query = "SELECT * FROM products WHERE sku = $1 AND title = $2 AND stock = $3"
    problem = Problem(
        {query: {(): 500.0, ("title",): 250.0, ("sku", "stock"): 100.0}},
        {"sku": 8, "stock": 10, "title": 10},
        budget=17,
    )
    assert chosen_for(company, problem) == {"title"}
