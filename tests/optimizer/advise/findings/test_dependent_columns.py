from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from optimizer.advise.findings import dependent_columns
from optimizer.advise.findings.dependent_columns import dependent_column_findings
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from optimizer.records import Finding, Verdict
from tests.optimizer.advise.conftest import Connection, fill, scratch_database
from tests.optimizer.advise.helpers import workload

# The city tells the country and the "Postal.Code" the city; the colour does not depend on the floor.
TABLES = """
CREATE TABLE homes (id bigint PRIMARY KEY, city int, country int, "Postal.Code" int, colour int,
                    floor int, nothing int, also_nothing int);
INSERT INTO homes SELECT n, n % 100, n % 100 / 2, n % 100, n % 7, n % 5, NULL, NULL
FROM generate_series(1, 200000) AS n;
CREATE TABLE huts (city int, country int);
INSERT INTO huts SELECT n % 20, n % 20 / 2 FROM generate_series(1, 5000) AS n;
CREATE TABLE flats (city int, country int, at date) PARTITION BY RANGE (at);
CREATE TABLE flats_1 PARTITION OF flats FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO flats SELECT n % 100, n % 100 / 2, '2025-01-01' FROM generate_series(1, 100000) AS n;
"""
CITY_AND_COUNTRY = "SELECT * FROM homes WHERE city = $1 AND country = $2"


@pytest.fixture(scope="module")
def town() -> Iterator[Connection]:
    with scratch_database("dependent") as connection:
        fill(connection, TABLES)
        yield connection


def found(connection: Connection, *queries: str) -> list[Finding]:
    understood = understand_workload(workload(*queries), catalogue=Catalogue(connection))
    assert not understood.skipped, understood.skipped
    return dependent_column_findings(connection, understood.statements)


def test_columns_of_which_one_follows_from_the_other(town: Connection) -> None:
    (finding,) = found(town, CITY_AND_COUNTRY, "DELETE FROM homes WHERE country = 5 AND city = $1")
    assert (finding.code, finding.verdict) == ("dependent-columns", Verdict.PROBLEM)
    assert finding.subject == "public.homes"
    counted = re.search(r"about (\d+):", finding.message)
    assert counted is not None
    assert 1800 < int(counted[1]) < 2200
    assert finding.detail == "Statements that compare both: 2."


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM homes WHERE floor = $1 AND colour = $2",
        "SELECT * FROM homes WHERE city = $1 OR country = $2",
        "SELECT * FROM homes WHERE city = $1 AND country > $2",
        "SELECT * FROM homes WHERE id = $1 AND city = $2",
        "SELECT * FROM homes WHERE nothing = $1 AND also_nothing = $2",
        "SELECT * FROM huts WHERE city = $1 AND country = $2",
        "SELECT * FROM flats WHERE city = $1 AND country = $2",
    ],
)
def test_what_does_not_mislead_is_left_alone(town: Connection, query: str) -> None:
    assert found(town, query) == []


def test_the_remedy_cures_it(town: Connection) -> None:
    query = 'SELECT * FROM homes WHERE "Postal.Code" = $1 AND city = $2'
    (finding,) = found(town, query)
    create, analyze = finding.remedy.splitlines()
    town.execute(create.encode())
    assert found(town, query) == []
    town.execute(analyze.encode())
    plan = town.execute(
        'EXPLAIN (FORMAT JSON) SELECT * FROM homes WHERE city = 5 AND "Postal.Code" = 5'
    ).fetchone()
    assert plan is not None
    assert plan[0][0]["Plan"]["Plan Rows"] > 1500
    assert found(town, query) == []
    town.execute('DROP STATISTICS "stats_homes_Postal.Code_city"')


def test_long_names_do_not_collide(town: Connection) -> None:
    columns = [f"a_column_with_a_long_name_{end}" for end in ("one", "two", "three")]
    town.execute(
        "CREATE TABLE longs AS SELECT "  # noqa: S608 - names of this test
        + ", ".join(f"n % 100 AS {name}" for name in columns)
        + " FROM generate_series(1, 120000) AS n"
    )
    town.execute("ANALYZE longs")
    conditions = " AND ".join(f"{name} = 1" for name in columns)
    findings = found(town, "SELECT * FROM longs WHERE " + conditions)  # noqa: S608 - as above
    assert len(findings) == 3
    for finding in findings:
        town.execute(finding.remedy.encode())
    town.execute("DROP TABLE longs")


def test_a_few_rows_of_a_sample_may_be_chance(
    town: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependent_columns, "SAMPLED_ROWS", 1_000)
    assert found(town, CITY_AND_COUNTRY) == []


def test_the_number_of_pairs_is_bounded(town: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependent_columns, "MAX_PAIRS", 1)
    both = found(
        town, 'SELECT * FROM homes WHERE "Postal.Code" = $1 AND city = $2', CITY_AND_COUNTRY
    )
    assert len(both) == 1


@pytest.mark.parametrize(("name", "value"), [("TIMEOUT", "1ms"), ("MAX_SECONDS", 0.0)])
def test_what_could_not_be_counted_in_time_is_told(
    town: Connection, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setattr(dependent_columns, name, value)
    (finding,) = found(town, CITY_AND_COUNTRY)
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.detail == "public.homes (city, country)"
    assert town.execute("SHOW statement_timeout").fetchone() == ("0",)


def test_a_table_that_may_not_be_read_is_left_out(town: Connection) -> None:
    town.execute("REVOKE SELECT ON homes FROM CURRENT_USER")
    try:
        assert found(town, CITY_AND_COUNTRY) == []
    finally:
        town.execute("GRANT SELECT ON homes TO CURRENT_USER")
