"""Reads of so much of a table that no index saves any: far pages, counts, most of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.utils.translation import gettext as _
from pglast import ast

from optimizer.advise.findings.reasons import MIN_ROWS, Reason, captured_values
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Table
from optimizer.advise.understanding.scope import Level
from optimizer.advise.understanding.tree import is_a, without_cast
from optimizer.records import Verdict

DEEP_OFFSET: Final = 1_000
COUNTED_ROWS: Final = 100_000
RETURNED_ROWS: Final = 10_000
MOST: Final = 0.5  # of the rows of a table


def wholesale_reads(statement: Statement, level: Level) -> Iterator[Reason]:
    select = level.node
    accesses = level.accesses
    if not is_a(select, ast.SelectStmt) or not accesses:
        return
    largest = max((access.table for access in accesses), key=lambda table: table.row_count)
    offset = _offset(statement, select)
    if offset is None and largest.row_count >= MIN_ROWS:
        yield _deep_offset(largest, is_certain=False)
    elif offset is not None and offset >= DEEP_OFFSET:
        yield _deep_offset(largest, is_certain=True)
    if len(level.sources) == 1 and _counts_everything(select):
        if largest.row_count >= COUNTED_ROWS:
            yield _count(largest)
    elif level.parent is None and len(statement.accesses) == 1 and _returns_most(statement):
        yield _most(largest)


def _offset(statement: Statement, select: Any) -> int | None:
    """The largest OFFSET; 0 where there is none, None where nobody knows."""
    literal = without_cast(select.limitOffset)
    if is_a(literal, ast.ParamRef):
        values = captured_values(statement, literal.number)
        numbers = [int(value) for value in values if value.isdecimal()]
        return max(numbers, default=None)
    is_number = is_a(literal, ast.A_Const) and is_a(literal.val, ast.Integer)
    return int(literal.val.ival) if is_number else 0


def _counts_everything(select: Any) -> bool:
    calls = [target.val for target in select.targetList or ()]
    return (
        [is_a(call, ast.FuncCall) and call.agg_star for call in calls] == [True]
        and all(call.agg_filter is None and call.over is None for call in calls)
        and select.whereClause is None
        and select.groupClause is None
    )


def _returns_most(statement: Statement) -> bool:
    source = statement.source
    (access,) = statement.accesses
    rows = access.table.row_count
    return (
        rows >= RETURNED_ROWS and bool(source.calls) and source.rows / source.calls >= MOST * rows
    )


def _deep_offset(table: Table, *, is_certain: bool) -> Reason:
    if is_certain:
        message = _(
            "Pages far behind in %(table)s are reached by OFFSET, for which all rows before are read "
            "and thrown away: remember the last row of a page and ask for what comes after it."
        )
    else:
        message = _(
            "Pages of %(table)s are reached by OFFSET, how far behind nobody saw: all rows before are "
            "read and thrown away. Remember the last row of a page and ask for what comes after it."
        )
    return Reason(
        "deep-offset",
        table,
        message % {"table": table.qualified_name},
        verdict=Verdict.PROBLEM if is_certain else Verdict.UNKNOWN,
    )


def _count(table: Table) -> Reason:
    return Reason(
        "count-of-everything",
        table,
        _(
            "All rows of %(table)s are counted, which reads it or one of its indexes as a whole: where "
            "about %(rows)d will do, show the planner's estimate (pg_class.reltuples)."
        )
        % {"table": table.qualified_name, "rows": table.row_count},
    )


def _most(table: Table) -> Reason:
    return Reason(
        "returns-most",
        table,
        _(
            "Most rows of %(table)s are returned by each call, for which reading all of it is best: ask "
            "for fewer rows, or for fewer columns."
        )
        % {"table": table.qualified_name},
    )
