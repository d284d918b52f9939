from __future__ import annotations

import pytest

from optimizer.advise.candidates import MAX_KEYS, candidates, merged_candidates
from optimizer.advise.catalogue import Catalogue
from optimizer.advise.statements import understand_workload
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, table_of, workload


def proposed(connection: Connection, *queries: str) -> list[str]:
    """The definitions proposed for the first query, all of them being in the workload."""
    found = understand_workload(workload(*queries), catalogue=Catalogue(connection))
    by_statement = candidates(found.statements)
    return [candidate.definition() for candidate in by_statement[found.statements[0]]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "SELECT * FROM import_jobs WHERE status = $1 AND supplier_id > $2 ORDER BY created_at",
            "(status, created_at, supplier_id)",
        ),
        (
            "SELECT * FROM import_jobs WHERE status = $1 AND supplier_id > $2 ORDER BY created_at",
            "(status, created_at)",
        ),
        (
            "SELECT * FROM import_jobs WHERE created_at > $1 AND status = $2 AND supplier_id = $3",
            "(supplier_id, status, created_at)",
        ),
        (
            "SELECT * FROM import_jobs WHERE status IN ($1, $2) AND supplier_id = $3",
            "(supplier_id, status)",
        ),
        (
            "SELECT * FROM products WHERE supplier_id = $1 ORDER BY created_at DESC, id LIMIT $2",
            "(supplier_id, created_at DESC, id)",
        ),
        (
            "SELECT * FROM products WHERE supplier_id = $1 ORDER BY created_at DESC NULLS LAST",
            "(supplier_id, created_at DESC NULLS LAST)",
        ),
        ("SELECT * FROM products WHERE is_active AND sku = $1", "(sku) WHERE is_active"),
        ("SELECT * FROM products WHERE NOT is_active", "(is_active) WHERE NOT is_active"),
        (
            "SELECT * FROM notifications WHERE user_id = $1 AND read_at IS NULL AND NOT is_read",
            "(user_id) WHERE NOT is_read AND read_at IS NULL",
        ),
        (
            "SELECT id, price FROM products WHERE supplier_id = $1 AND stock > $2",
            "(supplier_id, stock) INCLUDE (id, price)",
        ),
        ("SELECT * FROM products WHERE title LIKE 'Lamp%'", "(title varchar_pattern_ops)"),
        (
            "SELECT p.id FROM products p JOIN suppliers s ON s.id = p.supplier_id WHERE p.stock = $1",
            "(supplier_id, stock) INCLUDE (id)",
        ),
        ("SELECT supplier_id, count(*) FROM products GROUP BY 1", "(supplier_id)"),
        ("SELECT max(created_at) FROM products WHERE stock = $1", "(stock, created_at DESC)"),
        ("SELECT * FROM products WHERE sku = $1 OR stock = $2", "(stock)"),
        (
            "SELECT * FROM import_logs WHERE job_id = $1 AND log_level IN ($2, $3) "
            "ORDER BY created_at DESC LIMIT $4",
            "(job_id, created_at DESC, log_level)",
        ),
        (
            "SELECT * FROM import_logs WHERE job_id = $1 AND log_level IN ($2, $3) "
            "ORDER BY created_at DESC LIMIT $4",
            "(job_id, created_at DESC)",
        ),
    ],
)
def test_equality_comes_before_sorting_and_sorting_before_ranges(
    company: Connection, query: str, expected: str
) -> None:
    assert expected in proposed(company, query)


def test_a_range_follows_the_direction_in_which_others_sort(company: Connection) -> None:
    ranged = "SELECT * FROM products WHERE supplier_id = $1 AND created_at > $2"
    sorting = "SELECT * FROM products ORDER BY created_at DESC LIMIT $1"
    assert "(supplier_id, created_at)" in proposed(company, ranged)
    assert "(supplier_id, created_at DESC)" in proposed(company, ranged, sorting)


def test_one_of_two_opposite_directions_is_enough(company: Connection) -> None:
    ascending = "SELECT * FROM products WHERE stock = $1 ORDER BY created_at LIMIT $2"
    descending = "SELECT * FROM products ORDER BY created_at DESC LIMIT $1"
    found = proposed(company, ascending, descending, descending + " OFFSET $2")
    assert "(stock, created_at DESC)" in found
    assert "(stock, created_at)" not in found


def test_mixed_directions_are_kept(company: Connection) -> None:
    query = "SELECT * FROM products ORDER BY supplier_id, created_at DESC LIMIT $1"
    assert "(supplier_id, created_at DESC)" in proposed(company, query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM suppliers WHERE country = $1",  # few rows
        "SELECT * FROM products WHERE attributes @> $1",  # no B-tree serves it
        "SELECT count(*) FROM products",  # nothing is asked for
        "SELECT * FROM products WHERE title LIKE $1",  # perhaps with a leading wildcard
    ],
)
def test_where_no_index_would_help_none_is_proposed(company: Connection, query: str) -> None:
    assert proposed(company, query) == []


def test_columns_that_no_b_tree_takes_are_left_out(company: Connection) -> None:
    company.execute(
        """CREATE TABLE mixed AS SELECT n, point(n, n) AS place, repeat('x', 600) AS essay,
                  json_build_object('n', n) AS raw FROM generate_series(1, 1000) AS n;
           ANALYZE mixed"""
    )
    try:
        query = "SELECT * FROM mixed WHERE essay = $1 AND n = $2 AND place ~= $3"
        assert set(proposed(company, query)) == {"(n)"}
    finally:
        company.execute("DROP TABLE mixed")


def test_an_index_has_four_key_columns_at_most(company: Connection) -> None:
    query = """SELECT * FROM products WHERE supplier_id = $1 AND sku = $2 AND title = $3
        AND price = $4 AND stock = $5 ORDER BY created_at"""
    found = understand_workload(workload(query), catalogue=Catalogue(company))
    widths = {len(item.keys) for item in candidates(found.statements)[found.statements[0]]}
    assert max(widths) == MAX_KEYS


def test_what_is_updated_is_not_included(company: Connection) -> None:
    reading = "SELECT id, stock FROM products WHERE supplier_id = $1"
    writing = "UPDATE products SET stock = $1 WHERE id = $2"
    assert "(supplier_id) INCLUDE (id, stock)" in proposed(company, reading)
    assert "(supplier_id) INCLUDE (id, stock)" not in proposed(company, reading, writing)


def test_two_statements_may_share_one_index(company: Connection) -> None:
    products = table_of(company, "products")
    merged = merged_candidates(
        [
            [shape(products, "supplier_id", "created_at desc")],
            [shape(products, "supplier_id", "stock"), shape(products, "sku")],
        ]
    )
    definitions = [item.definition() for item in merged]
    assert "(supplier_id, created_at DESC, stock)" in definitions
    assert not any("sku" in text for text in definitions)


def test_the_candidates_of_one_statement_are_not_merged(company: Connection) -> None:
    products = table_of(company, "products")
    mine = [shape(products, "supplier_id"), shape(products, "supplier_id", "stock")]
    assert merged_candidates([mine]) == []
