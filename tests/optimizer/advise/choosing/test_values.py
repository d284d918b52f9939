# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from optimizer.advise.choosing.values import (
    TYPICAL_LIMIT,
    TYPICAL_OFFSET,
    ValueSource,
    array_literal,
    values,
)
from optimizer.advise.understanding.access import Statement
from tests.optimizer.advise.conftest import Connection, fill, scratch_database
from tests.optimizer.advise.helpers import understand

ROWS = """
CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TABLE things AS
SELECT n AS id, CASE WHEN n % 500 = 0 THEN 'new' WHEN n % 20 = 0 THEN 'failed' ELSE 'done' END AS state,
       CASE WHEN n % 100 = 0 THEN 'rare' ELSE 'common' END AS skewed, n % 4 AS even,
       n % 10 <> 0 AS flag, 'Name, "' || n || E'\\\\' AS name,
       '2025-01-01'::timestamptz + n * interval '1 hour' AS at,
       (ARRAY['red', 'green']::colour[])[1 + n % 2] AS colour
FROM generate_series(1, 10000) AS n
"""


@pytest.fixture(scope="module")
def things() -> Iterator[Connection]:
    with scratch_database("values") as connection:
        fill(connection, ROWS)
        connection.execute("SET timezone TO 'UTC'")
        yield connection


def chosen(
    connection: Connection, condition: str, *types: str, tail: str = ""
) -> list[tuple[str, ...]] | None:
    found = values(understand(connection, f"SELECT id FROM things WHERE {condition}{tail}"), types)
    return list(found.samples) or None


def test_a_skewed_column_gives_a_common_and_a_rare_value(things: Connection) -> None:
    assert chosen(things, "skewed = $1", "text") == [("common",), ("rare",)]
    assert chosen(things, "state = $1", "text") == [("done",), ("failed",), ("new",)]
    assert chosen(things, "flag = $1", "boolean") == [("t",), ("f",)]


def test_an_even_column_gives_one_value(things: Connection) -> None:
    found = chosen(things, "even = $1", "integer")
    assert found is not None
    assert len(found) == 1
    assert found[0][0] in "0123"


def test_a_limit_is_that_of_a_page(things: Connection) -> None:
    found = chosen(things, "true", "bigint", "bigint", tail=" LIMIT $1 OFFSET $2")
    assert found == [(TYPICAL_LIMIT, TYPICAL_OFFSET)]


def test_a_lower_bound_asks_for_the_latest_tenth(things: Connection) -> None:
    found = chosen(things, "at >= $1", "timestamp with time zone")
    assert found is not None
    row = things.execute("SELECT avg((at >= %s)::int)::float FROM things", found[0]).fetchone()
    assert row is not None
    assert row[0] == pytest.approx(0.1, abs=0.03)


def test_bounds_on_both_sides_do_not_contradict_each_other(things: Connection) -> None:
    found = chosen(things, "at BETWEEN $1 AND $2", *["timestamp with time zone"] * 2)
    assert found is not None
    low, high = found[0]
    row = things.execute("SELECT %s::timestamptz < %s::timestamptz", (low, high)).fetchone()
    assert row == (True,)


def test_a_list_has_different_values(things: Connection) -> None:
    found = chosen(things, "id IN ($1, $2, $3)", *["integer"] * 3)
    assert found is not None
    assert len(set(found[0])) == 3


def test_an_array_of_awkward_texts_is_one_that_postgresql_reads(things: Connection) -> None:
    found = chosen(things, "name = ANY ($1)", "text[]")
    assert found is not None
    row = things.execute(
        "SELECT count(*) FROM things WHERE name = ANY (%s::text[])", found[0]
    ).fetchone()
    assert row == (3,)


def test_a_pattern_searches_inside_the_text(things: Connection) -> None:
    found = chosen(things, "name LIKE $1", "text")
    assert found is not None
    assert found[0][0].startswith("%")
    assert found[0][0].endswith("%")


def test_what_is_compared_with_no_column_gets_a_value_of_its_type(things: Connection) -> None:
    assert chosen(things, "at > now() - $1", "interval") == [("7 days",)]
    assert chosen(things, "lower(name) = $1", "text") == [("a",)]


def test_without_a_value_there_is_no_sample(things: Connection) -> None:
    assert chosen(things, "id::point ~= $1", "point") is None
    assert chosen(things, "colour = $1", "colour") is not None


def test_array_literals_escape() -> None:
    assert array_literal(("a", 'b"', "c\\", "d,e")) == '{"a","b\\"","c\\\\","d,e"}'


def with_captured(
    connection: Connection, condition: str, *calls: tuple[str | None, ...]
) -> Statement:
    statement = understand(connection, f"SELECT id FROM things WHERE {condition}")
    return replace(statement, source=replace(statement.source, captured=calls))


def test_what_calls_had_comes_before_what_statistics_say(things: Connection) -> None:
    statement = with_captured(things, "state = $1", ("paused",), ("open",), ("paused",))
    found = values(statement, ("text",))
    assert found.source is ValueSource.CAPTURED
    assert found.samples == (("open",), ("paused",))
    assert values(statement, ("text",)).samples == (("open",), ("paused",))


def test_of_many_calls_three_are_taken_spread_over_them(things: Connection) -> None:
    calls = [(f"{number:02}",) for number in range(30)]
    found = values(with_captured(things, "state = $1", *calls), ("text",))
    assert found.samples == (("00",), ("15",), ("29",))


def test_a_call_that_does_not_fit_is_left_out(things: Connection) -> None:
    statement = with_captured(things, "state = $1", (None,), ("open", "5"), ())
    found = values(statement, ("text",))
    assert found.source is ValueSource.TYPICAL
    assert found.samples == (("done",), ("failed",), ("new",))


def test_where_values_come_from_is_said(things: Connection) -> None:
    plain = understand(things, "SELECT id FROM things WHERE state = 'done'")
    assert values(plain, ()).source is ValueSource.LITERALS
    assert values(plain, ()).samples == ((),)
    unknown = understand(things, "SELECT id FROM things WHERE id::point ~= $1")
    assert values(unknown, ("point",)).source is ValueSource.GENERIC
    assert values(unknown, ("point",)).samples == ()
