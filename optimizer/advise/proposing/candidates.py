"""Which indexes might serve a statement: equality, then sorting, then ranges.

Proposing is generous and judging is the planner's: a candidate only has to be plausible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import permutations, zip_longest
from typing import Final

from optimizer.advise.proposing.methods import block_ranges, hashes
from optimizer.advise.proposing.relevance import may_serve
from optimizer.advise.proposing.shapes import IndexShape, KeyColumn, pattern_opclass
from optimizer.advise.proposing.sizes import index_size, row_share
from optimizer.advise.understanding.access import (
    BETWEEN_COLUMNS,
    Constant,
    ConstantCondition,
    Match,
    SortKey,
    Statement,
    TableAccess,
)
from optimizer.advise.understanding.catalogue import Table
from optimizer.advise.understanding.predicates import Predicate, sorted_predicate

MIN_ROWS: Final = 500  # a smaller table is read as fast without an index
MAX_KEYS: Final = 4
MAX_KEY_WIDTH: Final = 256  # bytes on average; a single value above 2,700 cannot be indexed
MAX_INCLUDED: Final = 8
MAX_INCLUDED_WIDTH: Final = 200  # bytes together
MAX_PER_ACCESS: Final = 120
MAX_PAIRED: Final = 6  # columns of an access of which every two may begin an index
# A condition that nearly every row meets leaves nothing out.
MAX_PARTIAL_SHARE: Final = 0.99
MIN_NULL_SHARE: Final = 0.3  # below, leaving out what is NULL saves nothing
# What has so few values is a state, and a literal that is compared with it stays the same.
MAX_STATES: Final = 50
# A key instead of an included column, where equal keys are stored once and this much is saved.
WORTH_A_KEY: Final = 0.8

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
        for order in (access.order, *access.further_orders)
        for key in order
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
        """The most natural ones first: of each predicate, the whole table's included, in turn."""
        if self._table.row_count < MIN_ROWS:
            return []
        lists = [list(self._shapes(predicate)) for predicate in self._predicates()]
        in_turn = (shape for round_ in zip_longest(*lists) for shape in round_)
        found = [shape for shape in in_turn if shape and may_serve(shape, self._access)]
        others = [*hashes(self._access), *block_ranges(self._access)]
        return [*found[: MAX_PER_ACCESS - len(others)], *others]

    def _shapes(self, predicate: Predicate) -> Iterator[IndexShape]:
        shapes: dict[IndexShape, None] = {}
        for keys in self._key_lists(predicate):
            shape = IndexShape(self._table, keys, (), predicate)
            shapes[shape] = None
            shapes.update(dict.fromkeys(self._covering(shape)))
        if not shapes:
            # Nothing is asked for: at most an index may be narrower than the table.
            shapes.update(dict.fromkeys(self._narrow(predicate)))
        yield from shapes

    def _predicates(self) -> list[Predicate]:
        """Conditions for partial indexes: none, each one, all of them."""
        useful = {condition for condition in self._access.constants if self._is_useful(condition)}
        present = {
            ConstantCondition(name, Constant.NOT_NULL)
            for name in self._access.columns_bound(Match.EQUAL, Match.ONE_OF, Match.RANGE)
            if name in self._table.columns and self._table.columns[name].nulls >= MIN_NULL_SHARE
        }
        present = {condition for condition in present if self._access.meets(condition)}
        single = sorted_predicate(useful | present)
        choices = [(), *((item,) for item in single), sorted_predicate(useful)]
        return list(dict.fromkeys(choices))

    def _is_useful(self, condition: ConstantCondition) -> bool:
        if condition.constant in (Constant.VALUE, Constant.VALUES):
            column = self._table.columns[condition.column]
            is_state = column.n_distinct is not None and (
                column.distinct(self._table.row_count) <= MAX_STATES
            )
            if not is_state:
                return False
        return row_share(condition, self._table) <= MAX_PARTIAL_SHARE

    def _key_lists(self, predicate: Predicate) -> list[Keys]:
        # What the predicate says of a column need not be said again by a key.
        loose = (Constant.NOT_NULL, Constant.VALUES, *BETWEEN_COLUMNS)
        fixed = {item.column for item in predicate if item.constant not in loose}
        found: dict[Keys, None] = {}
        for equal in self._equality_orders(fixed):
            found.update(dict.fromkeys(self._sequences(equal, fixed)))
        for arm in self._access.alternatives:
            columns = [item.column for item in arm if item.match is not Match.RANGE]
            ranges = [self._directed(item.column) for item in arm if item.match is Match.RANGE]
            found[self._keys(columns, ranges)] = None
        found.update(dict.fromkeys([keys[:1] for keys in found]))
        found.update(dict.fromkeys(self._pairs(fixed)))
        if predicate and not any(found):
            found[self._keys([item.column for item in predicate])] = None
        return [keys for keys in found if keys]

    def _pairs(self, fixed: set[str]) -> Iterator[Keys]:
        """Every two of the columns that matter, either first: what the natural orders leave out."""
        access = self._access
        names = dict.fromkeys(
            (
                *(item.column for item in access.conditions if item.match is not Match.PREFIX),
                *(key.column for key in access.order),
                *access.group,
            )
        )
        wanted = [self._directed(name) for name in names if name not in fixed][:MAX_PAIRED]
        given = set(access.columns_bound(Match.EQUAL))
        listed = {*given, *access.columns_bound(Match.ONE_OF)}
        for first, second in permutations(wanted, 2):
            # Of columns with one value each, the order is that of the natural ones.
            if first.name not in listed or second.name not in given:
                yield self._keys((first, second))

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
        order = self._order(access.order, bound)
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
        for further in access.further_orders:
            yield self._keys(equal, self._order(further, bound))
            yield self._keys(self._order(further, set()))
        yield self._keys(ranges[:1], equal, ranges[1:])
        for column in ranges[1:]:
            yield self._keys([column], equal)
        for column in (*equal, *lists, *ranges, *prefixes):
            yield self._keys([column])

    def _keys(self, *parts: Iterable[str | KeyColumn | None]) -> Keys:
        """The columns of the parts, each once, up to the first that no B-tree takes."""
        keys: dict[str, KeyColumn] = {}
        for item in (item for part in parts for item in part if item is not None):
            key = item if isinstance(item, KeyColumn) else KeyColumn(item)
            facts = self._access.facts(key.name)
            if not facts.is_indexable or facts.width > MAX_KEY_WIDTH:
                break
            expression = self._access.expressions.get(key.name)
            keys.setdefault(key.name, replace(key, expression=expression))
        return tuple(keys.values())[:MAX_KEYS]

    def _order(self, order: Sequence[SortKey], bound: set[str]) -> list[KeyColumn]:
        """The sort keys that are not fixed to one value, or exactly their reverse."""
        keys = [KeyColumn.of(key) for key in order if key.column not in bound]
        backwards = [key.reversed() for key in keys]
        return backwards if backwards and self._directed(keys[0].name) == backwards[0] else keys

    def _directed(self, name: str) -> KeyColumn:
        return self._directions.get((self._table.oid, name), KeyColumn(name))

    def _pattern(self, name: str) -> KeyColumn | None:
        facts = self._access.facts(name)
        if not facts.needs_pattern_opclass:
            return KeyColumn(name)
        opclass = pattern_opclass(facts.type_name)
        return KeyColumn(name, opclass=opclass) if opclass else None

    def _covering(self, shape: IndexShape) -> Iterator[IndexShape]:
        """What answers without the table: the rest that is read included, or as further keys."""
        access = self._access
        if access.reads_whole_row:
            return
        # What a condition on a set of values leaves, is still looked at.
        stated = {
            name
            for item in shape.predicate
            if item.constant is not Constant.VALUES
            for name in item.columns
        }
        ordered = {
            name
            for item in shape.predicate
            if item.constant in BETWEEN_COLUMNS
            for name in item.columns
        }
        for left_out in dict.fromkeys((frozenset(stated), frozenset(stated - ordered))):
            yield from self._including(shape, left_out)

    def _including(self, shape: IndexShape, stated: frozenset[str]) -> Iterator[IndexShape]:
        access = self._access
        plain = {key.name for key in shape.keys if key.expression is None}
        missing = access.read - plain - stated
        include = tuple(name for name in self._table.columns if name in missing)
        is_stable = not any((self._table.oid, name) in self._written for name in include)
        if not is_stable or not may_include(self._table, include):
            return
        covering = replace(shape, include=include)
        yield covering
        keys = self._keys(shape.keys, include)
        if len(keys) == len(shape.keys) + len(include):
            wider = replace(shape, keys=keys)
            if index_size(wider) < WORTH_A_KEY * index_size(covering):
                yield wider

    def _narrow(self, predicate: Predicate) -> Iterator[IndexShape]:
        read = [name for name in self._table.columns if name in self._access.read]
        by_distinct = sorted(read, key=lambda name: (self._distinct(name), name))
        keys = self._keys(by_distinct[:1])
        if keys and not self._access.reads_whole_row:
            shape = IndexShape(self._table, keys, (), predicate)
            if len(read) == 1:
                yield shape
            yield from self._covering(shape)

    def _distinct(self, name: str) -> float:
        return self._access.facts(name).distinct(self._table.row_count)


def may_include(table: Table, include: tuple[str, ...]) -> bool:
    width = sum(table.columns[name].width for name in include)
    return 0 < len(include) <= MAX_INCLUDED and width <= MAX_INCLUDED_WIDTH
