# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.advise.choosing.heuristic import HeuristicPlanner
from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.proposing.shapes import IndexShape, KeyColumn, Method
from optimizer.advise.proposing.sizes import index_size
from tests.optimizer.advise.conftest import Connection, fill, scratch_database
from tests.optimizer.advise.helpers import table_of, understand

# Wide rows, so that few of them fill the pages that block ranges are for.
ROWS = """
CREATE TABLE visits WITH (fillfactor = 10) AS
SELECT n AS id, repeat(md5(n::text), 2) AS address, md5(n::text) AS short,
       '2025-01-01'::timestamptz + n * interval '1 minute' AS at, random() AS mixed
FROM generate_series(1, 60000) AS n
"""


@pytest.fixture(scope="module")
def visits() -> Iterator[Connection]:
    with scratch_database("methods") as connection:
        fill(connection, ROWS)
        yield connection


def proposed(connection: Connection, condition: str) -> list[str]:
    statement = understand(connection, f"SELECT * FROM visits WHERE {condition}")
    shapes = candidates([statement])[statement]
    return [shape.definition() for shape in shapes if shape.method is not Method.BTREE]


def test_a_wide_text_that_is_only_compared_may_be_hashed(visits: Connection) -> None:
    assert proposed(visits, "address = $1") == ["USING hash (address)"]
    assert proposed(visits, "address IN ($1, $2) AND id = $3") == ["USING hash (address)"]
    assert proposed(visits, "lower(address) = $1") == ["USING hash ((lower(address)))"]


@pytest.mark.parametrize(
    "condition",
    ["short = $1", "id = $1", "address > $1", "address = $1 ORDER BY address", "address LIKE 'a%'"],
)
def test_what_is_short_or_sorted_is_not_hashed(visits: Connection, condition: str) -> None:
    assert proposed(visits, condition) == []


def test_what_lies_on_disk_in_order_may_have_block_ranges(visits: Connection) -> None:
    assert proposed(visits, "at BETWEEN $1 AND $2") == ["USING brin (at)"]
    assert proposed(visits, "at > $1") == ["USING brin (at)"]
    assert proposed(visits, "at = $1") == []
    assert proposed(visits, "mixed > $1") == []


def test_without_hypopg_nobody_says_what_they_are_worth(visits: Connection) -> None:
    statement = understand(visits, "SELECT * FROM visits WHERE address = $1 AND at > $2")
    others = [shape for shape in candidates([statement])[statement] if shape.method != "btree"]
    assert len(others) == 2
    assert not HeuristicPlanner({}).plan(statement, frozenset(others)).used


@pytest.mark.parametrize(("column", "method"), [("address", Method.HASH), ("at", Method.BRIN)])
def test_its_size_is_known(visits: Connection, column: str, method: Method) -> None:
    shape = IndexShape(table_of(visits, "visits"), (KeyColumn(column),), method=method)
    visits.execute(f"CREATE INDEX probe ON visits {shape.definition()}")
    row = visits.execute("SELECT pg_relation_size('probe')").fetchone()
    visits.execute("DROP INDEX probe")
    assert row is not None
    assert index_size(shape) == pytest.approx(row[0], rel=0.2)
