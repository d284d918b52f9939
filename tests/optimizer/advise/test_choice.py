# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

from optimizer.advise.access import Statement
from optimizer.advise.choice import Chooser
from optimizer.advise.costs import bits
from optimizer.advise.rules import MAX_PER_TABLE, Rules
from optimizer.advise.shapes import IndexShape
from optimizer.advise.sizes import index_size
from optimizer.advise.whatif import Costing
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.scripted import (
    Plans,
    Script,
    Scripted,
    mask_of,
    name,
    scripted_costs,
)

SKU = "SELECT * FROM products WHERE sku = $1"
STOCK = "SELECT * FROM products WHERE stock = $1"
BOTH = "SELECT * FROM products WHERE sku = $1 AND stock = $2"
TITLE = "SELECT title FROM products WHERE sku = $1"


def chosen(connection: Connection, script: Script, planner: Scripted | None = None) -> set[str]:
    costs = scripted_costs(connection, script, planner)
    chooser = Chooser(costs)
    offered = [costs.relevant(place) for place in range(len(costs.statements))]
    pool = chooser.with_simpler(chooser.winners(offered), offered)
    return {name(costs.shapes[number]) for number in bits(chooser.choose(pool))}


def test_what_gains_most_is_chosen(company: Connection) -> None:
    assert chosen(company, {SKU: {(): 1000, ("sku",): 10, ("sku stock",): 600}}) == {"sku"}


def test_an_index_that_serves_two_statements_replaces_two(company: Connection) -> None:
    script: dict[str, Plans] = {
        SKU: {(): 1000, ("sku",): 10, ("sku stock",): 11},
        BOTH: {(): 1000, ("stock",): 10, ("sku stock",): 9},
    }
    assert chosen(company, script) == {"sku stock"}


def test_two_that_pay_only_together_are_found(company: Connection) -> None:
    assert chosen(company, {BOTH: {(): 1000, ("sku", "stock"): 10}}) == {"sku", "stock"}


def test_a_rare_statement_does_not_lose_its_index_to_a_frequent_one(company: Connection) -> None:
    script: dict[str, Plans] = {
        SKU: {(): 1_000_000, ("sku",): 200_000, ("sku price",): 199_000},
        STOCK: {(): 10_000, ("stock",): 150},
    }
    assert "stock" in chosen(company, script)


def test_what_others_make_superfluous_goes(company: Connection) -> None:
    with_price = "SELECT * FROM products WHERE sku = $1 AND price = $2"
    script: dict[str, Plans] = {
        # The one that serves both a little gains most at first.
        BOTH: {(): 10_000, ("sku",): 3_000, ("stock sku",): 10},
        with_price: {(): 10_000, ("sku",): 3_000, ("price sku",): 10},
    }
    assert chosen(company, script) == {"stock sku", "price sku"}


def test_what_serves_no_more_goes(company: Connection) -> None:
    script: dict[str, Plans] = {
        SKU: {(): 5000, ("sku",): 10},
        STOCK: {(): 5000, ("stock",): 10},
        # The greedy choice begins with the one that serves all a little.
        BOTH: {(): 900, ("stock sku",): 5, ("sku",): 8},
    }
    assert chosen(company, script) == {"sku", "stock"}


def test_a_small_gain_is_no_reason(company: Connection) -> None:
    assert chosen(company, {SKU: {(): 1000, ("sku",): 960}}) == set()
    assert chosen(company, {SKU: {(): 1000, ("sku",): 900}}) == {"sku"}


def test_a_cheap_statement_needs_no_index_unless_it_is_most_of_the_workload(
    company: Connection,
) -> None:
    dear: Plans = {(): 100_000}
    cheap: Plans = {(): 90, ("sku",): 9}
    assert chosen(company, {STOCK: dear, SKU: cheap}) == set()
    assert chosen(company, {SKU: cheap}) == {"sku"}


def test_what_makes_another_statement_dearer_is_refused(company: Connection) -> None:
    class Misled(Scripted):
        def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
            if statement.source.query == BOTH and offered:
                return Costing(150, offered)
            return super().plan(statement, offered)

    script: dict[str, Plans] = {SKU: {(): 1000, ("sku",): 10}, BOTH: {(): 100}}
    assert chosen(company, script) == {"sku"}
    assert chosen(company, script, Misled(script)) == set()


def test_an_included_column_has_to_be_worth_its_price(company: Connection) -> None:
    little: dict[str, Plans] = {TITLE: {(): 1000, ("sku",): 20, ("sku +title",): 15}}
    much: dict[str, Plans] = {TITLE: {(): 1000, ("sku",): 600, ("sku +title",): 15}}
    assert chosen(company, little) == {"sku"}
    assert chosen(company, much) == {"sku +title"}


def test_a_table_gets_only_so_many(company: Connection) -> None:
    columns = [
        "supplier_id",
        "sku",
        "title",
        "price",
        "stock",
        "is_active",
        "created_at",
        "updated_at",
    ]
    script: dict[str, Plans] = {}
    for first in columns:
        for second in columns[:2]:
            if first != second:
                query = f"SELECT {second} FROM products WHERE {first} = $1 AND {second} = $2"
                script[query] = {(): 1000, (f"{first} {second}",): 10}
    assert len(script) > MAX_PER_TABLE
    assert len(chosen(company, script)) == MAX_PER_TABLE


def test_the_order_of_the_workload_does_not_matter(company: Connection) -> None:
    script: dict[str, Plans] = {
        SKU: {(): 1000, ("sku",): 10, ("sku stock",): 11},
        STOCK: {(): 900, ("stock",): 10},
        BOTH: {(): 1000, ("stock",): 10, ("sku stock",): 9},
    }
    backwards = dict(reversed(script.items()))
    assert chosen(company, script) == chosen(company, backwards)


def test_what_is_a_part_of_a_winner_is_considered_too(company: Connection) -> None:
    costs = scripted_costs(
        company, {BOTH: {(): 1000, ("sku stock",): 10}}, indexes=("sku", "stock", "sku price")
    )
    chooser = Chooser(costs)
    offered = [costs.relevant(0)]
    winners = chooser.winners(offered)
    assert [name(costs.shapes[number]) for number in winners[0]] == ["sku stock"]
    found = chooser.with_simpler(winners, offered)
    assert [name(costs.shapes[number]) for number in found] == ["sku", "sku stock"]


def test_included_columns_count_twice(company: Connection) -> None:
    costs = scripted_costs(company, {TITLE: {(): 1000, ("sku",): 20, ("sku +title",): 15}})
    plain, covering = (index_size(found) for found in costs.shapes)
    rules = Rules(costs)
    more = rules.price(mask_of(costs, "sku +title")) - rules.price(mask_of(costs, "sku"))
    assert more == 2 * (covering - plain)
