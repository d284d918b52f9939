from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.advise.findings.primary_keys import primary_key_findings
from optimizer.observe.names import find_table
from optimizer.records import Verdict
from tests.optimizer.advise.conftest import Connection, scratch_database


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    with scratch_database("keyless") as connection:
        yield connection


@pytest.fixture
def plan(database: Connection) -> Iterator[Connection]:
    """A database whose tables all have a key."""
    database.execute(
        """CREATE SCHEMA "Odd.One";
           CREATE TABLE keyed (id bigint PRIMARY KEY);
           CREATE TABLE by_name (name text NOT NULL UNIQUE, note text);
           CREATE TABLE parted (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
           CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
           CREATE UNLOGGED TABLE staging (line text);
           CREATE TEMP TABLE mine (line text);
           CREATE VIEW seen AS SELECT * FROM by_name"""
    )
    yield database
    database.execute(
        """DROP SCHEMA "Odd.One" CASCADE; DROP TABLE mine; DROP SCHEMA public CASCADE;
           CREATE SCHEMA public"""
    )


def test_tables_with_a_key_are_fine(plan: Connection) -> None:
    assert primary_key_findings(plan) == []


@pytest.mark.parametrize(
    "definition",
    [
        "(a int)",
        "(a int UNIQUE)",
        "(a int NOT NULL, b int, UNIQUE (a, b))",
        "(a int NOT NULL UNIQUE DEFERRABLE)",
        "(a int NOT NULL, EXCLUDE (a WITH =))",
    ],
)
def test_a_table_whose_rows_cannot_be_told_apart(plan: Connection, definition: str) -> None:
    plan.execute(f'CREATE TABLE "Odd.One"."a table" {definition}'.encode())
    (finding,) = primary_key_findings(plan)
    assert (finding.code, finding.verdict) == ("missing-primary-key", Verdict.PROBLEM)
    assert finding.subject == '"Odd.One"."a table"'
    plan.execute(finding.remedy.encode())
    assert primary_key_findings(plan) == []


@pytest.mark.parametrize("index", ["(a) WHERE b > 0", "(abs(a))", "(b)"])
def test_not_every_unique_index_tells_rows_apart(plan: Connection, index: str) -> None:
    plan.execute(
        f"CREATE TABLE lines (a int NOT NULL, b int); CREATE UNIQUE INDEX ON lines {index}"
    )
    assert len(primary_key_findings(plan)) == 1
    plan.execute("CREATE UNIQUE INDEX ON lines (a) INCLUDE (b)")
    assert primary_key_findings(plan) == []


def test_an_id_that_is_there_becomes_the_key(plan: Connection) -> None:
    plan.execute("CREATE TABLE lines (id bigint); INSERT INTO lines VALUES (1), (2)")
    (finding,) = primary_key_findings(plan)
    assert finding.remedy == "ALTER TABLE public.lines ADD PRIMARY KEY (id);"
    plan.execute(finding.remedy.encode())
    assert primary_key_findings(plan) == []


def test_partitions_are_told_with_their_table(plan: Connection) -> None:
    plan.execute(
        """CREATE TABLE loose (at date) PARTITION BY RANGE (at);
           CREATE TABLE loose_1 PARTITION OF loose FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"""
    )
    (finding,) = primary_key_findings(plan)
    assert finding.subject == "public.loose"
    assert finding.remedy == ""


def test_many_make_one_finding_and_one_table_can_be_asked_about(plan: Connection) -> None:
    for number in range(7):
        plan.execute(f"CREATE TABLE lines_{number} (a int)")
    (finding,) = primary_key_findings(plan)
    assert finding.message.startswith("7 tables have no primary key")
    assert "public.lines_6" in finding.detail
    assert finding.subject == ""
    (narrowed,) = primary_key_findings(plan, table=find_table(plan, "lines_3"))
    assert narrowed.subject == "public.lines_3"
    assert primary_key_findings(plan, table=find_table(plan, "keyed")) == []
