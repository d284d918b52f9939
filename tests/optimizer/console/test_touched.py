from __future__ import annotations

import pytest

from optimizer.console.touched import touched
from tests.optimizer.console.examples import table

TABLES = [
    table(table_name="products"),
    table(table_name="suppliers"),
    table(schema_name="shop", table_name="products"),
    table(table_name="unused"),
]


def names(query: str) -> list[str]:
    return [f"{one.schema_name}.{one.table_name}" for one in touched(query, TABLES)]


def test_joins_subqueries_and_targets_are_found() -> None:
    assert names(
        "SELECT 1 FROM suppliers s WHERE id IN (SELECT supplier_id FROM public.products)"
    ) == [
        "public.products",
        "public.suppliers",
    ]
    assert names("UPDATE shop.products SET price = $1") == ["shop.products"]


def test_a_name_without_schema_may_be_any_of_that_name() -> None:
    assert names("SELECT 1 FROM products") == ["public.products", "shop.products"]


def test_a_common_table_expression_is_no_table() -> None:
    assert names("WITH products AS (SELECT * FROM suppliers) SELECT * FROM products") == [
        "public.suppliers"
    ]


@pytest.mark.parametrize("query", ["not SQL", "", "<insufficient privilege>"])
def test_what_cannot_be_parsed_touches_nothing_known(query: str) -> None:
    assert names(query) == []
