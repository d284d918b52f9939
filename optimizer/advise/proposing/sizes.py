"""How large a B-tree would be. HypoPG's own estimate knows nothing of deduplication and is two to
four times too large; this one follows what CREATE INDEX does with the statistics there are.
"""

from __future__ import annotations

import math
from typing import Final

from optimizer.advise.proposing.shapes import IndexShape, Method
from optimizer.advise.understanding.access import Constant, ConstantCondition
from optimizer.advise.understanding.catalogue import Column, Table

PAGE: Final = 8192
PAGE_OVERHEAD: Final = 24 + 16  # page header, and what a B-tree keeps at the page's end
FILL: Final = 0.9
LINE_POINTER: Final = 4
TUPLE_HEADER: Final = 8
ROW_POINTER: Final = 6
MEAN_PADDING: Final = 4  # of a list of row pointers, to a multiple of 8
POSTING_LIMIT: Final = PAGE // 10  # CREATE INDEX packs equal keys into tuples of a tenth of a page
ALIGNMENTS: Final = {"c": 1, "s": 2, "i": 4, "d": 8}
HASH_ENTRY: Final = 20  # bytes: the hash, where the row is, and a line pointer
HASH_FILL: Final = 0.75
HASH_PHASED: Final = 512  # buckets from which on they are not simply doubled
HASH_OVERFLOW: Final = 0.1
BRIN_RANGE: Final = 128  # pages a summary stands for
BRIN_HEADER: Final = 8
BRIN_MAP_ENTRIES: Final = 1360  # a page
HALF: Final = 0.5  # where nothing is known of a boolean
UNKNOWN_NULLS: Final = 0.1
UNKNOWN_ORDER: Final = 1 / 3  # what the planner assumes of two columns compared


def row_share(condition: ConstantCondition, table: Table) -> float:
    """The share of a table's rows that meet a condition, as its statistics tell."""
    column = table.columns[condition.column]
    match condition.constant:
        case Constant.NULL:
            return UNKNOWN_NULLS if column.null_share is None else column.null_share
        case Constant.NOT_NULL:
            return 1.0 - column.nulls
        case Constant.VALUE | Constant.VALUES:
            shares = (column.usual_share(value, table.row_count) for value in condition.values)
            return min(1.0, sum(shares))
        case Constant.LESS | Constant.AT_MOST:
            return UNKNOWN_ORDER
    value = "t" if condition.constant is Constant.TRUE else "f"
    if not column.common_values:
        return HALF
    return column.share_of(value) or 0.0


def rows_covered(shape: IndexShape) -> float:
    share = math.prod(row_share(condition, shape.table) for condition in shape.predicate)
    return shape.table.row_count * share


def index_size(shape: IndexShape) -> int:
    """Bytes of the index, built anew on the table as it is."""
    match shape.method:
        case Method.HASH:
            return _hash_size(rows_covered(shape))
        case Method.BRIN:
            return _brin_size(shape)
    # Each partition has a tree of its own; they are taken for equally large.
    parts = shape.table.leaf_count
    return parts * _tree_size(shape, rows_covered(shape) / parts)


def _tree_size(shape: IndexShape, rows: float) -> int:
    columns = shape.facts()
    tuple_bytes = _aligned(TUPLE_HEADER + _data_bytes(columns), 8)
    empty = rows * columns[0].nulls if len(columns) == 1 else 0.0
    if shape.include or not all(column.deduplicates for column in columns):
        leaf_bytes = rows * (tuple_bytes + LINE_POINTER)
    else:
        groups = _groups(columns, shape.table.row_count, rows - empty)
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
    lists = min(tuples, rows - groups)
    return tuples * (tuple_bytes + LINE_POINTER) + pointers * ROW_POINTER + lists * MEAN_PADDING


def _groups(columns: list[Column], table_rows: float, rows: float) -> float:
    """Different combinations of values in that many rows; columns are taken for independent."""
    if len(columns) == 1:
        (column,) = columns
        present = table_rows * (1.0 - column.nulls)
        boxes = column.distinct(table_rows)
        # All of them for all rows; of a part of the rows a part.
        return boxes if rows >= present else max(1.0, boxes * -math.expm1(-rows / boxes))
    counts = [column.distinct(table_rows) + (1 if column.nulls else 0) for column in columns]
    if max(counts) >= table_rows:
        return max(1.0, rows)
    boxes = math.prod(counts)
    # So many balls into so many boxes: how many boxes are hit.
    return max(1.0, boxes * -math.expm1(-rows / boxes))


def _hash_size(rows: float) -> int:
    """As CREATE INDEX begins it: buckets for all rows, three quarters full, their number rounded
    up to a power of two or one of the three steps in between."""
    wanted = max(2.0, rows / (PAGE * HASH_FILL // HASH_ENTRY))
    power = 2.0 ** math.floor(math.log2(wanted))
    steps = 4 if power >= HASH_PHASED else 1
    buckets = power * (1 + math.ceil((wanted / power - 1) * steps) / steps)
    # A bucket that is not as even as it should be goes on in another page.
    overflow = buckets * HASH_OVERFLOW
    return math.ceil(2 + buckets + overflow) * PAGE


def _brin_size(shape: IndexShape) -> int:
    ranges = math.ceil(shape.table.pages / BRIN_RANGE)
    entry = _aligned(BRIN_HEADER + 2 * _data_bytes(shape.facts()), 8) + LINE_POINTER
    summaries = math.ceil(ranges * entry / (PAGE - PAGE_OVERHEAD))
    return (1 + math.ceil(ranges / BRIN_MAP_ENTRIES) + max(1, summaries)) * PAGE


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
