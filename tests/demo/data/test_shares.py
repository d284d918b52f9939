from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from demo.data.shares import apportion, spread, zipf


@given(st.integers(0, 10**7), st.lists(st.floats(0.001, 1000), min_size=1, max_size=50))
def test_the_parts_add_up_to_the_whole(total: int, weights: list[float]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert min(parts) >= 0


def test_the_first_ranks_have_most() -> None:
    parts = apportion(100_000, zipf(60))
    assert parts[0] > 5 * parts[20] > 0
    assert parts == sorted(parts, reverse=True)


@given(st.integers(0, 200), st.integers(1, 1000))
def test_indices_are_ascending_and_within_bounds(count: int, below: int) -> None:
    indices = spread(Random(1), count, below, power=1.5)
    assert indices == sorted(indices)
    assert len(indices) == count
    assert all(0 <= index < below for index in indices)
