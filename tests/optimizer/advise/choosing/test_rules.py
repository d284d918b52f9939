# ruff: noqa: S608 - the statements are the subject of these tests
"""What an index has to earn, what nobody may lose, what a foreign key needs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from optimizer.advise.choosing.costs import Costs
from optimizer.advise.choosing.rules import MAX_PER_TABLE, Rules, byte_price, priced_bytes
from tests.optimizer.advise.choosing.scripted import (
    Plans,
    Script,
    Tempted,
    mask_of,
    name,
    names_of,
    scripted_costs,
)
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, table_of

BY_SKU = "SELECT * FROM products WHERE sku = $1"
BY_TITLE = "SELECT * FROM products WHERE title = $1"
BY_STOCK = "SELECT * FROM products WHERE stock = $1"
BY_STOCK_OR_SKU = "SELECT * FROM products WHERE stock = $1 AND sku = $2"
COLUMNS = (
    "id", "supplier_id", "sku", "title", "description", "price", "stock", "is_active", "attributes",
    "created_at", "updated_at",
)  # fmt: skip


def everything(costs: Costs) -> int:
    return (1 << len(costs.shapes)) - 1


def kept(costs: Costs, *, is_frugal: bool) -> set[str]:
    chosen = Rules(costs).enforced(everything(costs), is_frugal=is_frugal)
    return set(names_of(costs, chosen))


def frugally(connection: Connection, script: Script) -> set[str]:
    return kept(scripted_costs(connection, script), is_frugal=True)


def lavishly(connection: Connection, script: Script) -> set[str]:
    return kept(scripted_costs(connection, script), is_frugal=False)


@pytest.mark.parametrize(
    ("dearer", "expected"), [(1100.0, {"sku", "stock"}), (1101.0, {"sku"}), (9000.0, {"sku"})]
)
def test_no_statement_gets_more_than_a_tenth_dearer(
    company: Connection, dearer: float, expected: set[str]
) -> None:
    script = {
        BY_SKU: {(): 1000.0, ("sku",): 10.0},
        BY_STOCK: {(): 1000.0, ("stock",): dearer},
    }
    costs = scripted_costs(company, script, Tempted(script))
    assert kept(costs, is_frugal=False) == expected


def test_of_those_a_dearer_plan_uses_the_one_that_gains_least_goes(company: Connection) -> None:
    script = {
        BY_SKU: {(): 1000.0, ("sku",): 10.0},
        BY_STOCK: {(): 1000.0, ("stock",): 900.0},
        BY_STOCK_OR_SKU: {(): 1000.0, ("sku",): 900.0, ("stock",): 950.0, ("sku", "stock"): 2000.0},
    }
    costs = scripted_costs(company, script, Tempted(script))
    assert kept(costs, is_frugal=False) == {"sku"}
    assert all(
        costs.cost(place, mask_of(costs, "sku")) <= 1.1 * costs.cost(place, 0) for place in range(3)
    )


def beside_a_large_one(plans: Plans) -> Script:
    """A statement that is a small part of the workload."""
    return {BY_SKU: plans, BY_TITLE: {(): 100_000.0}}


@pytest.mark.parametrize(
    ("plans", "is_worth"),
    [
        ({(): 1000.0, ("sku",): 500.0}, True),
        ({(): 1000.0, ("sku",): 501.0}, False),  # less than half of its statement ...
        ({(): 20_000.0, ("sku",): 14_000.0}, True),  # ... but a twentieth of all
        ({(): 20_000.0, ("sku",): 14_001.0}, False),
        (
            {(): 150.0, ("sku",): 60.0},
            False,
        ),  # a thousandth of the workload is less than its upkeep
    ],
)
def test_where_space_has_no_budget_an_index_has_to_be_worth_it(
    company: Connection, plans: Plans, is_worth: bool
) -> None:
    script = beside_a_large_one(plans)
    assert frugally(company, script) == ({"sku"} if is_worth else set())
    assert lavishly(company, script) == {"sku"}


@pytest.mark.parametrize(("cost", "expected"), [(99.0, set()), (100.0, {"sku"})])
def test_a_statement_that_is_cheap_as_it_is_needs_none(
    company: Connection, cost: float, expected: set[str]
) -> None:
    script: Script = {BY_SKU: {(): cost, ("sku",): 1.0}, BY_TITLE: {(): 10_000.0}}
    assert frugally(company, script) == expected


def test_of_two_that_do_the_same_the_larger_goes(company: Connection) -> None:
    script = {BY_SKU: {(): 1000.0, ("sku",): 10.0, ("sku title",): 10.0}}
    assert frugally(company, script) == {"sku"}


def test_a_pair_that_pays_only_together_stays_together(company: Connection) -> None:
    joined = "SELECT * FROM products, import_jobs WHERE sku = $1 AND status = $2"
    assert frugally(company, {joined: {(): 1000.0, ("sku", "status"): 10.0}}) == {"sku", "status"}


def test_a_table_gets_ten_indexes_at_most(company: Connection) -> None:
    script = {
        f"SELECT * FROM products WHERE {column} = $1": {(): 1000.0, (column,): 100.0 + place}
        for place, column in enumerate(COLUMNS)
    }
    assert len(COLUMNS) == MAX_PER_TABLE + 1
    assert frugally(company, script) == set(COLUMNS) - {"updated_at"}
    assert lavishly(company, script) == set(COLUMNS)


def test_each_table_has_its_ten(company: Connection) -> None:
    script = {
        f"SELECT * FROM products WHERE {column} = $1": {(): 1000.0, (column,): 100.0}
        for column in COLUMNS[:MAX_PER_TABLE]
    } | {"SELECT * FROM suppliers WHERE name = $1": {(): 1000.0, ("name",): 100.0}}
    assert len(frugally(company, script)) == MAX_PER_TABLE + 1


def test_the_gain_is_what_the_workload_saves(company: Connection) -> None:
    script = {BY_SKU: {(): 1000.0, ("sku",): 10.0}, BY_TITLE: {(): 500.0, ("title",): 100.0}}
    costs = scripted_costs(company, script)
    rules = Rules(costs)
    assert rules.gain(0, everything(costs)) == 990 + 400
    assert rules.gain(mask_of(costs, "sku"), everything(costs)) == 400
    assert rules.gain(everything(costs), 0) == -1390


SIZES = {"sku": 10.0, "sku title": 20.0, "title": 5.0}


def with_keys(
    connection: Connection,
    plans: Plans,
    *chosen: str,
    budget: float = float("inf"),
    sizes: Mapping[str, float] = SIZES,
) -> set[str]:
    """The choice after BY_SKU is found to stand for a foreign key."""
    costs = scripted_costs(connection, {BY_SKU: plans}, indexes=[*sizes])
    mine = mask_of(costs, "sku", "sku title")
    found = Rules(costs).with_foreign_keys(
        mask_of(costs, *chosen), {0: mine}, size=lambda item: sizes[name(item)], budget=budget
    )
    return set(names_of(costs, found))


NEEDED: Plans = {(): 1000.0, ("sku",): 10.0, ("sku title",): 11.0}


def test_a_foreign_key_gets_its_index(company: Connection) -> None:
    assert with_keys(company, NEEDED) == {"sku"}
    assert with_keys(company, NEEDED, "title") == {"sku", "title"}


def test_a_foreign_key_has_one_that_was_chosen_anyway(company: Connection) -> None:
    assert with_keys(company, NEEDED, "sku title") == {"sku title"}


@pytest.mark.parametrize(
    "plans",
    [
        {(): 99.0, ("sku",): 1.0},  # its table is small
        {(): 1000.0, ("sku",): 501.0},  # it would not help
    ],
)
def test_a_foreign_key_gets_none_that_is_not_needed(company: Connection, plans: Plans) -> None:
    assert with_keys(company, plans) == set()


def test_a_foreign_key_gets_its_index_within_the_budget_only(company: Connection) -> None:
    assert with_keys(company, NEEDED, budget=10.0) == {"sku"}
    assert with_keys(company, NEEDED, budget=9.0) == set()
    assert with_keys(company, NEEDED, "title", budget=14.0) == {"title"}
    assert with_keys(company, NEEDED, "title", budget=15.0) == {"sku", "title"}


def test_of_two_foreign_keys_the_second_may_find_the_budget_spent(company: Connection) -> None:
    script = {BY_SKU: {(): 1000.0, ("sku",): 10.0}, BY_TITLE: {(): 1000.0, ("title",): 10.0}}
    costs = scripted_costs(company, script)
    checks = {0: mask_of(costs, "sku"), 1: mask_of(costs, "title")}
    found = Rules(costs).with_foreign_keys(0, checks, size=lambda _item: 10.0, budget=19.0)
    assert names_of(costs, found) == {"sku"}


def test_included_columns_are_priced_twice(company: Connection) -> None:
    products = table_of(company, "products")
    keys, covering = shape(products, "sku"), shape(products, "sku", include=("title",))
    wide = shape(products, "sku", "title")
    assert priced_bytes(keys) < priced_bytes(wide) < priced_bytes(covering)


def test_indexes_as_large_as_all_tables_have_to_save_a_tenth_of_the_cost() -> None:
    assert byte_price(5000.0, 10**9) * 10**9 == pytest.approx(500)
    assert byte_price(5000.0, 10) == byte_price(5000.0, 10**8)  # little data makes no byte dear
