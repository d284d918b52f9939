from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from optimizer.advise.choosing.costs import Costs, bits
from optimizer.advise.choosing.whatif import Costing
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.understanding.access import Statement
from optimizer.exceptions import PlanUnavailable
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, table_of, understand


@dataclass
class Scripted:
    """A planner whose plans are given: the cheapest whose indexes are offered is taken."""

    plans: list[tuple[frozenset[IndexShape], float]]
    is_exhausted: bool = False
    asked: list[frozenset[IndexShape]] = field(default_factory=list)

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        self.asked.append(offered)
        cost, _place = min(
            (cost, place) for place, (needed, cost) in enumerate(self.plans) if needed <= offered
        )
        return Costing(cost, self.plans[_place][0])


@pytest.fixture
def statement(company: Connection) -> Statement:
    return understand(company, "SELECT * FROM products WHERE sku = $1 AND stock = $2")


@pytest.fixture
def three(statement: Statement) -> list[IndexShape]:
    (products,) = statement.tables
    return [shape(products, "sku"), shape(products, "stock"), shape(products, "sku", "stock")]


FIRST, SECOND, THIRD = 1, 2, 4


def test_a_plan_holds_for_every_set_between_used_and_offered(
    statement: Statement, three: list[IndexShape]
) -> None:
    sku, _stock, _both = three
    planner = Scripted([(frozenset(), 100.0), (frozenset({sku}), 10.0)])
    costs = Costs(planner, {statement: Costing(100.0)}, three)
    assert costs.cost(0, FIRST | SECOND | THIRD) == 10
    for mask in (FIRST, FIRST | SECOND, FIRST | THIRD):
        assert costs.cost(0, mask) == 10
        assert costs.used(0, mask) == FIRST
    assert len(planner.asked) == 1


def test_a_cost_as_low_as_with_more_indexes_needs_no_question(
    statement: Statement, three: list[IndexShape]
) -> None:
    sku, stock, _both = three
    planner = Scripted([(frozenset(), 100.0), (frozenset({sku}), 10.0), (frozenset({stock}), 10.0)])
    costs = Costs(planner, {statement: Costing(100.0)}, three)
    assert costs.cost(0, FIRST | SECOND | THIRD) == 10
    assert costs.cost(0, SECOND) == 10
    questions = len(planner.asked)
    assert costs.cost(0, SECOND | THIRD) == 10
    assert len(planner.asked) == questions


def test_what_does_not_matter_to_a_statement_is_not_asked(
    company: Connection, statement: Statement
) -> None:
    planner = Scripted([(frozenset(), 100.0)])
    elsewhere = shape(table_of(company, "import_jobs"), "status")
    costs = Costs(planner, {statement: Costing(100.0)}, [elsewhere])
    assert costs.relevant(0) == 0
    assert costs.cost(0, FIRST) == 100
    assert planner.asked == []


def test_when_the_time_is_over_the_best_plan_known_counts(
    statement: Statement, three: list[IndexShape]
) -> None:
    sku, _stock, both = three
    planner = Scripted([(frozenset(), 100.0), (frozenset({sku}), 10.0), (frozenset({both}), 5.0)])
    costs = Costs(planner, {statement: Costing(100.0)}, three)
    assert costs.cost(0, FIRST) == 10
    planner.is_exhausted = True
    assert costs.cost(0, FIRST | THIRD) == 10
    assert costs.cost(0, THIRD) == 100
    assert costs.cost(0, SECOND) == 100


def test_a_refusal_is_no_gain(statement: Statement, three: list[IndexShape]) -> None:
    class Refusing(Scripted):
        def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
            if offered:
                raise PlanUnavailable("too slow")
            return Costing(100.0)

    costs = Costs(Refusing([]), {statement: Costing(100.0)}, three)
    assert costs.cost(0, FIRST) == 100


def test_hope_for_an_early_end_has_a_price(company: Connection) -> None:
    statement = understand(company, "SELECT * FROM products ORDER BY created_at DESC LIMIT $1")
    planner = Scripted([(frozenset(), 100.0)])
    safe = Costs(planner, {statement: Costing(100.0)}, [])
    hopeful = Costs(planner, {statement: Costing(100.0, exposure=50.0)}, [])
    assert safe.cost(0, 0) == 100
    assert hopeful.cost(0, 0) == 150
    assert hopeful.planner_cost(0, 0) == 100


def test_bits() -> None:
    assert list(bits(0b10110)) == [1, 2, 4]
    assert list(bits(0)) == []
