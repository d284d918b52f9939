"""Costs from statistics alone, for servers without HypoPG. Nothing here is proved.

A small model of the planner: pages read one after the other, rows fetched through an index, rows
sorted. It knows enough to rank candidates, and says nothing about plans.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from optimizer.advise.choosing.values import TYPICAL_LIMIT
from optimizer.advise.choosing.whatif import UNEVENNESS, Costing
from optimizer.advise.proposing.shapes import IndexShape, KeyColumn, Method, skips_entries
from optimizer.advise.proposing.sizes import PAGE, index_size, row_share, rows_covered
from optimizer.advise.understanding.access import Constant, Match, Statement, TableAccess
from optimizer.advise.understanding.catalogue import Table

# The planner's own units: one page read in sequence costs 1.
RANDOM_PAGE: Final = 4.0
ROW: Final = 0.01
CONDITION: Final = 0.0025
INDEX_ROW: Final = 0.005
RANGE_SHARE: Final = 0.1
PREFIX_SHARE: Final = 0.01
LIST_LENGTH: Final = 3
LIMIT: Final = float(TYPICAL_LIMIT)
ONE_VALUE: Final = (Match.EQUAL, Match.JOIN)


@dataclass(frozen=True, slots=True)
class _Path:
    """How far an index leads into an access."""

    share: float  # of the index that is read
    filtered: float  # share of that for which the row itself is needed
    gives_order: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to get at the rows of an access."""

    cost: float
    shape: IndexShape | None = None
    exposure: float = 0.0


class HeuristicPlanner:
    """Costs statements from what ANALYZE knows and from the indexes there are."""

    is_exhausted: Final = False

    def __init__(self, existing: Mapping[Table, Sequence[IndexShape]]) -> None:
        self._existing = existing

    def plan(self, statement: Statement, offered: frozenset[IndexShape]) -> Costing:
        outer = _smallest_result(statement)
        ways = [self._best(access, offered, loops=outer) for access in statement.accesses]
        return Costing(
            cost=sum(way.cost for way in ways),
            used=offered & {way.shape for way in ways if way.shape is not None},
            exposure=sum(way.exposure for way in ways),
        )

    def _best(self, access: TableAccess, offered: frozenset[IndexShape], *, loops: float) -> _Way:
        existing = self._existing.get(access.table, ())
        mine = [shape for shape in offered if shape.table is access.table]
        ways = [
            _through(shape, access, loops=loops)
            for shape in (*existing, *sorted(mine, key=lambda shape: shape.sort_key))
        ]
        possible = [_Way(_sequential(access)), *(way for way in ways if way is not None)]
        return min(possible, key=lambda way: way.cost)


def _smallest_result(statement: Statement) -> float:
    """How often the inner side of a join is looked up: once a row of the most selective access."""
    return max(1.0, min(_result_rows(access) for access in statement.accesses))


def _result_rows(access: TableAccess) -> float:
    share = math.prod(_share(access, column) for column in _bound(access, joins=False))
    return access.table.row_count * share


def _sequential(access: TableAccess) -> float:
    table = access.table
    conditions = len(access.conditions) + len(access.constants)
    rows = _result_rows(access)
    return table.pages + table.row_count * (ROW + CONDITION * conditions) + _sort(access, rows)


def _through(shape: IndexShape, access: TableAccess, *, loops: float) -> _Way | None:
    """The cost through one index; None where it does not help."""
    if not all(access.meets(condition) for condition in shape.predicate):
        return None
    if shape.method is not Method.BTREE:
        return None  # what HypoPG is not there to judge, is not judged
    is_inner = shape.keys[0].name in access.columns_bound(Match.JOIN)
    path = _path(shape, access, joins=is_inner)
    held = {*shape.columns, *shape.include, *(item.column for item in shape.predicate)}
    is_covering = not access.reads_whole_row and access.read <= held
    if path.share >= 1.0 and not path.gives_order and not is_covering and not shape.predicate:
        return None
    result = _result_rows(access)
    whole = _scan(shape, path, part=1.0, is_covering=is_covering)
    if path.gives_order and access.is_limited:
        part = min(1.0, LIMIT / max(1.0, result))
        cost = _scan(shape, path, part=part, is_covering=is_covering)
        drops_rows = skips_entries(shape, access) or not set(_bound(access, joins=False)) <= held
        exposure = min(whole - cost, UNEVENNESS * cost) if drops_rows else 0.0
        return _Way(cost * (loops if is_inner else 1.0), shape, exposure)
    sorting = 0.0 if path.gives_order else _sort(access, result)
    return _Way(whole * (loops if is_inner else 1.0) + sorting, shape)


