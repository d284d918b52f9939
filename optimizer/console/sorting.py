"""Sorting a page's table by its GET parameter, on the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Sort:
    """The column a table is sorted by."""

    key: str
    descending: bool

    def direction_of(self, key: str) -> str:
        """As `aria-sort` names it; "none" for the columns that are not sorted by."""
        if key != self.key:
            return "none"
        return "descending" if self.descending else "ascending"

    def next_for(self, key: str) -> str:
        """The parameter of the link in a column's heading: the largest first, then turned round."""
        return key if key == self.key and self.descending else f"-{key}"


def sorted_rows(
    rows: Iterable[Row],
    *,
    columns: Mapping[str, Callable[[Row], Any]],
    requested: str,
    default: str,
) -> tuple[list[Row], Sort]:
    """The rows in the requested order, or in the default one where there is no such column.

    Rows without a value stand last either way round.
    """
    if requested.removeprefix("-") not in columns:
        requested = default
    sort = Sort(key=requested.removeprefix("-"), descending=requested.startswith("-"))
    value = columns[sort.key]
    known: list[Row] = []
    unknown: list[Row] = []
    for row in rows:
        (unknown if value(row) is None else known).append(row)
    known.sort(key=value, reverse=sort.descending)
    return known + unknown, sort
