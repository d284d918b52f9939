"""Names that PostgreSQL takes and careless tools do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import sql

from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.proposing.shapes import IndexShape, existing_shape
from optimizer.advise.proposing.unprovable import unprovable_candidates
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from optimizer.observe.indexes import indexes
from tests.optimizer.advise.conftest import Connection, scratch_database, superuser_in
from tests.optimizer.advise.helpers import workload

NAMES = [
    'say "hello"', "a.b", "MixedCase", "select", "user", "ünï çødé 名前", "100%", "%s", "%(x)s", "{0}",
    "it's", "back\\slash", " leading", "tab\there", "new\nline", "$1", "--", "/* c */", "x" * 63,
    "lower(name)", "1st", "a,b", "(a)", "coalesce",
]  # fmt: skip
SCHEMAS = ("public", 'Other "Schema".%s')
# Each relation has all of these as its columns.
TEXTS = tuple(NAMES[: len(NAMES) // 2])
NUMBERS = tuple(NAMES[len(NAMES) // 2 :])


def quoted(*parts: str) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


@pytest.fixture(scope="module")
def hostile() -> Iterator[Connection]:
    with scratch_database("hostile") as connection:
        with superuser_in(connection) as superuser:
            superuser.execute("CREATE EXTENSION pg_trgm")
        for schema in SCHEMAS:
            connection.execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema))
            )
            for name in NAMES:
                connection.execute(table_definition(schema, name))
        connection.execute("ANALYZE")
        yield connection


def table_definition(schema: str, name: str) -> sql.Composed:
    texts = (sql.SQL("'v' || n % 7 AS {}").format(sql.Identifier(column)) for column in TEXTS)
    numbers = (sql.SQL("n % 5 AS {}").format(sql.Identifier(column)) for column in NUMBERS)
    return sql.SQL("CREATE TABLE {} AS SELECT {} FROM generate_series(1, 4000) AS n").format(
        sql.Identifier(schema, name), sql.SQL(", ").join([*texts, *numbers])
    )


def query(schema: str, name: str, text: str, number: str) -> str:
    table, text, number = quoted(schema, name), quoted(text), quoted(number)
    return (
        f"SELECT t.{text}, t.{number} FROM {table} AS t JOIN {table} AS u USING ({number}) "  # noqa: S608
        f"WHERE t.{text} = 'v1' AND lower(t.{text}) LIKE 'v%' AND u.{text} ILIKE '%v%' "
        f"AND u.{number} IN (1, 2) AND t.{number} + 1 > 2 ORDER BY t.{number} DESC, t.{text}"
    )


def proposed(connection: Connection, text: str) -> list[IndexShape]:
    found = understand_workload(workload(text), catalogue=Catalogue(connection))
    assert found.skipped == ()
    (statement,) = found.statements
    other = unprovable_candidates(found.statements)[statement]
    return [*candidates(found.statements)[statement], *(item.shape for item in other)]


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_every_candidate_can_be_built_and_is_recognised(hostile: Connection, place: int) -> None:
    schema, name = SCHEMAS[place % 2], NAMES[place]
    text, number = TEXTS[place % len(TEXTS)], NUMBERS[place % len(NUMBERS)]
    shapes = proposed(hostile, query(schema, name, text, number))
    definitions = {shape.definition() for shape in shapes}
    assert any("WHERE" in definition for definition in definitions)
    assert any("lower" in definition for definition in definitions)
    assert any("gin_trgm_ops" in definition for definition in definitions)
    for shape in shapes:
        with hostile.transaction(force_rollback=True):
            hostile.execute(
                f"CREATE INDEX probe ON {shape.table.qualified_name} {shape.definition()}".encode()
            )
            (index,) = [found for found in indexes(hostile) if found.name == "probe"]
            assert (index.schema_name, index.table_name) == (schema, name)
            assert existing_shape(index, shape.table) == shape
