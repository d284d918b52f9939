"""How large a B-tree would be. HypoPG's own estimate knows nothing of deduplication and is two to
four times too large; this one follows what CREATE INDEX does with the statistics there are.
"""

from __future__ import annotations

import math
from typing import Final

from optimizer.advise.access import Constant, ConstantCondition
from optimizer.advise.catalogue import Column, Table
from optimizer.advise.shapes import IndexShape

PAGE: Final = 8192
PAGE_OVERHEAD: Final = 24 + 16  # page header, and what a B-tree keeps at the page's end
FILL: Final = 0.9
LINE_POINTER: Final = 4
TUPLE_HEADER: Final = 8
ROW_POINTER: Final = 6
POSTING_LIMIT: Final = PAGE // 10  # CREATE INDEX packs equal keys into tuples of a tenth of a page
ALIGNMENTS: Final = {"c": 1, "s": 2, "i": 4, "d": 8}
HALF: Final = 0.5  # where nothing is known of a boolean
UNKNOWN_NULLS: Final = 0.1


def row_share(condition: ConstantCondition, table: Table) -> float:
    """The share of a table's rows that meet a condition, as its statistics tell."""
    column = table.columns[condition.column]
    match condition.constant:
        case Constant.NULL:
            return UNKNOWN_NULLS if column.null_share is None else column.null_share
        case Constant.NOT_NULL:
            return 1.0 - column.nulls
    value = "t" if condition.constant is Constant.TRUE else "f"
    if not column.common_values:
        return HALF
    return column.share_of(value) or 0.0


def rows_covered(shape: IndexShape) -> float:
    share = math.prod(row_share(condition, shape.table) for condition in shape.predicate)
    return shape.table.row_count * share


def index_size(shape: IndexShape) -> int:
    """Bytes of the index, built anew on the table as it is."""
    columns = [shape.table.columns[name] for name in (*shape.columns, *shape.include)]
    tuple_bytes = _aligned(TUPLE_HEADER + _data_bytes(columns), 8)
    rows = rows_covered(shape)
    empty = rows * columns[0].nulls if len(columns) == 1 else 0.0
    if shape.include or not all(column.deduplicates for column in columns):
        leaf_bytes = rows * (tuple_bytes + LINE_POINTER)
    else:
        groups = distinct_keys(shape.table, shape.columns, rows - empty)
        leaf_bytes = _deduplicated(rows - empty, groups, tuple_bytes)
        leaf_bytes += _deduplicated(empty, 1.0, 2 * TUPLE_HEADER)
    leaves = math.ceil(leaf_bytes / ((PAGE - PAGE_OVERHEAD) * FILL))
    inner = math.ceil(leaves * (tuple_bytes + LINE_POINTER) / (PAGE * FILL))
    return (1 + max(1, leaves) + (inner if leaves > 1 else 0)) * PAGE


def _deduplicated(rows: float, groups: float, tuple_bytes: int) -> float:
    """Bytes of the leaves' tuples, where equal keys are stored once with a list of rows."""
    if rows <= groups:
        return rows * (tuple_bytes + LINE_POINTER)
    room = max(1, (POSTING_LIMIT - tuple_bytes) // ROW_POINTER)
    tuples = groups * math.ceil(rows / groups / room)
    # A key that occurs once needs no list.
    pointers = min(rows, 2 * (rows - groups))
    return tuples * (tuple_bytes + LINE_POINTER) + pointers * ROW_POINTER


def distinct_keys(table: Table, columns: tuple[str, ...], rows: float) -> float:
    """Different combinations of values in that many rows; columns are taken for independent."""
    if len(columns) == 1:
        column = table.columns[columns[0]]
        present = table.row_count * (1.0 - column.nulls)
        boxes = column.distinct(table.row_count)
        # All of them for all rows; of a part of the rows a part.
        return boxes if rows >= present else max(1.0, boxes * -math.expm1(-rows / boxes))
    counts = [_distinct(table, name) for name in columns]
    if max(counts) >= table.row_count:
        return max(1.0, rows)
    boxes = math.prod(counts)
    # So many balls into so many boxes: how many boxes are hit.
    return max(1.0, boxes * -math.expm1(-rows / boxes))


def _distinct(table: Table, name: str) -> float:
    column = table.columns[name]
    return column.distinct(table.row_count) + (1 if column.nulls else 0)


def _data_bytes(columns: list[Column]) -> int:
    offset = 0
    for column in columns:
        alignment = ALIGNMENTS.get(column.alignment, 1)
        # Short texts are stored with a one-byte header and unaligned.
        if column.fixed_width > 0:
            offset = _aligned(offset, alignment)
        present = 1.0 - column.nulls
        offset += math.ceil(column.width * present)
    return offset


def _aligned(size: int, to: int) -> int:
    return -(-size // to) * to
