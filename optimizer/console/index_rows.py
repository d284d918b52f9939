"""The indexes of one table, each with what its partitions' indexes add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.records import Index


@dataclass(frozen=True, slots=True)
class IndexRow:
    index: Index
    size_bytes: int
    idx_scan: int


def index_rows(indexes: Sequence[Index], *, schema_name: str, table_name: str) -> list[IndexRow]:
    """Of the table itself, the largest first; `indexes` holds those of its partitions too."""
    children: dict[int, list[Index]] = defaultdict(list)
    for index in indexes:
        if index.parent_oid is not None:
            children[index.parent_oid].append(index)
    rows = [
        _row(index, children)
        for index in indexes
        if (index.schema_name, index.table_name) == (schema_name, table_name)
    ]
    return sorted(rows, key=lambda row: row.size_bytes, reverse=True)


def _row(index: Index, children: dict[int, list[Index]]) -> IndexRow:
    below = [_row(child, children) for child in children[index.oid]]
    return IndexRow(
        index=index,
        size_bytes=index.size_bytes + sum(row.size_bytes for row in below),
        idx_scan=index.idx_scan + sum(row.idx_scan for row in below),
    )
