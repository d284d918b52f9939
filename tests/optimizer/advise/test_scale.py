# ruff: noqa: S608 - the statements are the subject of these tests
"""A database with two thousand tables."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from optimizer.advise.advisor import advise
from optimizer.records import Advice, AdviceLimits, WorkloadStatement
from tests.optimizer.advise.conftest import Connection, scratch_database
from tests.optimizer.advise.helpers import workload

# Not beside the demonstration's tests, which need the processors too.
pytestmark = pytest.mark.xdist_group("demo")

TABLES = 2000
STEP = 20  # every so many tables one has rows
PLENTY = AdviceLimits(budget_bytes=10**9, seconds=60.0)  # what saves anything is suggested
MAX_SECONDS = 60.0
MAX_MEGABYTES = 300

MANY_TABLES = f"""
DO $$ BEGIN
    FOR number IN 1..{TABLES} LOOP
        EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, parent_id int, kind int, amount int,
                                          made_at timestamptz)', number);
        IF number % {STEP} = 0 THEN
            EXECUTE format('INSERT INTO t%s SELECT n, n %% 300, n %% 7, n,
                now() - n * interval ''1 hour'' FROM generate_series(1, 3000) AS n', number);
            EXECUTE format('ANALYZE t%s', number);
        END IF;
    END LOOP;
END $$"""


def statements() -> list[WorkloadStatement]:
    """One for each table that has rows."""
    shapes = (
        "SELECT * FROM t{0} WHERE parent_id = $1 ORDER BY made_at DESC LIMIT 10",
        """SELECT a.id, b.amount FROM t{0} a JOIN t{1} b ON b.parent_id = a.id
           WHERE a.kind = $1 AND b.amount > $2""",
        "SELECT kind, sum(amount) FROM t{0} WHERE made_at > $1 GROUP BY kind",
        "UPDATE t{0} SET amount = $1 WHERE parent_id = $2 AND kind = $3",
    )
    numbers = range(STEP, TABLES + 1, STEP)
    return workload(
        *(
            shapes[place % len(shapes)].format(number, number % TABLES + STEP)
            for place, number in enumerate(numbers)
        )
    )


@pytest.fixture(scope="module")
def advice() -> Iterator[tuple[Advice, float]]:
    """The advice, and by how many megabytes memory grew at most meanwhile."""
    with scratch_database("many_tables") as connection:
        connection.execute(MANY_TABLES.encode())
        before = memory()
        found = advise(connection, statements=statements(), limits=PLENTY)
        yield found, memory() - before
        left_behind(connection)


def memory() -> float:
    """The most this process ever had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def left_behind(connection: Connection) -> None:
    assert connection.execute("SELECT count(*) FROM hypopg()").fetchone() == (0,)


def test_two_thousand_tables_take_less_than_a_minute(advice: tuple[Advice, float]) -> None:
    found, _megabytes = advice
    assert found.seconds < MAX_SECONDS
    assert found.is_complete
    assert found.statements_analysed == TABLES / STEP
    assert found.skipped == ()


def test_memory_stays_bounded(advice: tuple[Advice, float]) -> None:
    _found, megabytes = advice
    assert megabytes < MAX_MEGABYTES


def test_each_table_that_needs_an_index_gets_one(advice: tuple[Advice, float]) -> None:
    found, _megabytes = advice
    latest = [query.query for query in statements() if "LIMIT" in query.query]
    served = {item.query for suggestion in found.suggestions for item in suggestion.statements}
    assert served.issuperset(latest)
    assert found.cost_with_suggestions < found.baseline_cost
    assert found.planner_calls < 20 * found.statements_analysed
