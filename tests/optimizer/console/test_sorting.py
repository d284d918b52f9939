from __future__ import annotations

import pytest

from optimizer.console.sorting import Sort, sorted_rows

ROWS = [(1, 5), (2, None), (3, 9)]
COLUMNS = {"name": lambda row: row[0], "figure": lambda row: row[1]}


def names(requested: str) -> list[int]:
    rows, _sort = sorted_rows(ROWS, columns=COLUMNS, requested=requested, default="-name")
    return [name for name, _figure in rows]


def test_rows_stand_in_the_requested_order_and_those_without_a_value_last() -> None:
    assert names("figure") == [1, 3, 2]
    assert names("-figure") == [3, 1, 2]


@pytest.mark.parametrize("requested", ["", "-", "price", "__class__", "-figure;drop"])
def test_a_column_that_does_not_exist_leaves_the_default_order(requested: str) -> None:
    assert names(requested) == [3, 2, 1]


def test_the_heading_of_the_sorted_column_turns_the_order_round() -> None:
    sort = Sort(key="figure", descending=True)
    assert sort.direction_of("figure") == "descending"
    assert sort.next_for("figure") == "figure"


def test_the_heading_of_another_column_starts_with_the_largest() -> None:
    sort = Sort(key="figure", descending=False)
    assert sort.direction_of("name") == "none"
    assert sort.next_for("name") == "-name"
    assert sort.next_for("figure") == "-figure"
