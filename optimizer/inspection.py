"""Collects what `optimize_db` reports. A part that fails does not take the others with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from optimizer.exceptions import (
    OptimizerError,
    StatementsUnavailable,
    UnknownAlias,
    UnknownTable,
)
from optimizer.judgement import judge_advice, worst_first
from optimizer.migration_writer.plan import MigrationPlan
from optimizer.models import MaintenanceRun
from optimizer.overview import overview
from optimizer.records import (
    Advice,
    AdviceLimits,
    Finding,
    SlowQuery,
    TableStats,
    WorkloadStatement,
)
from optimizer.service import UNLIMITED, db_optimizer

Value = TypeVar("Value")


class Part(StrEnum):
    SLOW_QUERIES = "slow_queries"
    SUGGESTIONS = "suggestions"
    TABLE_STATS = "table_stats"


ALL_PARTS = frozenset(Part)


@dataclass(slots=True)
class Report:
    """What was asked for, as far as it could be had. None: it was not asked for, or it failed."""

    database: str  # the alias
    findings: list[Finding] = field(default_factory=list)  # the worst first
    slow_queries: list[SlowQuery] | None = None
    advice: Advice | None = None
    table_stats: list[TableStats] | None = None
    maintenance: list[MaintenanceRun] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)  # statements of a dry run
    migration: MigrationPlan | None = None
    is_migration_written: bool = False
    failures: list[str] = field(default_factory=list)


def inspect(
    alias: str,
    *,
    parts: Collection[Part],
    limit: int,
    table_name: str | None = None,
    statements: Sequence[WorkloadStatement] | None = None,
    limits: AdviceLimits = UNLIMITED,
) -> Report:
    """The report of a database; conclusions only where the whole of it is looked at.

    `statements` are what indexes are suggested for, instead of what pg_stat_statements lists.
    Raises `UnknownAlias` and `UnknownTable`; anything else is among the failures.
    """
    report = Report(database=alias)
    is_whole = parts == ALL_PARTS and table_name is None
    if is_whole and not _look_over(report):
        return report
    if table_name is not None and Part.SUGGESTIONS in parts:
        problems = _attempt(report, lambda: db_optimizer.find_index_problems(alias, table_name))
        report.findings = problems or []
    if Part.SLOW_QUERIES in parts:
        report.slow_queries = _attempt(
            report,
            lambda: db_optimizer.analyze_slow_queries(alias, limit=limit, table_name=table_name),
        )
    if Part.SUGGESTIONS in parts:
        report.advice = _attempt(
            report,
            lambda: db_optimizer.advise(alias, table_name, statements=statements, limits=limits),
        )
    if Part.TABLE_STATS in parts:
        report.table_stats = _attempt(report, lambda: table_stats(alias, table_name))
    _conclude(report, is_whole=is_whole)
    return report


def _look_over(report: Report) -> bool:
    """Says whether the database answers."""
    found = overview(report.database)
    report.findings = list(found.findings)
    if not found.is_up:
        report.failures.append(found.findings[0].message)
    return found.is_up


def _conclude(report: Report, *, is_whole: bool) -> None:
    if report.advice is not None:
        known = {(finding.code, finding.subject) for finding in report.findings}
        report.findings += [
            new for new in report.advice.findings if (new.code, new.subject) not in known
        ]
        if is_whole:
            report.findings += judge_advice(report.advice, alias=report.database)
    report.findings = list(worst_first(report.findings))


def table_stats(alias: str, table_name: str | None) -> list[TableStats]:
    """Of one table, or of all where none is named."""
    if table_name is None:
        return db_optimizer.all_table_stats(alias)
    return [db_optimizer.get_table_stats(alias, table_name)]


def _attempt(report: Report, collect: Callable[[], Value]) -> Value | None:
    try:
        return collect()
    except (UnknownAlias, UnknownTable):
        raise
    except StatementsUnavailable as exc:
        # Where the conclusions say it already, the rest of the report is still worth having.
        if all(finding.code != "statements-unavailable" for finding in report.findings):
            report.failures.append(str(exc))
    except OptimizerError as exc:
        if str(exc) not in report.failures:
            report.failures.append(str(exc))
    return None
