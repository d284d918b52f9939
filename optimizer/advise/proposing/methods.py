"""Where another method than a B-tree may be the better one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from optimizer.advise.proposing.shapes import IndexShape, KeyColumn, Method
from optimizer.advise.proposing.sizes import index_size
from optimizer.advise.understanding.access import Match, TableAccess

MIN_HASHED_WIDTH: Final = 40  # bytes: a hash takes four, whatever it stands for
MIN_PAGES: Final = 10_000  # a smaller table has few ranges of pages to pass over
MIN_CORRELATION: Final = 0.9
ONE_VALUE: Final = (Match.EQUAL, Match.ONE_OF, Match.JOIN)


def hashes(access: TableAccess) -> Iterator[IndexShape]:
    """For wide texts that are compared for equality only."""
    sorted_by = {key.column for order in (access.order, *access.further_orders) for key in order}
    for name in access.columns_bound(*ONE_VALUE):
        facts = access.facts(name)
        bound = {item.match for item in access.conditions if item.column == name}
        is_compared_only = bound <= set(ONE_VALUE) and name not in {*sorted_by, *access.group}
        if not is_compared_only or facts.category != "S" or facts.width <= MIN_HASHED_WIDTH:
            continue
        key = KeyColumn(name, expression=access.expressions.get(name))
        shape = IndexShape(access.table, (key,), method=Method.HASH)
        if index_size(shape) < index_size(IndexShape(access.table, (key,))):
            yield shape


def block_ranges(access: TableAccess) -> Iterator[IndexShape]:
    """For ranges of what lies on disk in its own order."""
    if access.table.pages < MIN_PAGES:
        return
    for name in access.columns_bound(Match.RANGE):
        facts = access.facts(name)
        is_ordered = facts.correlation is not None and abs(facts.correlation) >= MIN_CORRELATION
        if is_ordered and facts.is_indexable:
            yield IndexShape(access.table, (KeyColumn(name),), method=Method.BRIN)
