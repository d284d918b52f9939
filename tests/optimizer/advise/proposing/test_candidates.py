# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

import pytest

from optimizer.advise.proposing.candidates import MAX_KEYS, MAX_PER_ACCESS, candidates
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from tests.optimizer.advise.conftest import Connection, fill, scratch_database
from tests.optimizer.advise.helpers import workload


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
        (
            "SELECT supplier_id, stock FROM products WHERE created_at > $1",
            "(created_at) INCLUDE (supplier_id, stock)",
        ),
        (
            "SELECT p.stock FROM products p JOIN suppliers s ON s.id = p.supplier_id",
            "(supplier_id) INCLUDE (stock)",
        ),
        ("SELECT sku, sum(stock) FROM products GROUP BY sku", "(sku) INCLUDE (stock)"),
        (
            "SELECT id, sku, price, stock, is_active, created_at, updated_at FROM products WHERE supplier_id = $1",
            "(supplier_id) INCLUDE (id, sku, price, stock, is_active, created_at, updated_at)",
        ),
        ("SELECT sum(stock) FROM products", "(stock)"),
        ("SELECT sum(stock * price) FROM products", "(stock) INCLUDE (price)"),
        (
            "SELECT * FROM (SELECT *, rank() OVER (PARTITION BY supplier_id ORDER BY created_at DESC) FROM products) r",
            "(supplier_id, created_at DESC)",
        ),
        (
            "SELECT supplier_id, sku, count(*) FROM products GROUP BY supplier_id, sku ORDER BY sku DESC",
            "(sku DESC, supplier_id)",
        ),
        (
            "SELECT DISTINCT ON (supplier_id) * FROM products ORDER BY supplier_id, created_at DESC",
            "(supplier_id, created_at DESC)",
        ),
        ("SELECT * FROM products WHERE upper(sku) = $1", "((upper(sku)))"),
        (
            "SELECT id FROM products WHERE upper(sku) = $1 ORDER BY created_at",
            "((upper(sku)), created_at) INCLUDE (id, sku)",
        ),
        ("SELECT * FROM products ORDER BY lower(title), id", "((lower(title)), id)"),
        (
            "SELECT * FROM products WHERE attributes ->> 'colour' = $1",
            "((attributes ->> 'colour'))",
        ),
        (
            "SELECT * FROM products WHERE (created_at AT TIME ZONE 'UTC')::date = $1",
            "((CAST(timezone('UTC', created_at) AS date)))",
        ),
        ("SELECT * FROM products WHERE stock * price > $1", "((stock * price))"),
        ("SELECT * FROM import_jobs WHERE status = 'failed'", "(status) WHERE status = 'failed'"),
        (
            "SELECT * FROM import_jobs WHERE status = 'failed' AND supplier_id = $1",
            "(supplier_id) WHERE status = 'failed'",
        ),
        (
            "SELECT * FROM import_jobs WHERE status IN ('running', 'failed') ORDER BY created_at",
            "(created_at) WHERE status IN ('failed', 'running')",
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


@pytest.mark.parametrize(
    "condition",
    [
        "status = $1",  # every call may bring another value
        "sku = 'SKU-1'",  # of so many values none is a state
        "stock = 5",  # more than fifty different ones
        "status NOT IN ('failed')",
        "status = lower('failed')",
        "status || '' = 'failed'",
    ],
)
def test_only_a_literal_state_makes_a_partial_index(company: Connection, condition: str) -> None:
    table = "import_jobs" if condition.startswith("status") else "products"
    assert not [
        definition
        for definition in proposed(company, f"SELECT * FROM {table} WHERE {condition}")
        if "WHERE" in definition
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "created_at::date",  # depends on the session's time zone
        "date_trunc('day', created_at)",
        "to_char(created_at, 'YYYY')",
        "created_at::text",
        "attributes ->> $2",  # of what nobody knows
        "random() * stock",
        "nothing(sku)",
        "point(stock, stock)",
    ],
)
def test_what_may_change_is_not_indexed(company: Connection, expression: str) -> None:
    query = f"SELECT * FROM products WHERE {expression} = $1"
    assert proposed(company, query) == []


def test_a_column_that_is_mostly_empty_is_indexed_where_it_is_not() -> None:
    with scratch_database("sparse") as connection:
        fill(
            connection,
            "CREATE TABLE sparse AS SELECT CASE WHEN n % 10 = 0 THEN n END AS seldom, n AS always "
            "FROM generate_series(1, 5000) AS n",
        )
        assert "(seldom) WHERE seldom IS NOT NULL" in proposed(
            connection, "SELECT * FROM sparse WHERE seldom = $1"
        )
        assert "(always) WHERE always IS NOT NULL" not in proposed(
            connection, "SELECT * FROM sparse WHERE always = $1"
        )


def test_what_repeats_is_better_a_key_than_included() -> None:
    with scratch_database("repeating") as connection:
        fill(
            connection,
            "CREATE TABLE repeating AS SELECT n % 7 AS few, n % 5 AS third, n AS one "
            "FROM generate_series(1, 5000) AS n",
        )
        found = proposed(connection, "SELECT few, sum(third) FROM repeating GROUP BY few")
        assert "(few, third)" in found
        found = proposed(connection, "SELECT few, sum(one) FROM repeating GROUP BY few")
        assert "(few) INCLUDE (one)" in found
        assert "(few, one)" not in found


def test_candidates_are_the_same_each_time_and_not_too_many(company: Connection) -> None:
    query = """SELECT p.id, p.sku, p.price FROM products p JOIN suppliers s ON s.id = p.supplier_id
        WHERE p.is_active AND p.stock > $1 AND p.created_at > $2 AND p.price < $3
        AND p.sku IN ($4, $5) AND p.description IS NULL AND p.updated_at < $6
        ORDER BY p.title, p.created_at"""
    once, again = proposed(company, query), proposed(company, query)
    assert once == again
    assert len(once) == len(set(once)) <= MAX_PER_ACCESS


def test_what_two_columns_are_to_each_other_makes_a_partial_index(company: Connection) -> None:
    query = "SELECT sku FROM products WHERE created_at < updated_at AND supplier_id = $1"
    assert "(supplier_id) WHERE created_at < updated_at" in proposed(company, query)
    mirrored = "SELECT sku FROM products WHERE updated_at > created_at AND supplier_id = $1"
    assert "(supplier_id) WHERE created_at < updated_at" in proposed(company, mirrored)
