"""Statements that fetch one row by its key, thousands of times: a loop asks where one query would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext as _

from optimizer.advise.findings.foreign_keys import ForeignKey
from optimizer.advise.understanding.access import Match, Statement, TableAccess
from optimizer.observe.names import quoted
from optimizer.records import Finding, Index, Severity, Verdict

MIN_CALLS: Final = 1_000
MANY_CALLS: Final = 10_000  # with so many, whatever their share of the time
MIN_SHARE: Final = 0.01  # of the time of all
MIN_ROWS_PER_CALL: Final = 0.5
MAX_ROWS_PER_CALL: Final = 1.5
LISTED: Final = 10


def lookup_findings(
    statements: Sequence[Statement], *, indexes: Sequence[Index], foreign_keys: Sequence[ForeignKey]
) -> list[Finding]:
    """One finding for each such statement, the one that takes most time first."""
    total = sum(statement.source.total_time for statement in statements)
    found = [
        (statement, key)
        for statement in statements
        if _is_frequent(statement, total)
        for key in _looked_up(statement, indexes, foreign_keys)
    ]
    found.sort(key=lambda item: (-item[0].source.total_time, -item[0].source.calls))
    return [_finding(statement, key, total) for statement, key in found[:LISTED]]


def _is_frequent(statement: Statement, total: float) -> bool:
    source = statement.source
    is_one_row = (
        source.calls >= MIN_CALLS
        and MIN_ROWS_PER_CALL <= source.rows / source.calls <= MAX_ROWS_PER_CALL
    )
    share = source.total_time / total if total else 0.0
    return is_one_row and (source.calls >= MANY_CALLS or share >= MIN_SHARE)


def _looked_up(
    statement: Statement, indexes: Sequence[Index], foreign_keys: Sequence[ForeignKey]
) -> list[str]:
    """The key that the statement asks for, and nothing where it is no such statement."""
    select = statement.plannable.statement
    if statement.kind != "SELECT" or len(statement.accesses) != 1:
        return []
    if select.lockingClause:
        return []  # PostgreSQL itself checks foreign keys so, a row at a time
    (access,) = statement.accesses
    fixed = set(access.columns_bound(Match.EQUAL))
    keys = [*_unique_keys(access, indexes), *_referring_columns(access, foreign_keys)]
    return [", ".join(key) for key in keys if set(key) <= fixed][:1]


def _unique_keys(access: TableAccess, indexes: Iterable[Index]) -> list[tuple[str, ...]]:
    names = {quoted(name): name for name in access.table.columns}
    return [
        tuple(names.get(column, column) for column in index.columns)
        for index in indexes
        if index.is_unique and not index.predicate and _is_of(index, access)
    ]


def _referring_columns(
    access: TableAccess, foreign_keys: Iterable[ForeignKey]
) -> list[tuple[str, ...]]:
    return [key.columns for key in foreign_keys if _is_of(key, access)]


def _is_of(item: Index | ForeignKey, access: TableAccess) -> bool:
    table = access.table
    return (item.schema_name, item.table_name) == (table.schema_name, table.name)


def _finding(statement: Statement, key: str, total: float) -> Finding:
    source = statement.source
    (access,) = statement.accesses
    share = source.total_time / total if total else 0.0
    return Finding(
        code="repeated-lookup",
        verdict=Verdict.PROBLEM,
        severity=Severity.WARNING if share >= MIN_SHARE else Severity.INFO,
        message=_(
            "One row of %(table)s by %(key)s was fetched %(calls)d times, in %(seconds).1f s in all "
            "(%(share)d %% of the load). Where a loop asks for them, fetch them together: "
            "select_related() or prefetch_related() in Django, %(key)s = ANY (…) in SQL."
        )
        % {
            "table": access.table.qualified_name,
            "key": key,
            "calls": source.calls,
            "seconds": source.total_time,
            "share": round(share * 100),
        },
        subject=access.table.qualified_name,
        detail=source.query,
    )
