"""The choice among plans that are all known."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings

from optimizer.advise.choosing.selection import Selection
from tests.optimizer.advise.choosing.instances import problems, random_problem
from tests.optimizer.advise.choosing.scripted import (
    Names,
    Problem,
    mask_of,
    name,
    names_of,
    scripted_costs,
    subsets,
)
from tests.optimizer.advise.choosing.traps import BY_SKU, BY_TITLE, TRAPS, independent, saving
from tests.optimizer.advise.conftest import Connection

BY_SKU_TITLE = "SELECT * FROM products WHERE sku = $1 AND title = $2"


def best(connection: Connection, problem: Problem, *start: str) -> Names:
    costs = scripted_costs(connection, problem.script, indexes=problem.sizes)
    for names, place in product(subsets(problem.sizes), range(len(problem.script))):
        costs.cost(place, mask_of(costs, *names))
    selection = Selection(
        costs,
        sizes=[problem.sizes[name(found)] for found in costs.shapes],
        prices=[problem.prices.get(name(found), 0.0) for found in costs.shapes],
        budget=problem.budget,
        min_gain=problem.min_gain,
        deadline=float("inf"),
    )
    return names_of(costs, selection.improved(selection.best(mask_of(costs, *start))))


def test_what_gains_most_per_byte_is_taken_where_space_is_short(company: Connection) -> None:
    problem = independent(
        {"sku": 10, "title": 100, "stock": 10}, {"sku": 60, "title": 400, "stock": 50}, budget=20
    )
    assert best(company, problem) == {"sku", "stock"}


def test_what_gains_most_is_taken_where_space_is_plenty(company: Connection) -> None:
    problem = independent(
        {"sku": 10, "title": 100, "stock": 10}, {"sku": 60, "title": 400, "stock": 50}, budget=105
    )
    assert best(company, problem) == {"title"}


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_got_out_of(company: Connection, trap: str) -> None:
    problem, answer = TRAPS[trap]
    assert best(company, problem) == answer


@pytest.mark.parametrize("start", [(), ("sku",), ("stock",), ("sku", "stock")])
def test_wherever_it_begins(company: Connection, start: tuple[str, ...]) -> None:
    problem, answer = TRAPS["one instead of two that gain nearly the same"]
    assert best(company, problem, *start) == answer


def test_what_another_makes_superfluous_is_left_out(company: Connection) -> None:
    problem = Problem(
        {
            BY_SKU: {(): 1000.0, ("sku",): 10.0, ("sku title",): 10.5},
            BY_SKU_TITLE: {(): 1000.0, ("sku title",): 100.0},
        },
        {"sku": 1, "sku title": 5},
    )
    assert best(company, problem) == best(company, problem, "sku") == {"sku title"}


def test_what_does_not_earn_its_price_is_left_out(company: Connection) -> None:
    script = {BY_SKU: saving(100, "sku"), BY_TITLE: saving(100, "title")}
    problem = Problem(script, {"sku": 1, "title": 1}, prices={"sku": 99.0, "title": 101.0})
    assert best(company, problem) == set()  # a gain of 1 is not worth to be looked at
    cheaper = Problem(script, {"sku": 1, "title": 1}, prices={"sku": 90.0, "title": 101.0})
    assert best(company, cheaper) == {"sku"}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(problem=problems())
def test_no_exchange_of_one_index_makes_it_better(company: Connection, problem: Problem) -> None:
    found = best(company, problem)
    assert problem.size(found) <= problem.budget
    neighbours = [
        names
        for names in problem.sets_within_budget()
        if len(found - names) <= 1 and len(names - found) <= 1
    ]
    assert problem.cost(found) <= min(map(problem.cost, neighbours)) + problem.min_gain


def test_it_is_the_best_set_there_is_nearly_always(company: Connection) -> None:
    """It was so for 1,493 of 1,500 problems; the worst of the others was 7 % dearer."""
    found = [
        problem.cost(best(company, problem)) / problem.optimum()
        for problem in map(random_problem, map(Random, range(100)))
    ]
    assert sum(share < 1.001 for share in found) >= 98
    assert max(found) < 1.08
