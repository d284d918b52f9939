from __future__ import annotations

from optimizer.advise.costs import bits
from optimizer.advise.exchange import Exchanger
from optimizer.advise.rules import Rules
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.scripted import Plans, Script, mask_of, name, scripted_costs

STOCK = "SELECT * FROM products WHERE stock = $1"
BOTH = "SELECT * FROM products WHERE sku = $1 AND stock = $2"
PRICED = "SELECT * FROM products WHERE sku = $1 AND price = $2"


def improved(connection: Connection, script: Script, *begin: str) -> set[str]:
    """What the exchanges make of a choice."""
    costs = scripted_costs(connection, script)
    exchanger = Exchanger(costs, Rules(costs), range(len(costs.shapes)))
    found = exchanger.improve(mask_of(costs, *begin))
    return {name(costs.shapes[number]) for number in bits(found)}


def test_a_better_index_takes_the_place_of_one(company: Connection) -> None:
    script: dict[str, Plans] = {BOTH: {(): 1000, ("sku",): 300, ("sku stock",): 10}}
    assert improved(company, script, "sku") == {"sku stock"}
    assert improved(company, script, "sku stock") == {"sku stock"}


def test_one_takes_the_place_of_two(company: Connection) -> None:
    script: dict[str, Plans] = {
        BOTH: {(): 1000, ("stock",): 10, ("sku price",): 12},
        PRICED: {(): 1000, ("sku",): 10, ("sku price",): 9},
    }
    assert improved(company, script, "stock", "sku") == {"sku price"}


def test_two_take_the_place_of_one(company: Connection) -> None:
    script: dict[str, Plans] = {
        BOTH: {(): 10_000, ("sku",): 3_000, ("stock sku",): 10},
        PRICED: {(): 10_000, ("sku",): 3_000, ("price sku",): 10},
    }
    assert improved(company, script, "sku") == {"stock sku", "price sku"}


def test_a_rare_statement_does_not_pay_for_a_frequent_one(company: Connection) -> None:
    script: dict[str, Plans] = {
        BOTH: {(): 1_000_000, ("sku",): 200_000, ("stock sku",): 199_000},
        STOCK: {(): 10_000, ("stock",): 150, ("stock sku",): 9_000},
    }
    assert improved(company, script, "sku", "stock") == {"sku", "stock"}


def test_a_lower_price_is_not_worth_much_of_the_gain(company: Connection) -> None:
    script: dict[str, Plans] = {
        BOTH: {(): 1000, ("stock",): 50, ("sku",): 90},
        PRICED: {(): 1000, ("price",): 50, ("sku",): 90},
    }
    assert improved(company, script, "stock", "price") == {"stock", "price"}
    script[BOTH]["sku",] = script[PRICED]["sku",] = 55
    assert improved(company, script, "stock", "price") == {"sku"}
