"""Indexes that stand for two: a little more of each, and a lot less than both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.advise.proposing.candidates import MAX_KEYS, may_include
from optimizer.advise.proposing.shapes import IndexShape, Method


def merged(first: IndexShape, second: IndexShape) -> Iterator[IndexShape]:
    """The keys of the first, then what the second adds, as further keys or included."""
    if not _may_merge(first, second):
        return
    added = tuple(key for key in second.keys if key.name not in first.columns)
    if added and len(first.keys) + len(added) <= MAX_KEYS:
        yield IndexShape(first.table, first.keys + added, (), first.predicate)
    if any(key.expression for key in second.keys):
        return  # what is computed cannot be included
    wanted = dict.fromkeys((*first.include, *second.columns, *second.include))
    include = tuple(name for name in wanted if name not in first.columns)
    if include != first.include and may_include(first.table, include):
        yield replace(first, include=include)


def _may_merge(first: IndexShape, second: IndexShape) -> bool:
    return (
        first.table is second.table
        and first.predicate == second.predicate
        and first.method is second.method is Method.BTREE
        # To serve the second too, it has to begin with a column of it.
        and first.keys[0].name in second.columns
    )
