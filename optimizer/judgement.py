"""What the figures mean, in sentences. Pure functions over records: nothing here asks a server."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optimizer.observe.activity import Activity, LongTransaction
from optimizer.observe.names import quoted
from optimizer.records import (
    Advice,
    Capabilities,
    Finding,
    Severity,
    SlowQuery,
    TableStats,
    Verdict,
)

SLOW_MEAN_S: Final = 0.020
SLOW_CALLS: Final = 100
SLOW_SHARE: Final = 0.05  # with this much of the load a slow statement needs no more calls
HEAVY_SHARE: Final = 0.30
HEAVY_TOTAL_S: Final = 1.0  # below this a share of the load says nothing

TABLE_ROWS: Final = 1_000  # smaller tables need no statistics to be read well
DEAD_ROWS: Final = 10_000
DEAD_SHARE: Final = 0.20
CHANGED_SHARE: Final = 0.20  # of the rows, since the last ANALYZE

CACHE_BLOCKS: Final = 1_000_000  # read from cache or disk before the share is worth judging
CACHE_WARNING: Final = 0.99
CACHE_CRITICAL: Final = 0.95

CONNECTIONS_WARNING: Final = 0.80
CONNECTIONS_CRITICAL: Final = 0.90

LONG_TRANSACTION_S: Final = 300
LONG_TRANSACTION_CRITICAL_S: Final = 3600

YOUNG_STATISTICS: Final = timedelta(days=7)
NAMES_LISTED: Final = 5

_ORDER: Final = {
    (Verdict.PROBLEM, Severity.CRITICAL): 0,
    (Verdict.PROBLEM, Severity.WARNING): 1,
    (Verdict.PROBLEM, Severity.INFO): 2,
    (Verdict.UNKNOWN, Severity.CRITICAL): 3,
    (Verdict.UNKNOWN, Severity.WARNING): 3,
    (Verdict.UNKNOWN, Severity.INFO): 4,
}


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Problems by severity, then what could not be judged, then what is fine."""
    return tuple(sorted(findings, key=lambda found: _ORDER.get((found.verdict, found.severity), 5)))


def fine(code: str, message: str) -> Finding:
    return Finding(code=code, verdict=Verdict.OK, severity=Severity.INFO, message=message)


def unknown(
    code: str, message: str, *, subject: str = "", detail: str = "", remedy: str = ""
) -> Finding:
    return Finding(
        code=code,
        verdict=Verdict.UNKNOWN,
        severity=Severity.WARNING,
        message=message,
        subject=subject,
        detail=detail,
        remedy=remedy,
    )


def judge_capabilities(found: Capabilities, *, now: datetime) -> list[Finding]:
    findings = []
    if not found.has_pg_stat_statements:
        findings.append(
            unknown(
                "statements-unavailable",
                _("Slow statements cannot be seen. %s") % found.pg_stat_statements_problem,
            )
        )
    elif not found.reads_all_stats:
        findings.append(
            unknown(
                "statements-hidden",
                _("Only the statements of the role %s can be seen, not those of others.")
                % found.role,
                remedy=f"GRANT pg_read_all_stats TO {quoted(found.role)};",
            )
        )
    if not found.has_hypopg:
        findings.append(
            unknown(
                "hypopg-missing",
                _("Index suggestions are judged by rules, not proved. %s") % found.hypopg_problem,
            )
        )
    return findings + _judge_history(found, now=now)


def _judge_history(found: Capabilities, *, now: datetime) -> list[Finding]:
    findings = []
    if found.statements_evicted:
        findings.append(
            Finding(
                code="statements-evicted",
                verdict=Verdict.PROBLEM,
                severity=Severity.INFO,
                message=ngettext(
                    "pg_stat_statements made room %d time by forgetting statements.",
                    "pg_stat_statements made room %d times by forgetting statements.",
                    found.statements_evicted,
                )
                % found.statements_evicted,
                remedy="ALTER SYSTEM SET pg_stat_statements.max = 20000;",
                detail=_("It takes effect when the server is restarted."),
            )
        )
    if found.stats_reset is None:
        findings.append(
            _young(_("Nothing tells since when the statistics of this database count."))
        )
    elif now - found.stats_reset < YOUNG_STATISTICS:
        findings.append(
            _young(
                _("The statistics of this database began %s: too young to tell habits by.")
                % f"{found.stats_reset:%Y-%m-%d %H:%M %Z}"
            )
        )
    return findings


