from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.effect import (
    Effect,
    Size,
    TrueEffect,
    median_ratio,
    spearman,
    total_gain,
    true_effect,
)
from benchmarks.workloads import Question, Workload
from optimizer.records import WorkloadStatement
from tests.benchmarks.advice import suggestion

SLOW = """SELECT pg_sleep(0.02) FROM store WHERE store_id = 1 AND to_regclass('wanted') IS NULL"""


def test_ranks_that_agree_correlate_fully() -> None:
    assert spearman([1.0, 5.0, 30.0], [0.1, 0.2, 0.9]) == pytest.approx(1.0)
    assert spearman([1.0, 5.0, 30.0], [0.9, 0.2, 0.1]) == pytest.approx(-1.0)


def test_equal_values_share_a_rank() -> None:
    # The ranks are 1, 2.5, 2.5, 4 and 1, 3, 2, 4.
    assert spearman([1, 2, 2, 3], [1, 3, 2, 4]) == pytest.approx(0.9487, abs=1e-4)


def test_there_is_no_correlation_without_variation() -> None:
    assert spearman([1.0, 1.0], [1.0, 2.0]) is None
    assert spearman([], []) is None


def test_gains_are_weighted() -> None:
    assert total_gain([(1, 100, 10), (9, 10, 10)]) == pytest.approx(90 / 190)
    assert total_gain([]) == 0.0


def test_the_ratio_of_sizes_is_the_median() -> None:
    assert median_ratio([(50, 100), (240, 100), (300, 100)]) == pytest.approx(2.4)
    assert median_ratio([]) is None


def test_the_total_is_that_of_all_statements() -> None:
    effects = (
        Effect("first", 2.0, 100.0, 10.0, 0.2, 0.1),
        Effect("second", 1.0, 50.0, 50.0, 0.1, 0.1),
    )
    found = TrueEffect("one", effects, (Size("a", 90, 200, 100),))
    assert (effects[0].estimated_gain, effects[0].measured_gain) == pytest.approx((0.9, 0.5))
    assert found.estimated_gain == pytest.approx(1 - 70 / 250)
    assert found.measured_gain == pytest.approx(1 - 0.3 / 0.5)
    assert found.correlation == pytest.approx(1.0)
    assert (found.advisor_ratio, found.hypopg_ratio) == (0.9, 2.0)


def asked(small: Workload, *queries: str) -> Workload:
    questions = [
        Question(WorkloadStatement(None, query, 1, 0.0, name=query), (query,), 1.0)
        for query in queries
    ]
    return replace(small, questions=tuple(questions))


def test_indexes_are_built_measured_and_dropped(small: Workload) -> None:
    wanted = suggestion(
        "CREATE INDEX CONCURRENTLY wanted ON public.sale_line (receipt_no)", size_bytes=200_000
    )
    fast = "SELECT * FROM sale_line WHERE receipt_no = 77"
    writing = "DELETE FROM tender"
    found = true_effect(asked(small, SLOW, fast, writing), [wanted])
    (size,) = found.sizes
    assert (size.name, size.advisor) == ("wanted", 200_000)
    assert 100_000 < size.real < size.hypopg
    slow, receipt, _writing = found.effects
    assert slow.seconds_before >= 0.02 > slow.seconds_after
    assert receipt.estimated_gain > 0.5
    with small.connect() as connection:
        left = connection.execute("SELECT to_regclass('wanted'), count(*) FROM tender").fetchone()
    assert left == (None, 9)


def test_nothing_is_left_where_a_statement_fails(small: Workload) -> None:
    wanted = suggestion("CREATE INDEX CONCURRENTLY wanted ON public.sale_line (receipt_no)")
    with pytest.raises(Exception, match="division by zero"):
        true_effect(asked(small, "SELECT 1 / (quantity - quantity) FROM sale_line"), [wanted])
    with small.connect() as connection:
        assert connection.execute("SELECT to_regclass('wanted')").fetchone() == (None,)
