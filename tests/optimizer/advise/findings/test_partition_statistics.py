from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.advise.findings.partition_statistics import partition_statistics_findings
from optimizer.observe.names import find_table
from tests.optimizer.advise.conftest import Connection, scratch_database

TABLES = """
CREATE TABLE logs (id bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')
    PARTITION BY LIST (id);
CREATE TABLE logs_1_1 PARTITION OF logs_1 DEFAULT;
CREATE TABLE plain (id bigint);
INSERT INTO plain SELECT generate_series(1, 2000);
"""


@pytest.fixture
def archive() -> Iterator[Connection]:
    with scratch_database("parents") as connection:
        connection.execute(TABLES)
        yield connection


def add_rows(connection: Connection, count: int) -> None:
    connection.execute(
        "INSERT INTO logs SELECT n, '2025-01-05' FROM generate_series(1, %s) AS n", (count,)
    )
    connection.execute("ANALYZE logs_1_1")  # as autovacuum does


def test_a_parent_that_nobody_analysed(archive: Connection) -> None:
    add_rows(archive, 1_500)
    (finding,) = partition_statistics_findings(archive)
    assert (finding.code, finding.subject) == ("parent-never-analysed", "public.logs")
    assert partition_statistics_findings(archive, table=find_table(archive, "plain")) == []
    archive.execute(finding.remedy.encode())
    assert partition_statistics_findings(archive) == []


def test_a_small_one_needs_no_statistics(archive: Connection) -> None:
    add_rows(archive, 500)
    assert partition_statistics_findings(archive) == []


def test_rows_count_before_their_partition_was_analysed(archive: Connection) -> None:
    archive.execute("INSERT INTO logs SELECT n, '2025-01-05' FROM generate_series(1, 3000) AS n")
    archive.execute("SELECT pg_stat_force_next_flush()")
    archive.execute("SELECT 1")
    assert len(partition_statistics_findings(archive)) == 1