def _young(message: str) -> Finding:
    return Finding(
        code="statistics-young",
        verdict=Verdict.UNKNOWN,
        severity=Severity.INFO,
        message=message,
    )


def judge_slow_queries(queries: Sequence[SlowQuery], *, alias: str) -> list[Finding]:
    """Expects the heaviest statement first."""
    slow = [query for query in queries if _is_slow(query)]
    findings = []
    if slow:
        findings.append(
            Finding(
                code="slow-statements",
                verdict=Verdict.PROBLEM,
                severity=Severity.WARNING,
                message=ngettext(
                    "%(count)d statement is slow: %(mean)d ms or more on average, and "
                    "%(calls)d calls or %(share)d %% of the load.",
                    "%(count)d statements are slow: %(mean)d ms or more on average, and "
                    "%(calls)d calls or %(share)d %% of the load each.",
                    len(slow),
                )
                % {
                    "count": len(slow),
                    "mean": SLOW_MEAN_S * 1000,
                    "calls": SLOW_CALLS,
                    "share": SLOW_SHARE * 100,
                },
                remedy=f"manage.py optimize_db {alias} --suggest",
            )
        )
    heaviest = queries[0] if queries else None
    if heaviest and heaviest.share_of_load >= HEAVY_SHARE and heaviest.total_time >= HEAVY_TOTAL_S:
        findings.append(
            Finding(
                code="heavy-statement",
                verdict=Verdict.PROBLEM,
                severity=Severity.WARNING,
                message=_("One statement takes %(share)d %% of the time of all.")
                % {"share": round(heaviest.share_of_load * 100)},
                detail=heaviest.query,
                remedy=f"manage.py optimize_db {alias} --slow-queries --limit 1",
            )
        )
    return findings or [fine("slow-statements", _("No statement is slow."))]


def _is_slow(query: SlowQuery) -> bool:
    is_heavy = query.share_of_load >= SLOW_SHARE and query.total_time >= HEAVY_TOTAL_S
    return query.avg_time >= SLOW_MEAN_S and (query.call_count >= SLOW_CALLS or is_heavy)


def judge_advice(advice: Advice, *, alias: str) -> list[Finding]:
    """Nothing where there was no statement to judge by."""
    if not advice.statements_analysed:
        return []
    if not advice.suggestions:
        return [fine("suggestions", _("No index is missing for what this database was asked."))]
    saved = 1 - advice.cost_with_suggestions / advice.baseline_cost if advice.baseline_cost else 0
    return [
        Finding(
            code="suggestions",
            verdict=Verdict.PROBLEM,
            severity=Severity.WARNING,
            message=ngettext(
                "%(count)d index would take %(share)d %% off the planner's cost of this workload.",
                "%(count)d indexes would take %(share)d %% off the planner's cost of this workload.",
                len(advice.suggestions),
            )
            % {"count": len(advice.suggestions), "share": round(saved * 100)},
            remedy=f"manage.py optimize_db {alias} --suggest",
        )
    ]


def judge_tables(tables: Sequence[TableStats], *, alias: str) -> list[Finding]:
    worth_it = [table for table in tables if table.n_live_tup >= TABLE_ROWS]
    findings = [
        *_tables_finding(
            "never-analysed",
            [table for table in worth_it if table.last_analyze is None],
            lambda count: ngettext(
                "%(count)d table was never analysed, so its plans are guesses: %(tables)s.",
                "%(count)d tables were never analysed, so their plans are guesses: %(tables)s.",
                count,
            ),
            command=f"manage.py optimize_db {alias} --analyze",
        ),
        *_tables_finding(
            "stale-statistics",
            [table for table in worth_it if _is_stale(table)],
            lambda count: ngettext(
                "%(count)d table changed much since it was analysed: %(tables)s.",
                "%(count)d tables changed much since they were analysed: %(tables)s.",
                count,
            ),
            command=f"manage.py optimize_db {alias} --analyze",
        ),
        *_tables_finding(
            "dead-rows",
            [
                table
                for table in tables
                if table.n_dead_tup >= DEAD_ROWS and table.dead_share >= DEAD_SHARE
            ],
            lambda count: ngettext(
                "%(count)d table consists of dead rows for a fifth or more: %(tables)s.",
                "%(count)d tables consist of dead rows for a fifth or more: %(tables)s.",
                count,
            ),
            command=f"manage.py optimize_db {alias} --vacuum",
        ),
        *_tables_finding(
            "never-vacuumed",
            [table for table in worth_it if table.last_vacuum is None],
            lambda count: ngettext(
                "%(count)d table was never vacuumed, so index-only scans read it all: %(tables)s.",
                "%(count)d tables were never vacuumed, so index-only scans read them all: "
                "%(tables)s.",
                count,
            ),
            command=f"manage.py optimize_db {alias} --vacuum",
            severity=Severity.INFO,
        ),
    ]
    return findings or [fine("tables", _("All tables are vacuumed and analysed."))]


