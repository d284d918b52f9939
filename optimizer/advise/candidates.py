"""Which indexes might serve a statement: equality, then sorting, then ranges.

Proposing is generous and judging is the planner's: a candidate only has to be plausible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Final

from optimizer.advise.access import Constant, ConstantCondition, Match, Statement, TableAccess
from optimizer.advise.catalogue import Table
from optimizer.advise.shapes import IndexShape, KeyColumn, pattern_opclass, sorted_predicate
from optimizer.advise.sizes import row_share

MIN_ROWS: Final = 500  # a smaller table is read as fast without an index
MAX_KEYS: Final = 4
MAX_KEY_WIDTH: Final = 256  # bytes on average; a single value above 2,700 cannot be indexed
MAX_INCLUDED: Final = 4
MAX_INCLUDED_WIDTH: Final = 96  # bytes together
MAX_PER_ACCESS: Final = 60
# A condition that nearly every row meets leaves nothing out.
MAX_PARTIAL_SHARE: Final = 0.99

Keys = tuple[KeyColumn, ...]


def candidates(statements: Sequence[Statement]) -> dict[Statement, list[IndexShape]]:
    """The candidates of each statement, the most natural ones first."""
    popularity = _popularity(statements)
    directions = _directions(statements)
    written = frozenset(pair for statement in statements for pair in statement.written)
    found: dict[Statement, list[IndexShape]] = {}
    for statement in statements:
        shapes: dict[IndexShape, None] = {}
        for access in statement.accesses:
            proposer = _Proposer(
                access, popularity=popularity, directions=directions, written=written
            )
            shapes.update(dict.fromkeys(proposer.propose()))
        found[statement] = list(shapes)
    return found


def merged_candidates(winners: Sequence[Sequence[IndexShape]]) -> list[IndexShape]:
    """Indexes that stand for two, each of them good for another statement: the keys of one, then
    those the other adds. `winners` are the best candidates of each statement."""
    owners: dict[IndexShape, set[int]] = {}
    for owner, shapes in enumerate(winners):
        for shape in shapes:
            owners.setdefault(shape, set()).add(owner)
    by_place: dict[tuple[Table, tuple[ConstantCondition, ...]], list[IndexShape]] = {}
    for shape in owners:
        by_place.setdefault((shape.table, shape.predicate), []).append(shape)
    found: dict[IndexShape, None] = {}
    for shapes in by_place.values():
        for first, second in permutations(shapes, 2):
            if len(owners[first] | owners[second]) > 1:
                found.update(dict.fromkeys(_merge(first, second)))
    return list(found)


def _merge(first: IndexShape, second: IndexShape) -> Iterator[IndexShape]:
    # To serve the second too, the index has to begin with a column of it.
    if first.keys[0].name not in second.columns:
        return
    added = tuple(key for key in second.keys if key.name not in first.columns)
    if added and len(first.keys) + len(added) <= MAX_KEYS:
        yield IndexShape(first.table, first.keys + added, (), first.predicate)
    wanted = dict.fromkeys((*first.include, *second.columns, *second.include))
    include = tuple(name for name in wanted if name not in first.columns)
    if include != first.include and _may_include(first.table, include):
        yield replace(first, include=include)


def _popularity(statements: Sequence[Statement]) -> Counter[tuple[int, str]]:
    """How many statements ask for one value of a column."""
    return Counter(
        (access.table.oid, column)
        for statement in statements
        for access in statement.accesses
        for column in access.columns_bound(Match.EQUAL, Match.ONE_OF, Match.JOIN)
    )


def _directions(statements: Sequence[Statement]) -> dict[tuple[int, str], KeyColumn]:
    """In which direction each column is mostly sorted. A B-tree is read both ways, so one index
    serves both, and where a column is sorted nowhere its direction does not matter."""
    counts = Counter(
        (access.table.oid, KeyColumn.of(key))
        for statement in statements
        for access in statement.accesses
        for key in access.order
    )
    found: dict[tuple[int, str], KeyColumn] = {}
    for (oid, key), _count in counts.most_common():
        found.setdefault((oid, key.name), key)
    return found


class _Proposer:
    def __init__(
        self,
        access: TableAccess,
        *,
        popularity: Counter[tuple[int, str]],
        directions: dict[tuple[int, str], KeyColumn],
        written: frozenset[tuple[int, str]],
    ) -> None:
        self._access = access
        self._table = access.table
        self._popularity = popularity
        self._directions = directions
        self._written = written

    def propose(self) -> list[IndexShape]:
        if self._table.row_count < MIN_ROWS:
            return []
        found: dict[IndexShape, None] = {}
        for predicate in self._predicates():
            for keys in self._key_lists(predicate):
                shape = IndexShape(self._table, keys, (), predicate)
                found[shape] = None
                covering = self._covering(shape)
                if covering is not None:
                    found[covering] = None
        return list(found)[:MAX_PER_ACCESS]

    def _predicates(self) -> list[tuple[ConstantCondition, ...]]:
        """Conditions for partial indexes: none, each one, all of them."""
        useful = {
            condition
            for condition in self._access.constants
            if row_share(condition, self._table) <= MAX_PARTIAL_SHARE
        }
        choices: list[set[ConstantCondition]] = [set(), *({item} for item in useful), useful]
        return sorted(
            {sorted_predicate(choice) for choice in choices},
            key=lambda choice: [(item.column, item.constant.value) for item in choice],
        )

    def _key_lists(self, predicate: tuple[ConstantCondition, ...]) -> list[Keys]:
        # What the predicate says of a column need not be said again by a key.
        fixed = {item.column for item in predicate if item.constant is not Constant.NOT_NULL}
        found: dict[Keys, None] = {}
        for equal in self._equality_orders(fixed):
            found.update(dict.fromkeys(self._sequences(equal, fixed)))
        for arm in self._access.alternatives:
            columns = [item.column for item in arm if item.match is not Match.RANGE]
            ranges = [self._directed(item.column) for item in arm if item.match is Match.RANGE]
            found[self._keys(columns, ranges)] = None
        found.update(dict.fromkeys([keys[:1] for keys in found]))
        if predicate and not any(found):
            found[self._keys([item.column for item in predicate])] = None
        return [keys for keys in found if keys]

    def _equality_orders(self, fixed: set[str]) -> list[list[str]]:
        """The columns with one value, the most selective first and the most asked for first."""
        columns = [name for name in self._access.columns_bound(Match.EQUAL) if name not in fixed]
        by_distinct = sorted(columns, key=lambda name: (-self._distinct(name), name))
        by_popularity = sorted(
            by_distinct, key=lambda name: -self._popularity[self._table.oid, name]
        )
        return [by_distinct] if by_distinct == by_popularity else [by_distinct, by_popularity]

    def _sequences(self, equal: list[str], fixed: set[str]) -> Iterator[Keys]:
        access = self._access
        bound = {*equal, *fixed}
        order = self._order(bound)
        lists = [name for name in access.columns_bound(Match.ONE_OF) if name not in bound]
        ranges = [
            self._directed(name) for name in access.columns_bound(Match.RANGE) if name not in bound
        ]
        prefixes = [self._pattern(name) for name in access.columns_bound(Match.PREFIX)]
        joins = [name for name in access.columns_bound(Match.JOIN) if name not in bound]
        group = [name for name in access.group if name not in bound]
        yield self._keys(equal)
        yield self._keys(equal, order)
        yield self._keys(equal, order, lists, ranges)
        yield self._keys(equal, lists, order)
        yield self._keys(equal, group)
        yield self._keys(equal, lists, group)
        for column in (*lists, *ranges, *prefixes):
            yield self._keys(equal, [column])
            yield self._keys(equal, lists, [column])
        for column in joins:
            yield self._keys(equal, [column], order, ranges)
            yield self._keys([column], equal, order, ranges)
            yield self._keys([column], equal, lists, ranges)
            yield self._keys([column], order)
        yield self._keys(joins, equal)
        yield self._keys(order)
        yield self._keys(order, equal, lists)
        yield self._keys(group)
        yield self._keys(ranges[:1], equal, ranges[1:])
        for name in (*equal, *lists):
            yield self._keys([name])

    def _keys(self, *parts: Iterable[str | KeyColumn | None]) -> Keys:
        """The columns of the parts, each once, up to the first that no B-tree takes."""
        keys: dict[str, KeyColumn] = {}
        for item in (item for part in parts for item in part if item is not None):
            key = item if isinstance(item, KeyColumn) else KeyColumn(item)
            column = self._table.columns[key.name]
            if not column.is_indexable or column.width > MAX_KEY_WIDTH:
                break
            keys.setdefault(key.name, key)
        return tuple(keys.values())[:MAX_KEYS]

    def _order(self, bound: set[str]) -> list[KeyColumn]:
        """The sort keys that are not fixed to one value, or exactly their reverse."""
        keys = [KeyColumn.of(key) for key in self._access.order if key.column not in bound]
        backwards = [key.reversed() for key in keys]
        return backwards if backwards and self._directed(keys[0].name) == backwards[0] else keys

    def _directed(self, name: str) -> KeyColumn:
        return self._directions.get((self._table.oid, name), KeyColumn(name))

    def _pattern(self, name: str) -> KeyColumn | None:
        column = self._table.columns[name]
        if not column.needs_pattern_opclass:
            return KeyColumn(name)
        return KeyColumn(name, is_pattern=True) if pattern_opclass(column.type_name) else None

    def _covering(self, shape: IndexShape) -> IndexShape | None:
        access = self._access
        if access.reads_whole_row:
            return None
        stated = {item.column for item in shape.predicate}
        missing = access.read - set(shape.columns) - stated
        include = tuple(name for name in self._table.columns if name in missing)
        is_stable = not any((self._table.oid, name) in self._written for name in include)
        return (
            replace(shape, include=include)
            if is_stable and _may_include(self._table, include)
            else None
        )

    def _distinct(self, name: str) -> float:
        return self._table.columns[name].distinct(self._table.row_count)


def _may_include(table: Table, include: tuple[str, ...]) -> bool:
    width = sum(table.columns[name].width for name in include)
    return 0 < len(include) <= MAX_INCLUDED and width <= MAX_INCLUDED_WIDTH
