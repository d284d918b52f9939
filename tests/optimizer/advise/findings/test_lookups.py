from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.advise.findings.foreign_keys import foreign_keys
from optimizer.advise.findings.lookups import lookup_findings
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from optimizer.observe.indexes import indexes
from optimizer.records import Finding, Severity, WorkloadStatement
from tests.optimizer.advise.conftest import Connection, scratch_database

TABLES = """
CREATE TABLE makers (id bigint PRIMARY KEY, "Short Name" text UNIQUE, name text);
CREATE TABLE goods (id bigint PRIMARY KEY, maker_id bigint REFERENCES makers, sku text, shop int,
                    UNIQUE (shop, sku));
CREATE UNIQUE INDEX ON goods (sku) WHERE shop = 1;
CREATE INDEX ON makers (name);
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Connection]:
    with scratch_database("lookups") as connection:
        connection.execute(TABLES)
        yield connection


def seen(
    query: str, *, calls: int = 5_000, rows: int | None = None, total_time: float = 2.0
) -> WorkloadStatement:
    return WorkloadStatement(
        queryid=1,
        query=query,
        calls=calls,
        total_time=total_time,
        rows=calls if rows is None else rows,
    )


EVERYTHING_ELSE = seen("SELECT * FROM makers WHERE name = $1", calls=10, total_time=98.0)
BY_ID = "SELECT * FROM makers WHERE id = $1"


def found(connection: Connection, *sources: WorkloadStatement) -> list[Finding]:
    understood = understand_workload([*sources, EVERYTHING_ELSE], catalogue=Catalogue(connection))
    assert not understood.skipped, understood.skipped
    return lookup_findings(
        understood.statements, indexes=indexes(connection), foreign_keys=foreign_keys(connection)
    )


@pytest.mark.parametrize(
    ("query", "key"),
    [
        (BY_ID, "id"),
        ('SELECT id FROM makers m WHERE m."Short Name" = $1 LIMIT $2', "Short Name"),
        ("SELECT * FROM goods WHERE maker_id = $1", "maker_id"),
        ("SELECT * FROM goods WHERE sku = $1 AND shop = $2", "shop, sku"),
        ("SELECT * FROM makers WHERE id = $1 AND name <> $2", "id"),
    ],
)
def test_one_row_by_its_key_thousands_of_times(shop: Connection, query: str, key: str) -> None:
    (finding,) = found(shop, seen(query))
    assert finding.code == "repeated-lookup"
    assert f" by {key} was fetched 5000 times, in 2.0 s in all (2 % of the load)." in (
        finding.message
    )
    assert finding.detail == query
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    "source",
    [
        seen(BY_ID, calls=999),
        seen(BY_ID, rows=20_000),
        seen(BY_ID, rows=0),
        seen(BY_ID, total_time=0.5),
        seen("SELECT * FROM makers WHERE name = $1"),
        seen("SELECT * FROM goods WHERE sku = $1"),
        seen("SELECT * FROM makers WHERE id > $1 LIMIT $2"),
        seen("SELECT * FROM makers WHERE id = ANY ($1)"),
        seen("SELECT * FROM goods g JOIN makers m ON m.id = g.maker_id WHERE g.id = $1"),
        seen("SELECT $2 FROM ONLY makers x WHERE id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE OF x"),
        seen("UPDATE makers SET name = $1 WHERE id = $2"),
    ],
)
def test_what_is_no_such_lookup(shop: Connection, source: WorkloadStatement) -> None:
    assert found(shop, source) == []


def test_very_many_are_told_whatever_they_take(shop: Connection) -> None:
    (finding,) = found(shop, seen(BY_ID, calls=20_000, total_time=0.5))
    assert finding.severity is Severity.INFO


def test_the_dearest_comes_first(shop: Connection) -> None:
    cheap, dear = seen(BY_ID), seen("SELECT * FROM goods WHERE id = $1", total_time=9)
    assert [finding.detail for finding in found(shop, cheap, dear)] == [dear.query, cheap.query]
