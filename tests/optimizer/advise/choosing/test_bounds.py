"""What is known of costs that nobody asked for, with a planner for whom more indexes are never dearer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.advise.choosing.costs import Costs
from tests.optimizer.advise.choosing.instances import INDEXES, problems
from tests.optimizer.advise.choosing.scripted import (
    Problem,
    Scripted,
    mask_of,
    scripted_costs,
    subsets,
)
from tests.optimizer.advise.conftest import Connection

QUESTIONS = st.lists(st.sets(st.sampled_from(INDEXES)), max_size=6)
EVERY_TIME = settings(max_examples=60, deadline=None, derandomize=True)


def asked(connection: Connection, problem: Problem, questions: list[set[str]]) -> Costs:
    costs = scripted_costs(connection, problem.script, indexes=problem.sizes)
    for place in range(len(problem.script)):
        for names in questions:
            costs.cost(place, mask_of(costs, *names))
    return costs


def true_costs(problem: Problem, names: frozenset[str]) -> list[float]:
    return [
        min(cost for needed, cost in plans.items() if set(needed) <= names)
        for plans in problem.script.values()
    ]


@EVERY_TIME
@given(problem=problems(), questions=QUESTIONS)
def test_the_true_cost_is_between_the_bounds(
    company: Connection, problem: Problem, questions: list[set[str]]
) -> None:
    costs = asked(company, problem, questions)
    for names in subsets(problem.sizes):
        chosen = mask_of(costs, *names)
        for place, cost in enumerate(true_costs(problem, names)):
            assert costs.lower(place, chosen) <= cost <= costs.upper(place, chosen)


@EVERY_TIME
@given(problem=problems(), questions=QUESTIONS)
def test_what_was_asked_is_known(
    company: Connection, problem: Problem, questions: list[set[str]]
) -> None:
    costs = asked(company, problem, questions)
    for names in questions:
        chosen = mask_of(costs, *names)
        for place, cost in enumerate(true_costs(problem, frozenset(names))):
            assert costs.cost(place, chosen) == pytest.approx(cost, rel=0.001)
            assert costs.upper(place, chosen) == pytest.approx(cost, rel=0.001)


@EVERY_TIME
@given(problem=problems(), questions=QUESTIONS)
def test_the_frontier_holds_no_plan_that_needs_more_for_no_less(
    company: Connection, problem: Problem, questions: list[set[str]]
) -> None:
    costs = asked(company, problem, questions)
    for place in range(len(problem.script)):
        plans = costs.frontier(place)
        assert [plan.choice_cost for plan in plans] == sorted(plan.choice_cost for plan in plans)
        for plan in plans:
            others = [other for other in plans if other is not plan and not other.used & ~plan.used]
            assert all(other.choice_cost > plan.choice_cost for other in others)
        assert any(plan.used == 0 for plan in plans)


@EVERY_TIME
@given(problem=problems(), questions=QUESTIONS, bound=st.floats(0, 1500))
def test_the_saving_is_what_the_best_known_plan_is_below_the_bound(
    company: Connection, problem: Problem, questions: list[set[str]], bound: float
) -> None:
    costs = asked(company, problem, questions)
    for names in subsets(problem.sizes):
        chosen = mask_of(costs, *names)
        for place in range(len(problem.script)):
            best = costs.best(place, chosen)
            assert not best.used & ~chosen
            assert costs.saving(place, chosen, bound) == max(0.0, bound - best.choice_cost)


def test_what_is_added_later_changes_nothing_that_is_known(company: Connection) -> None:
    query = "SELECT * FROM products WHERE sku = $1 AND stock = $2"
    script = {query: {(): 100.0, ("sku",): 10.0, ("stock",): 5.0}}
    planner = Scripted(script)
    costs = scripted_costs(company, script, planner, indexes=["sku"])
    assert costs.cost(0, mask_of(costs, "sku")) == 10
    later = scripted_costs(company, script).shapes
    costs.add(later)
    costs.add(later)
    assert len(costs.shapes) == 2
    assert costs.upper(0, mask_of(costs, "sku", "stock")) == 10
    assert costs.lower(0, mask_of(costs, "sku", "stock")) == 0
    assert costs.cost(0, mask_of(costs, "sku", "stock")) == 5
