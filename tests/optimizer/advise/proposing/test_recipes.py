from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from optimizer.advise.proposing.recipes import recipes
from optimizer.observe.indexes import indexes
from optimizer.records import Index
from tests.optimizer.advise.conftest import Connection, scratch_database
from tests.optimizer.advise.helpers import shape, table_of

TABLES = """
CREATE SCHEMA "Old Data";
CREATE TABLE plain (id bigint, at timestamptz);
CREATE TABLE events (id bigint, at timestamptz, kind text) PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events
    FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (kind);
CREATE TABLE events_2025_a PARTITION OF events_2025 FOR VALUES IN ('a');
CREATE TABLE "Old Data"."Events of 2024" PARTITION OF events
    FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE idx_plain_id (taken boolean);
"""


@pytest.fixture(scope="module")
def shelf() -> Iterator[Connection]:
    with scratch_database("recipes") as connection:
        connection.execute(TABLES)
        yield connection


def run(connection: Connection, script: str) -> None:
    for statement in script.splitlines():
        connection.execute(statement.encode())


def found_indexes(connection: Connection) -> dict[str, Index]:
    return {f"{index.schema_name}.{index.name}": index for index in indexes(connection)}


def test_no_name_is_one_of_those_beside(shelf: Connection) -> None:
    plain = shape(table_of(shelf, "plain"), "at")
    other = replace(plain, include=("id",))
    first = recipes(shelf, [plain])
    second = recipes(shelf, [other], beside=first.values())
    assert first[plain].name != second[other].name
    assert recipes(shelf, [other])[other].name == first[plain].name


def test_a_plain_table_takes_one_statement(shelf: Connection) -> None:
    index = shape(table_of(shelf, "plain"), "at desc", include=("id",))
    recipe = recipes(shelf, [index])[index]
    assert recipe.create_sql == (
        "CREATE INDEX CONCURRENTLY idx_plain_at ON public.plain (at DESC) INCLUDE (id);"
    )
    run(shelf, recipe.create_sql)
    assert found_indexes(shelf)["public.idx_plain_at"].is_valid


def test_a_partitioned_table_is_indexed_part_by_part(shelf: Connection) -> None:
    index = shape(table_of(shelf, "events"), "id", "at desc")
    recipe = recipes(shelf, [index])[index]
    run(shelf, recipe.create_sql)
    built = found_indexes(shelf)
    assert {name: index.is_valid for name, index in built.items() if "events" in name} == {
        "public.idx_events_id_at": True,
        "public.idx_events_id_at_2025": True,
        "public.idx_events_id_at_2025_a": True,
        "Old Data.idx_events_id_at_events_of_2024": True,
    }
    whole = built["public.idx_events_id_at"]
    assert whole.is_partitioned
    assert built["public.idx_events_id_at_2025"].parent_oid == whole.oid


def test_leaves_are_built_concurrently_and_parents_alone(shelf: Connection) -> None:
    index = shape(table_of(shelf, "events"), "kind")
    lines = recipes(shelf, [index])[index].create_sql.splitlines()
    for line in lines:
        is_leaf = "events_2025_a" in line or "Events of 2024" in line
        assert line.startswith("ALTER INDEX") or ("CONCURRENTLY" in line) == is_leaf
        assert line.startswith("ALTER INDEX") or ("ON ONLY" in line) != is_leaf
    assert sum("ATTACH PARTITION" in line for line in lines) == 3


def test_no_name_is_used_twice(shelf: Connection) -> None:
    plain = table_of(shelf, "plain")
    wanted = [shape(plain, "id"), shape(plain, "id", "at"), shape(plain, "id", "at desc")]
    names = {recipe.name for recipe in recipes(shelf, wanted).values()}
    assert len(names) == 3
    assert "idx_plain_id_at" in names
    assert "idx_plain_id" not in names  # there is a table of that name