def judge_activity(found: Activity, *, alias: str) -> list[Finding]:
    used = {"used": found.connections, "usable": found.usable_connections}
    sentence = _("%(used)d of %(usable)d connections of the server are in use.") % used
    if found.connections_share < CONNECTIONS_WARNING:
        connections = fine("connections", sentence)
    else:
        critical = found.connections_share >= CONNECTIONS_CRITICAL
        connections = Finding(
            code="connections",
            verdict=Verdict.PROBLEM,
            severity=Severity.CRITICAL if critical else Severity.WARNING,
            message=sentence,
            remedy=f"ALTER SYSTEM SET max_connections = {found.usable_connections * 2};",
            detail=_("Or lower the pool sizes. It takes effect when the server is restarted."),
        )
    return [connections, _judge_cache(found, alias=alias)]


def judge_long_transactions(found: Sequence[LongTransaction]) -> list[Finding]:
    return [_long_transaction(transaction) for transaction in found] or [
        fine("long-transactions", _("No transaction has been open for long."))
    ]


def _judge_cache(found: Activity, *, alias: str) -> Finding:
    share = found.cache_hit_share
    if share is None or found.blocks_hit + found.blocks_read < CACHE_BLOCKS:
        return Finding(
            code="cache",
            verdict=Verdict.UNKNOWN,
            severity=Severity.INFO,
            message=_("Too little was read yet to judge the cache."),
        )
    sentence = _("%(share).1f %% of all blocks were found in the cache.") % {"share": share * 100}
    if share >= CACHE_WARNING:
        return fine("cache", sentence)
    return Finding(
        code="cache",
        verdict=Verdict.PROBLEM,
        severity=Severity.CRITICAL if share < CACHE_CRITICAL else Severity.WARNING,
        message=sentence,
        detail=_("Where the suggested indexes do not cure it, raise shared_buffers."),
        remedy=f"manage.py optimize_db {alias} --slow-queries --suggest",
    )


def _long_transaction(found: LongTransaction) -> Finding:
    idle = found.state.startswith("idle in transaction")
    function = "pg_terminate_backend" if idle else "pg_cancel_backend"
    critical = found.seconds >= LONG_TRANSACTION_CRITICAL_S
    return Finding(
        code="long-transaction",
        verdict=Verdict.PROBLEM,
        severity=Severity.CRITICAL if critical else Severity.WARNING,
        message=_(
            "A transaction of %(role)s (%(application)s) has been open for %(minutes)d minutes: "
            "it keeps dead rows from being removed."
        )
        % {
            "role": found.role,
            "application": found.application_name or _("no name"),
            "minutes": found.seconds // 60,
        },
        subject=str(found.pid),
        detail=found.state,
        remedy=f"SELECT {function}({found.pid});",
    )


def _is_stale(table: TableStats) -> bool:
    return table.last_analyze is not None and table.n_mod_since_analyze >= max(
        DEAD_ROWS, CHANGED_SHARE * table.n_live_tup
    )


def _tables_finding(
    code: str,
    tables: Sequence[TableStats],
    message: Callable[[int], str],
    *,
    command: str,
    severity: Severity = Severity.WARNING,
) -> list[Finding]:
    """One finding for all tables of a kind; for a single one the command names it."""
    if not tables:
        return []
    names = [f"{quoted(table.schema_name)}.{quoted(table.table_name)}" for table in tables]
    listed = ", ".join(names[:NAMES_LISTED]) + (", …" if len(names) > NAMES_LISTED else "")
    return [
        Finding(
            code=code,
            verdict=Verdict.PROBLEM,
            severity=severity,
            message=message(len(names)) % {"count": len(names), "tables": listed},
            subject=names[0] if len(names) == 1 else "",
            detail=", ".join(names),
            remedy=f"{command} --table {shlex.quote(names[0])}" if len(names) == 1 else command,
        )
    ]
