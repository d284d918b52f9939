"""Findings on statements that no index helps: what stands in the way is in how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from django.utils.translation import ngettext

from optimizer.advise.findings.reasons import Reason
from optimizer.advise.findings.unsearchable import ConditionReasons
from optimizer.advise.findings.wholesale import wholesale_reads
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.expressions import ExpressionReader
from optimizer.advise.understanding.levels import LevelBuilder
from optimizer.exceptions import PlanUnavailable
from optimizer.records import Finding, Index, Severity, Verdict

MAX_STATEMENTS: Final = 100  # those that took most time
MIN_SHARE: Final = 0.01  # of the time of all
SLOW_MEAN_S: Final = 0.020
TEXTS_QUOTED: Final = 3


def misfit_findings(
    connection: psycopg.Connection[Any],
    statements: Sequence[Statement],
    catalogue: Catalogue,
    *,
    indexes: Sequence[Index],
) -> list[Finding]:
    """One finding for each reason, the one that costs most time first. Only statements that take
    their share of the time are looked at; in a workload that nobody measured, all."""
    expressions = ExpressionReader(connection)
    found: dict[Reason, list[Statement]] = {}
    for statement in _heavy(statements):
        for reason in _reasons(statement, LevelBuilder(catalogue, expressions), indexes):
            if reason.verdict is Verdict.PROBLEM or _is_slow(statement):
                users = found.setdefault(reason, [])
                if statement not in users:
                    users.append(statement)
    return [_finding(reason, users) for reason, users in found.items()]


def _heavy(statements: Sequence[Statement]) -> list[Statement]:
    total = sum(statement.source.total_time for statement in statements)
    ranked = sorted(statements, key=lambda statement: -statement.source.total_time)
    return [
        statement
        for statement in ranked
        if _is_slow(statement) or statement.source.total_time >= MIN_SHARE * total
    ][:MAX_STATEMENTS]


def _is_slow(statement: Statement) -> bool:
    """True also where nobody measured it."""
    source = statement.source
    return not source.total_time or source.total_time / max(1, source.calls) >= SLOW_MEAN_S


def _reasons(statement: Statement, builder: LevelBuilder, indexes: Sequence[Index]) -> list[Reason]:
    try:
        levels = builder.build(statement.plannable.statement)
    except PlanUnavailable:
        return []  # the advisor lists it among those that it skipped
    conditions = ConditionReasons(statement, indexes)
    return [
        reason
        for level in levels
        for reason in (*conditions.read(level), *wholesale_reads(statement, level))
    ]


def _finding(reason: Reason, users: Sequence[Statement]) -> Finding:
    texts = [statement.source.query for statement in users[:TEXTS_QUOTED]]
    more = len(users) - len(texts)
    if more:
        texts.append(
            ngettext("and %(count)d statement more", "and %(count)d statements more", more)
            % {"count": more}
        )
    return Finding(
        code=reason.code,
        verdict=reason.verdict,
        severity=Severity.WARNING if reason.verdict is Verdict.PROBLEM else Severity.INFO,
        message=reason.message,
        subject=reason.table.qualified_name,
        detail="\n\n".join(texts),
        remedy=reason.remedy,
    )
