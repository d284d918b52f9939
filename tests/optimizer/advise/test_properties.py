"""What has to hold for every statement that PostgreSQL accepts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings

from optimizer.advise.choosing.heuristic import HeuristicPlanner
from optimizer.advise.choosing.values import values
from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.proposing.merging import merged
from optimizer.advise.proposing.relevance import may_serve
from optimizer.advise.proposing.shapes import IndexShape, existing_shape
from optimizer.advise.proposing.sizes import index_size
from optimizer.advise.proposing.unprovable import unprovable_candidates
from optimizer.advise.understanding.catalogue import Catalogue, Table
from optimizer.advise.understanding.statements import understand_workload
from optimizer.observe.indexes import indexes
from tests.optimizer.advise.conftest import Connection, fill, scratch_database, superuser_in
from tests.optimizer.advise.helpers import workload
from tests.optimizer.advise.statements_strategy import STATEMENTS

ROWS = """
CREATE DOMAIN nickname AS text NOT NULL CHECK (length(VALUE) < 50);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE item (
    id integer PRIMARY KEY, owner integer, kind varchar(10), label text, price numeric(8, 2),
    flag boolean, born date, seen timestamptz, data jsonb, tags integer[], code char(4),
    nick nickname, mood mood);
INSERT INTO item
SELECT n, n % 40, 'kind ' || n % 4, 'label ' || n, n / 3.0, n % 9 = 0, '2025-01-01'::date + n % 90,
       '2025-01-01'::timestamptz + n * interval '1 hour', jsonb_build_object('k', n % 8), ARRAY[n],
       'c' || n % 3, 'nick ' || n % 30, (ARRAY['good', 'bad'])[1 + n % 2]::mood
FROM generate_series(1, 2000) AS n;
CREATE TABLE owner (id integer PRIMARY KEY, name text NOT NULL, boss integer, rank smallint);
INSERT INTO owner SELECT n, 'name ' || n, n / 2, n % 6 FROM generate_series(1, 800) AS n;
CREATE VIEW dear AS SELECT id, owner, price AS cost, lower(label) AS low FROM item WHERE price > 9;
CREATE INDEX ON item (owner, seen DESC) INCLUDE (price);
CREATE UNIQUE INDEX ON item (label);
CREATE INDEX ON item (lower(label));
CREATE INDEX ON item (id) WHERE flag;
CREATE INDEX ON item (owner) WHERE kind = 'kind 1';
CREATE INDEX ON item (born) WHERE kind IN ('kind 1', 'kind 2') AND price IS NOT NULL;
CREATE INDEX ON item USING hash (kind);
CREATE INDEX ON item USING gin (data);
CREATE INDEX ON owner (name text_pattern_ops, boss);
CREATE INDEX ON owner ((rank + id));
"""


@pytest.fixture(scope="module")
def small() -> Iterator[Connection]:
    with scratch_database("properties") as connection:
        with superuser_in(connection) as superuser:
            superuser.execute("CREATE EXTENSION pg_trgm")
        fill(connection, ROWS)
        yield connection
    # Enough of them were accepted to mean something.
    assert SEEN["accepted"] > 50
    assert SEEN["proposing"] > 40
    assert len(BUILT) > 200


def is_accepted(connection: Connection, query: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(f"PREPARE probe AS {query}")
    except psycopg.Error:
        return False
    connection.execute("DEALLOCATE probe")
    return True


def existing(connection: Connection, catalogue: Catalogue) -> list[IndexShape]:
    tables: dict[tuple[str, str], Table] = {
        (table.schema_name, table.name): table for table in catalogue.tables
    }
    found = [
        existing_shape(index, tables[index.schema_name, index.table_name])
        for index in indexes(connection)
        if (index.schema_name, index.table_name) in tables
    ]
    assert None not in found  # each of them is one that might be proposed
    return [shape for shape in found if shape is not None]


SEEN: dict[str, int] = {"accepted": 0, "proposing": 0}
BUILT: set[str] = set()


@settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(query=STATEMENTS)
def test_of_every_statement_that_is_accepted_something_true_is_said(
    small: Connection, query: str
) -> None:
    if not is_accepted(small, query):
        return
    SEEN["accepted"] += 1
    catalogue = Catalogue(small)
    found = understand_workload(workload(query), catalogue=catalogue)
    assert len(found.statements) + len(found.skipped) == 1
    proposals = candidates(found.statements)
    known = existing(small, catalogue)
    for statement in found.statements:
        shapes = proposals[statement]
        new = [shape for shape in shapes if not any(shape.is_served_by(one) for one in known)]
        SEEN["proposing"] += bool(new)
        assert not {(shape.table, shape.definition()) for shape in new} & {
            (shape.table, shape.definition()) for shape in known
        }
        planner = HeuristicPlanner(dict.fromkeys(statement.tables, known))
        assert (
            planner.plan(statement, frozenset(shapes)).cost
            <= planner.plan(statement, frozenset()).cost
        )
        values(statement, ("text",) * len(statement.plannable.parameter_numbers))
        for shape in shapes:
            assert index_size(shape) > 0
            assert shape.is_served_by(shape)
            assert any(may_serve(shape, access) for access in statement.accesses), shape
        searches = unprovable_candidates([statement]).get(statement, [])
        build(
            small,
            [
                *new,
                *(item for pair in permutations(new, 2) for item in merged(*pair)),
                *(item.shape for item in searches),
            ],
        )


def build(connection: Connection, shapes: list[IndexShape]) -> None:
    """Each one for real, once, and forgotten again; PostgreSQL reads it back as it was meant."""
    for shape in shapes:
        statement = f"CREATE INDEX probe ON {shape.table.qualified_name} {shape.definition()}"
        if statement in BUILT:
            continue
        BUILT.add(statement)
        with connection.transaction(force_rollback=True):
            connection.execute(statement.encode())
            (index,) = [found for found in indexes(connection) if found.name == "probe"]
            assert existing_shape(index, shape.table) == shape
