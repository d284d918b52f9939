# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

from collections.abc import Mapping

from optimizer.advise.access import Statement
from optimizer.advise.catalogue import Catalogue
from optimizer.advise.choice import MAX_PER_TABLE, Chooser
from optimizer.advise.costs import Costs, bits
from optimizer.advise.shapes import IndexShape
from optimizer.advise.statements import understand_workload
from optimizer.advise.whatif import Costing
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, workload

SKU = "SELECT * FROM products WHERE sku = $1"
STOCK = "SELECT * FROM products WHERE stock = $1"
BOTH = "SELECT * FROM products WHERE sku = $1 AND stock = $2"
TITLE = "SELECT title FROM products WHERE sku = $1"

# For each query what it costs with certain indexes, written as their columns, `+` for INCLUDE.
Script = Mapping[str, Mapping[tuple[str, ...], float]]


class Scripted:
    """A planner that takes the cheapest of the plans whose indexes are offered."""

    is_exhausted = False

    def __init__(self, script: Script) -> None:
        self._script = script

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        by_name = {name(found): found for found in offered}
        cost, used = min(
            (cost, needed)
            for needed, cost in self._script[statement.source.query].items()
            if set(needed) <= by_name.keys()
        )
        return Costing(cost, frozenset(by_name[needed] for needed in used))


def name(found: IndexShape) -> str:
    return " ".join((*found.columns, *(f"+{column}" for column in found.include)))


def chosen(connection: Connection, script: Script, *, calls: int = 100) -> set[str]:
    catalogue = Catalogue(connection)
    statements = understand_workload(workload(*script, calls=calls), catalogue=catalogue).statements
    (products,) = catalogue.tables
    names = dict.fromkeys(
        wanted for plans in script.values() for needed in plans for wanted in needed
    )
    shapes = [
        shape(
            products,
            *(part for part in wanted.split() if part[0] != "+"),
            include=tuple(part[1:] for part in wanted.split() if part[0] == "+"),
        )
        for wanted in names
    ]
    planner = Scripted(script)
    baseline = {statement: planner.plan(statement, frozenset()) for statement in statements}
    costs = Costs(planner, baseline, shapes)
    chooser = Chooser(costs)
    winners = chooser.winners([costs.relevant(place) for place in range(len(statements))])
    pool = sorted({number for mine in winners for number in mine})
    return {name(costs.shapes[number]) for number in bits(chooser.choose(pool))}


def test_what_gains_most_is_chosen(company: Connection) -> None:
    assert chosen(company, {SKU: {(): 1000, ("sku",): 10, ("sku stock",): 600}}) == {"sku"}


def test_an_index_that_serves_two_statements_replaces_two(company: Connection) -> None:
    script = {
        SKU: {(): 1000, ("sku",): 10, ("sku stock",): 11},
        BOTH: {(): 1000, ("stock",): 10, ("sku stock",): 9},
    }
    assert chosen(company, script) == {"sku stock"}


def test_two_that_pay_only_together_are_found(company: Connection) -> None:
    assert chosen(company, {BOTH: {(): 1000, ("sku", "stock"): 10}}) == {"sku", "stock"}


def test_a_rare_statement_does_not_lose_its_index_to_a_frequent_one(company: Connection) -> None:
    script: dict[str, dict[tuple[str, ...], float]] = {
        SKU: {(): 1_000_000, ("sku",): 200_000, ("sku price",): 199_000},
        STOCK: {(): 10_000, ("stock",): 150},
    }
    assert "stock" in chosen(company, script)


def test_what_others_make_superfluous_goes(company: Connection) -> None:
    with_price = "SELECT * FROM products WHERE sku = $1 AND price = $2"
    script: dict[str, dict[tuple[str, ...], float]] = {
        # The one that serves both a little gains most at first.
        BOTH: {(): 10_000, ("sku",): 3_000, ("stock sku",): 10},
        with_price: {(): 10_000, ("sku",): 3_000, ("price sku",): 10},
    }
    assert chosen(company, script) == {"stock sku", "price sku"}


def test_what_serves_no_more_goes(company: Connection) -> None:
    script: dict[str, dict[tuple[str, ...], float]] = {
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
    dear: dict[tuple[str, ...], float] = {(): 100_000}
    cheap: dict[tuple[str, ...], float] = {(): 90, ("sku",): 9}
    assert chosen(company, {STOCK: dear, SKU: cheap}) == set()
    assert chosen(company, {SKU: cheap}) == {"sku"}


def test_what_makes_another_statement_dearer_is_refused(company: Connection) -> None:
    worse: dict[str, dict[tuple[str, ...], float]] = {
        SKU: {(): 1000, ("sku",): 10},
        BOTH: {(): 100},
    }

    class Misled(Scripted):
        def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
            if statement.source.query == BOTH and offered:
                return Costing(150, offered)
            return super().plan(statement, offered)

    statements = understand_workload(workload(*worse), catalogue=Catalogue(company)).statements
    table = next(iter(statements[0].tables))
    planner = Misled(worse)
    baseline = {item: planner.plan(item, frozenset()) for item in statements}
    chooser = Chooser(Costs(planner, baseline, [shape(table, "sku")]))
    assert chooser.choose([0]) == 0


def test_an_included_column_has_to_be_worth_its_price(company: Connection) -> None:
    little = {TITLE: {(): 1000, ("sku",): 20, ("sku +title",): 15}}
    much = {TITLE: {(): 1000, ("sku",): 600, ("sku +title",): 15}}
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
    script: dict[str, dict[tuple[str, ...], float]] = {}
    for first in columns:
        for second in columns[:2]:
            if first != second:
                query = f"SELECT {second} FROM products WHERE {first} = $1 AND {second} = $2"
                script[query] = {(): 1000, (f"{first} {second}",): 10}
    assert len(script) > MAX_PER_TABLE
    assert len(chosen(company, script)) == MAX_PER_TABLE


def test_the_order_of_the_workload_does_not_matter(company: Connection) -> None:
    script: dict[str, dict[tuple[str, ...], float]] = {
        SKU: {(): 1000, ("sku",): 10, ("sku stock",): 11},
        STOCK: {(): 900, ("stock",): 10},
        BOTH: {(): 1000, ("stock",): 10, ("sku stock",): 9},
    }
    backwards = dict(reversed(script.items()))
    assert chosen(company, script) == chosen(company, backwards)
