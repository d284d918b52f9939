# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

import pytest

from optimizer.advise.proposing.shapes import Method
from optimizer.advise.proposing.unprovable import unprovable_candidates
from tests.optimizer.advise.conftest import Connection, scratch_database, superuser_in
from tests.optimizer.advise.helpers import understand


def searching(connection: Connection, query: str) -> list[str]:
    statement = understand(connection, query)
    found = unprovable_candidates([statement])
    return [item.shape.definition() for item in found.get(statement, ())]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("title LIKE '%lamp%'", "USING gin (title gin_trgm_ops)"),
        ("title ILIKE 'lamp%'", "USING gin (title gin_trgm_ops)"),
        ("title ~ 'lamp'", "USING gin (title gin_trgm_ops)"),
        ("title LIKE $1", "USING gin (title gin_trgm_ops)"),
        ("UPPER(title::text) LIKE UPPER($1)", "USING gin ((upper(title)) gin_trgm_ops)"),
        ("attributes @> $1", "USING gin (attributes jsonb_path_ops)"),
        ("attributes ? $1", "USING gin (attributes)"),
        ("attributes @> $1 AND attributes ? $2", "USING gin (attributes)"),
    ],
)
def test_a_search_inside_a_value_may_be_served_by_gin(
    company: Connection, condition: str, expected: str
) -> None:
    assert searching(company, f"SELECT * FROM products WHERE {condition}") == [expected]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM products WHERE title LIKE 'lamp%'",  # a B-tree serves it
        "SELECT * FROM products WHERE id = $1 AND title LIKE '%lamp%'",  # one row to look through
        "SELECT * FROM suppliers WHERE name ILIKE $1",  # few rows
        "SELECT * FROM products WHERE title NOT LIKE '%lamp%'",
        "SELECT * FROM products WHERE title LIKE description",
    ],
)
def test_where_gin_would_not_help_it_is_not_mentioned(company: Connection, query: str) -> None:
    assert searching(company, query) == []


def test_what_has_to_be_installed_first_is_said(company: Connection) -> None:
    for condition, extension in (("title ILIKE $1", "pg_trgm"), ("attributes @> $1", "")):
        statement = understand(company, f"SELECT * FROM products WHERE {condition}")
        ((candidate,),) = unprovable_candidates([statement]).values()
        assert candidate.shape.extension == extension
        assert candidate.shape.method is Method.GIN
        assert "not provable here" in candidate.reason


def test_each_can_be_built(company: Connection) -> None:
    with scratch_database("gin") as connection:
        with superuser_in(connection) as superuser:
            superuser.execute("CREATE EXTENSION pg_trgm")
        connection.execute(
            """CREATE TABLE goods AS
               SELECT 'name ' || n AS name, '{}'::jsonb AS data, ARRAY[n] AS numbers
               FROM generate_series(1, 1000) AS n;
               ANALYZE goods"""
        )
        query = """SELECT * FROM goods WHERE name ILIKE $1 AND lower(name) LIKE '%x'
            AND data @> $2 AND numbers && $3"""
        found = searching(connection, query)
        assert len(found) == 4
        for definition in found:
            connection.execute(f"CREATE INDEX ON goods {definition}")
