"""Which candidates can matter to which part of a statement: the others need no question."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.advise.proposing.shapes import IndexShape, Method
from optimizer.advise.understanding.access import Match, SortKey, TableAccess


def may_serve(shape: IndexShape, access: TableAccess) -> bool:
    """Whether an index can matter to an access at all: its first column is asked about, or all
    that is read is in it, and it leaves out no row that is wanted."""
    if shape.table is not access.table:
        return False
    if not all(access.meets(condition) for condition in shape.predicate):
        return False
    if shape.method is not Method.BTREE:
        return shape.keys[0].name in _bound(access)
    held = {*shape.columns, *shape.include}
    if not access.reads_whole_row and access.read <= held:
        return True
    return bool(shape.predicate) or shape.keys[0].name in _leading(access)


def _leading(access: TableAccess) -> set[str]:
    orders = (access.order, *access.further_orders)
    return {
        *_bound(access),
        *access.group,
        *(column for order in orders for column in _first(order, access)),
    }


def _first(order: Sequence[SortKey], access: TableAccess) -> list[str]:
    """The column that really sorts: those before it have one value."""
    fixed = set(access.columns_bound(Match.EQUAL))
    return [key.column for key in order if key.column not in fixed][:1]


def _bound(access: TableAccess) -> set[str]:
    columns = {condition.column for condition in access.conditions}
    columns.update(condition.column for arm in access.alternatives for condition in arm)
    return columns
