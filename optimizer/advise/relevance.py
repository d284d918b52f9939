"""Which candidates can matter to which part of a statement: the others need no question."""

from __future__ import annotations

from optimizer.advise.access import TableAccess
from optimizer.advise.shapes import IndexShape


def may_serve(shape: IndexShape, access: TableAccess) -> bool:
    """Whether an index can matter to an access at all: its first column is asked about, or all
    that is read is in it, and it leaves out no row that is wanted."""
    if shape.table is not access.table:
        return False
    if shape.predicate and not set(shape.predicate) <= set(access.constants):
        return False
    held = {*shape.columns, *shape.include}
    if not access.reads_whole_row and access.read <= held:
        return True
    return bool(shape.predicate) or shape.keys[0].name in _leading(access)


def _leading(access: TableAccess) -> set[str]:
    columns = {condition.column for condition in access.conditions}
    columns.update(condition.column for arm in access.alternatives for condition in arm)
    columns.update(key.column for key in access.order[:1])
    columns.update(access.group)
    return columns
