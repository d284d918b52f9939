from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.advise.proposing.relevance import may_serve
from optimizer.advise.proposing.shapes import Method
from optimizer.advise.understanding.access import Constant, ConstantCondition
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, understand


@pytest.mark.parametrize(
    ("query", "columns", "matters"),
    [
        ("SELECT * FROM products WHERE sku = $1", ("sku", "stock"), True),
        ("SELECT * FROM products WHERE sku = $1", ("stock", "sku"), False),
        ("SELECT stock FROM products WHERE sku = $1", ("stock", "sku"), True),  # holds all
        ("SELECT * FROM products ORDER BY title, sku", ("title",), True),
        ("SELECT * FROM products ORDER BY title, sku", ("sku",), False),
        ("SELECT * FROM products WHERE title = $1 ORDER BY title, sku", ("sku",), True),
        ("SELECT sku, max(title) FROM products GROUP BY sku", ("sku",), True),
        ("SELECT *, rank() OVER (ORDER BY stock) FROM products", ("stock",), True),
        ("SELECT * FROM products WHERE sku = $1 OR title = $2", ("title",), True),
    ],
)
def test_an_index_matters_where_its_first_column_is_asked_about(
    company: Connection, query: str, columns: tuple[str, ...], matters: bool
) -> None:
    (access,) = understand(company, query).accesses
    assert may_serve(shape(access.table, *columns), access) is matters


@pytest.mark.parametrize(
    ("condition", "matters"),
    [
        ("status = 'failed'", True),
        ("status IN ('failed', 'running')", True),
        ("status IN ('failed', 'pending')", False),
        ("status = 'pending'", False),
        ("status = $1", False),
        ("status IS NOT NULL", False),
    ],
)
def test_a_partial_index_matters_where_no_row_is_missing(
    company: Connection, condition: str, matters: bool
) -> None:
    query = f"SELECT * FROM import_jobs WHERE {condition} AND supplier_id = $2"  # noqa: S608
    (access,) = understand(company, query).accesses
    states = ConstantCondition("status", Constant.VALUES, ("failed", "running"))
    assert (
        may_serve(replace(shape(access.table, "supplier_id"), predicate=(states,)), access)
        is matters
    )


def test_what_is_compared_is_not_null(company: Connection) -> None:
    present = ConstantCondition("price", Constant.NOT_NULL)
    for condition, matters in (
        ("price > $1", True),
        ("price IS NULL", False),
        ("stock = 1", False),
    ):
        (access,) = understand(company, f"SELECT * FROM products WHERE {condition}").accesses  # noqa: S608
        partial = replace(shape(access.table, "price"), predicate=(present,))
        assert may_serve(partial, access) is matters


def test_a_hash_gives_neither_order_nor_columns(company: Connection) -> None:
    for query, matters in (
        ("SELECT sku FROM products WHERE sku = $1", True),
        ("SELECT sku FROM products ORDER BY sku", False),
        ("SELECT sku FROM products", False),
    ):
        (access,) = understand(company, query).accesses
        hashed = replace(shape(access.table, "sku"), method=Method.HASH)
        assert may_serve(hashed, access) is matters
