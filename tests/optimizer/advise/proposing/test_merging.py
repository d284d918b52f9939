from __future__ import annotations

from optimizer.advise.proposing.merging import merged
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, table_of


def merges(connection: Connection, *parts: tuple[str, ...]) -> list[str]:
    products = table_of(connection, "products")
    first, second = (shape(products, *columns) for columns in parts)
    return [item.definition() for item in merged(first, second)]


def test_the_second_adds_keys_or_included_columns(company: Connection) -> None:
    assert merges(company, ("supplier_id", "created_at desc"), ("supplier_id", "stock")) == [
        "(supplier_id, created_at DESC, stock)",
        "(supplier_id, created_at DESC) INCLUDE (stock)",
    ]


def test_one_that_would_not_serve_the_second_is_not_made(company: Connection) -> None:
    assert merges(company, ("sku",), ("supplier_id", "stock")) == []


def test_the_wider_of_two_is_not_made_again(company: Connection) -> None:
    assert merges(company, ("supplier_id", "stock"), ("supplier_id",)) == []


def test_those_over_other_rows_stay_apart(company: Connection) -> None:
    products = table_of(company, "products")
    other = table_of(company, "suppliers")
    assert list(merged(shape(products, "id"), shape(other, "id"))) == []
