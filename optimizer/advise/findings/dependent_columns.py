"""Columns that depend on each other, which the planner does not know.

It multiplies the shares of rows that meet each condition, so of two columns of which one follows
from the other it expects far too few rows. Extended statistics tell it. Only pairs that statements
really compare together are looked at, and each is counted in a sample before anything is said. Of
a partitioned table PostgreSQL estimates each partition by itself, so it is left out.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from psycopg import errors, sql

from optimizer.advise.understanding.access import Match, Statement
from optimizer.advise.understanding.catalogue import Table
from optimizer.observe.names import quoted
from optimizer.records import Finding, Severity, Verdict
from optimizer.sql import load, marked

MAX_PAIRS: Final = 20  # those that are asked for most
MAX_SECONDS: Final = 5.0
TIMEOUT: Final = "2s"  # for each sample
SAMPLED_ROWS: Final = 100_000
MIN_HITS: Final = 30  # in the sample; less may be chance
MIN_ROWS: Final = 1_000  # a wrong estimate of fewer does no harm
FACTOR: Final = 10.0
MAX_IDENTIFIER: Final = 63

SET_TIMEOUT = marked("SELECT set_config('statement_timeout', %s, true)")
# The most frequent combination: the one that costs most where it is underestimated.
SAMPLE = marked(
    """SELECT a::text, b::text, count(*), sum(count(*)) OVER ()::bigint
       FROM (SELECT {first} AS a, {second} AS b
             FROM {table} TABLESAMPLE SYSTEM (%s) REPEATABLE (0) LIMIT %s) AS sampled
       GROUP BY a, b ORDER BY a IS NULL OR b IS NULL, count(*) DESC, 1, 2 LIMIT 1"""
)
ESTIMATE = marked(
    "EXPLAIN (FORMAT JSON) SELECT FROM ONLY {table} WHERE {first} = %s AND {second} = %s"
)


@dataclass(frozen=True, slots=True)
class _Pair:
    table: Table
    first: str
    second: str

    @property
    def names(self) -> dict[str, sql.Identifier]:
        return {
            "table": sql.Identifier(self.table.schema_name, self.table.name),
            "first": sql.Identifier(self.first),
            "second": sql.Identifier(self.second),
        }


@dataclass(frozen=True, slots=True)
class _Combination:
    """One pair of values."""

    expected: float  # rows, as the planner estimates them
    counted: float  # rows, as the sample says


def dependent_column_findings(
    connection: psycopg.Connection[Any], statements: Sequence[Statement]
) -> list[Finding]:
    """One finding for each pair; one more for those that could not be counted in time."""
    deadline = time.monotonic() + MAX_SECONDS
    findings: list[Finding] = []
    uncounted: list[_Pair] = []
    for pair, asked in _unknown_pairs(connection, statements)[:MAX_PAIRS]:
        is_late, found = time.monotonic() >= deadline, None
        try:
            found = None if is_late else _most_frequent(connection, pair)
        except errors.QueryCanceled:
            is_late = True
        if is_late:
            uncounted.append(pair)
        elif found is not None and _misleads(found):
            findings.append(_finding(pair, found, asked))
    return findings + _uncounted_findings(uncounted)


def _unknown_pairs(
    connection: psycopg.Connection[Any], statements: Sequence[Statement]
) -> list[tuple[_Pair, int]]:
    """Pairs without extended statistics and the statements that ask for both, in the order of how
    often they are asked for."""
    weights: Counter[_Pair] = Counter()
    asked: Counter[_Pair] = Counter()
    for statement in statements:
        for pair in set(_pairs(statement)):
            weights[pair] += round(statement.weight)
            asked[pair] += 1
    oids = sorted({pair.table.oid for pair in weights})
    known = connection.execute(load("optimizer.advise", "extended_statistics"), {"oids": oids})
    covered = [(oid, set(columns or ())) for oid, columns in known.fetchall()]
    unknown = [
        pair
        for pair in weights
        if not any(
            oid == pair.table.oid and {pair.first, pair.second} <= columns
            for oid, columns in covered
        )
    ]
    unknown.sort(
        key=lambda pair: (-weights[pair], pair.table.qualified_name, pair.first, pair.second)
    )
    return [(pair, asked[pair]) for pair in unknown]


def _pairs(statement: Statement) -> Iterator[_Pair]:
    for access in statement.accesses:
        table = access.table
        if table.is_partitioned or not table.may_select or table.row_count < MIN_ROWS:
            continue
        names = (name for name in access.columns_bound(Match.EQUAL) if name in table.columns)
        for first, second in combinations(sorted(names), 2):
            yield _Pair(table, first, second)


def _most_frequent(connection: psycopg.Connection[Any], pair: _Pair) -> _Combination | None:
    """None where no combination is frequent enough to judge by."""
    percent = min(100.0, 100.0 * SAMPLED_ROWS / pair.table.row_count)
    with connection.transaction():
        connection.execute(SET_TIMEOUT, (TIMEOUT,))
        sample = sql.SQL(SAMPLE).format(**pair.names)
        row = connection.execute(sample, (percent, SAMPLED_ROWS)).fetchone()
        if row is None or row[0] is None or row[1] is None or row[2] < MIN_HITS:
            return None
        first, second, hits, sampled = row
        estimate = sql.SQL(ESTIMATE).format(**pair.names)
        explained = connection.execute(estimate, (first, second)).fetchone()
    assert explained is not None  # noqa: S101 - EXPLAIN has one row
    return _Combination(
        expected=float(explained[0][0]["Plan"]["Plan Rows"]),
        counted=pair.table.row_count * hits / sampled,
    )


def _misleads(found: _Combination) -> bool:
    more, less = sorted((found.expected, found.counted), reverse=True)
    return more >= MIN_ROWS and more >= FACTOR * max(1.0, less)


def _finding(pair: _Pair, found: _Combination, asked: int) -> Finding:
    table = pair.table.qualified_name
    columns = f"{quoted(pair.first)}, {quoted(pair.second)}"
    name = f"{quoted(pair.table.schema_name)}.{quoted(_statistics_name(pair))}"
    return Finding(
        code="dependent-columns",
        verdict=Verdict.PROBLEM,
        severity=Severity.WARNING,
        message=_(
            "The planner expects %(expected)d rows of %(table)s where %(columns)s have certain "
            "values together, and there are about %(counted)d: these columns depend on each other, "
            "and it does not know."
        )
        % {
            "expected": found.expected,
            "counted": found.counted,
            "table": table,
            "columns": columns,
        },
        subject=table,
        detail=_("Statements that compare both: %d.") % asked,
        remedy=(
            f"CREATE STATISTICS {name} (dependencies, ndistinct, mcv) ON {columns} FROM {table};\n"
            f"ANALYZE {table};"
        ),
    )


def _statistics_name(pair: _Pair) -> str:
    name = f"stats_{pair.table.name}_{pair.first}_{pair.second}"
    if len(name.encode()) <= MAX_IDENTIFIER:
        return name
    # PostgreSQL would cut it, and two of them might be cut to the same.
    return "stats_" + hashlib.sha256(name.encode()).hexdigest()[:16]


def _uncounted_findings(pairs: Sequence[_Pair]) -> list[Finding]:
    if not pairs:
        return []
    names = [f"{pair.table.qualified_name} ({pair.first}, {pair.second})" for pair in pairs]
    return [
        Finding(
            code="dependent-columns",
            verdict=Verdict.UNKNOWN,
            severity=Severity.INFO,
            message=_("There was no time to count whether some columns depend on each other."),
            detail="; ".join(names),
        )
    ]
