from __future__ import annotations

import pytest

from optimizer.console.impact import LOCKS, MB, PURPOSES, expected_duration
from optimizer.models import Operation
from tests.optimizer.console.examples import table


@pytest.mark.parametrize("operation", Operation)
def test_every_operation_says_what_for_and_who_waits(operation: Operation) -> None:
    assert str(PURPOSES[operation]).endswith(".")
    assert "SHARE UPDATE EXCLUSIVE" in str(LOCKS[operation])


@pytest.mark.parametrize("operation", Operation)
def test_a_larger_table_takes_longer(operation: Operation) -> None:
    small = expected_duration(operation, [table(heap_bytes=10 * MB, size_bytes=12 * MB)])
    large = expected_duration(operation, [table(heap_bytes=100 * MB, size_bytes=120 * MB)])
    assert 0 < small.shortest < small.longest
    assert large.shortest > small.shortest


def test_analyze_reads_a_sample_however_large_the_table_is() -> None:
    large = expected_duration(Operation.ANALYZE, [table(heap_bytes=1_000 * MB)])
    larger = expected_duration(Operation.ANALYZE, [table(heap_bytes=100_000 * MB)])
    assert large == larger


def test_a_whole_database_takes_as_long_as_its_tables_together() -> None:
    one = expected_duration(Operation.VACUUM, [table(size_bytes=MB)])
    three = expected_duration(Operation.VACUUM, [table(size_bytes=MB)] * 3)
    assert three.longest == pytest.approx(3 * one.longest)