def _scan(shape: IndexShape, path: _Path, *, part: float, is_covering: bool) -> float:
    """Descend once, then read that part of what the path leads to."""
    covered = rows_covered(shape)
    entries = covered * path.share * part
    rows = entries * path.filtered
    leaves = index_size(shape) / PAGE * entries / max(1.0, covered)
    fetched = 0.0 if is_covering else _heap_pages(shape.table, rows) * RANDOM_PAGE
    return RANDOM_PAGE + leaves + entries * INDEX_ROW + rows * ROW + fetched


def _path(shape: IndexShape, access: TableAccess, *, joins: bool) -> _Path:
    bound = _bound(access, joins=joins)
    share, filtered, position = 1.0, 1.0, 0
    for key in shape.keys:
        if _match(access, key.name, bound) not in ONE_VALUE:
            break
        share *= _share(access, key.name)
        position += 1
    gives_order = _gives_order(shape.keys[position:], access)
    for key in shape.keys[position:]:
        match = _match(access, key.name, bound)
        if match is None:
            break
        share *= _share(access, key.name)
        position += 1
        if match is Match.RANGE:
            break
    for key in shape.keys[position:]:
        if key.name in bound:
            filtered *= _share(access, key.name)
    return _Path(share, filtered, gives_order)


def _gives_order(keys: Sequence[KeyColumn], access: TableAccess) -> bool:
    fixed = set(access.columns_bound(Match.EQUAL))
    wanted = tuple(KeyColumn.of(key) for key in access.order if key.column not in fixed)
    if not wanted:
        return bool(access.order)
    begins = tuple(keys[: len(wanted)])
    return begins in (wanted, tuple(key.reversed() for key in wanted))


def _bound(access: TableAccess, *, joins: bool) -> list[str]:
    matches = [match for match in Match if joins or match is not Match.JOIN]
    return access.columns_bound(*matches)


def _match(access: TableAccess, column: str, bound: Sequence[str]) -> Match | None:
    """The tightest way in which a column is bound."""
    if column not in bound:
        return None
    matches = {item.match for item in access.conditions if item.column == column}
    return next(match for match in Match if match in matches)


def _share(access: TableAccess, column: str) -> float:
    """The share of rows that the conditions on one column leave."""
    constants = [item for item in access.constants if item.column == column]
    told = [item for item in constants if item.constant is not Constant.NOT_NULL]
    if told:
        return row_share(told[0], access.table)
    facts = access.facts(column)
    one = (1.0 - facts.nulls) / facts.distinct(access.table.row_count)
    match next(match for match in Match if _has(access, column, match)):
        case Match.ONE_OF:
            return min(1.0, one * LIST_LENGTH)
        case Match.RANGE:
            return RANGE_SHARE
        case Match.PREFIX:
            return PREFIX_SHARE
    return one


def _has(access: TableAccess, column: str, match: Match) -> bool:
    return any(item.column == column and item.match is match for item in access.conditions)


def _sort(access: TableAccess, rows: float) -> float:
    if not access.order or rows < 2:
        return 0.0
    kept = min(rows, LIMIT) if access.is_limited else rows
    return rows * math.log2(max(2.0, kept)) * CONDITION * 2


def _heap_pages(table: Table, rows: float) -> float:
    """How many different pages that many rows lie on, taken at random."""
    pages = max(1.0, table.pages)
    return pages * -math.expm1(-rows / pages)
