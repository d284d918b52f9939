"""Equality is handed on: where a.x = b.x and a.x = 5, b.x is 5 as well, and the planner knows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from optimizer.advise.understanding.access import Constant, ConstantCondition, Match
from optimizer.advise.understanding.scope import BoundColumn


class Equalities:
    """The columns that are equal to one another in all rows that matter."""

    def __init__(self) -> None:
        self._parents: dict[BoundColumn, BoundColumn] = {}

    def join(self, left: Sequence[BoundColumn], right: Sequence[BoundColumn]) -> None:
        """Each side is one column; behind a UNION there are several, which need not be equal."""
        if len(left) == len(right) == 1:
            self._parents[self._root(left[0])] = self._root(right[0])

    def hand_on(self) -> None:
        """Binds every column to the value that one of its equals has."""
        classes: dict[BoundColumn, list[BoundColumn]] = {}
        for bound in list(self._parents):
            classes.setdefault(self._root(bound), []).append(bound)
        for members in classes.values():
            if any(_is_fixed(bound) for bound in members):
                values = dict.fromkeys(value for bound in members for value in _values(bound))
                for bound in members:
                    _bind(bound, values)

    def _root(self, bound: BoundColumn) -> BoundColumn:
        self._parents.setdefault(bound, bound)
        while self._parents[bound] != bound:
            bound = self._parents[bound]
        return bound


def _is_fixed(bound: BoundColumn) -> bool:
    return bound.column in bound.access.columns_bound(Match.EQUAL)


def _values(bound: BoundColumn) -> list[tuple[str, ConstantCondition]]:
    """The one value that is known, and the type it is of."""
    kind = bound.access.table.columns[bound.column].type_name
    return [
        (kind, item)
        for item in bound.access.constants
        if item.column == bound.column and item.constant is Constant.VALUE
    ]


def _bind(bound: BoundColumn, values: Iterable[tuple[str, ConstantCondition]]) -> None:
    access = bound.access
    access.bind(bound.column, Match.EQUAL)
    for kind, value in values:
        known = replace(value, column=bound.column)
        if kind == access.table.columns[bound.column].type_name and known not in access.constants:
            access.constants.append(known)
