"""How a report looks in a terminal, in a pipe and as JSON."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from optimizer import advice_text
from optimizer.inspection import Report
from optimizer.migration_writer.plan import MigrationPlan
from optimizer.models import MaintenanceRun, RunStatus
from optimizer.observe.names import quoted
from optimizer.records import (
    Advice,
    Declined,
    Finding,
    IndexSuggestion,
    Severity,
    SkippedStatement,
    SlowQuery,
    TableStats,
    Verdict,
)
from optimizer.templatetags.optimizer import count, duration, share, size

INDENT: Final = 3
VERDICT_WIDTH: Final = 8
STYLES: Final = {
    Verdict.OK: "green",
    Verdict.UNKNOWN: "cyan",
    Severity.INFO: "yellow",
    Severity.WARNING: "yellow",
    Severity.CRITICAL: "bold red",
}
VERDICTS: Final = {
    Verdict.OK: gettext_lazy("OK"),
    Verdict.UNKNOWN: gettext_lazy("UNKNOWN"),
    Severity.INFO: gettext_lazy("NOTE"),
    Severity.WARNING: gettext_lazy("WARNING"),
    Severity.CRITICAL: gettext_lazy("CRITICAL"),
}


def as_json(report: Report) -> str:
    """One object; times in seconds, sizes in bytes, shares from 0 to 1."""
    advice = report.advice
    document = {
        "database": report.database,
        "findings": [asdict(finding) for finding in report.findings],
        "slow_queries": [_document(query) for query in report.slow_queries or ()],
        "suggestions": [asdict(found) for found in advice.suggestions] if advice else [],
        "table_stats": [_document(table) for table in report.table_stats or ()],
        "maintenance": [_run_document(run) for run in report.maintenance],
        "planned": report.planned,
        "advice": _advice_document(advice) if advice else None,
        "declined": [asdict(declined) for declined in advice.declined] if advice else [],
        "migration": _migration_document(report),
        "failures": report.failures,
    }
    return json.dumps(document, default=_json_value, ensure_ascii=False, indent=2)


def as_text(report: Report, *, width: int, color: bool) -> str:
    """The report for people: conclusions first, statements to copy on lines of their own."""
    printer = _Printer(width=width, color=color)
    if report.findings:
        printer.findings(report.findings)
    if report.slow_queries is not None:
        printer.slow_queries(report.slow_queries)
    if report.advice is not None:
        printer.advice(report.advice)
    if report.migration is not None:
        printer.migration(report.migration, is_written=report.is_migration_written)
    if report.table_stats is not None:
        printer.tables(report.table_stats)
    if report.planned:
        printer.planned(report.planned)
    for run in report.maintenance:
        printer.run(run)
    return printer.text


def progress_line(done: int, total: int, statement: str) -> str:
    """What to say when a statement begins; nothing when the last has ended."""
    return f"[{done + 1}/{total}] {statement}\n" if statement else ""


def _document(record: SlowQuery | TableStats) -> dict[str, Any]:
    """The fields and what is derived from them."""
    derived = {
        name: getattr(record, name)
        for name, member in vars(type(record)).items()
        if isinstance(member, property)
    }
    return asdict(record) | derived


def _advice_document(advice: Advice) -> dict[str, Any]:
    document = asdict(advice)
    del document["suggestions"], document["findings"], document["declined"]
    return document | {"size_bytes": advice_text.total_size(advice)}


def _migration_document(report: Report) -> dict[str, Any] | None:
    plan = report.migration
    if plan is None:
        return None
    return asdict(plan) | {"diff": plan.diff(), "is_written": report.is_migration_written}


def _run_document(run: MaintenanceRun) -> dict[str, Any]:
    return {
        "run_id": run.pk,
        "operation": run.operation,
        "schema_name": run.schema_name,
        "table_name": run.table_name,
        "status": run.status,
        "success": run.status == RunStatus.SUCCEEDED,
        "execution_time": run.seconds,
        "statements": run.statements,
        "size_before": run.size_before,
        "size_after": run.size_after,
        "notices": run.notices,
        "error": run.error,
    }


def _json_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)


def _plain(text: str) -> str:
    """The figures of the console keep together by no-break spaces, which no one can grep for."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


class _Printer:
    """Sentences are wrapped to the terminal; statements and plans never are."""

    def __init__(self, *, width: int, color: bool) -> None:
        self._written = io.StringIO()
        self._console = Console(
            file=self._written,
            width=width,
            force_terminal=color,
            highlight=False,
            markup=False,
            emoji=False,
        )

    @property
    def text(self) -> str:
        # rich fills every wrapped line with spaces.
        return "\n".join(line.rstrip() for line in self._written.getvalue().splitlines())

    def findings(self, findings: Iterable[Finding]) -> None:
        self._heading(_("Conclusions"))
        for finding in findings:
            key = finding.severity if finding.verdict == Verdict.PROBLEM else finding.verdict
            line = Table.grid(padding=(0, 1, 0, 0))
            line.add_row(Text(str(VERDICTS[key]), style=STYLES[key]), _plain(finding.message))
            line.columns[0].min_width = VERDICT_WIDTH
            self._console.print(line)
            if finding.remedy:
                self._verbatim(f"→ {finding.remedy}", indent=VERDICT_WIDTH + 1, style="bold")

    def slow_queries(self, queries: list[SlowQuery]) -> None:
        self._heading(_("Slow queries"))
        if not queries:
            self._sentence(_("pg_stat_statements lists no statement of this database."))
        for number, query in enumerate(queries, start=1):
            self._console.print(_plain(f"{number}. {query.kind}: {_load(query)}"))
            self._sentence(_reading(query), style="dim")
            self._verbatim(query.query)
            if query.plan is not None:
                self._sentence(query.plan.problem or _("Generic plan:"), style="dim")
                self._verbatim(query.plan.text, style="dim")

    def advice(self, advice: Advice) -> None:
        self._heading(_("Suggestions"))
        for sentence in advice_text.summary(advice):
            self._sentence(sentence, indent=0)
        for suggestion in advice.suggestions:
            self._suggestion(suggestion)
        if advice.skipped:
            self._skipped(advice.skipped)
        if advice.declined:
            self._heading(_("Thought of, and not suggested"))
        for declined in advice.declined:
            self._declined(declined)

    def migration(self, plan: MigrationPlan, *, is_written: bool) -> None:
        self._heading(_("Migrations"))
        if not plan.files and not plan.plain_sql:
            self._sentence(_("There is nothing to write."), indent=0)
        for note in plan.notes:
            self._sentence(note, indent=0)
        for file in plan.files:
            self._sentence(
                (_("Written: %s") if is_written else _("Would be written: %s")) % file.path,
                indent=0,
            )
        if not is_written:
            self._verbatim(plan.diff(), indent=0)
        for statement in plan.plain_sql:
            self._verbatim(statement, indent=0, style="bold")

    def tables(self, tables: list[TableStats]) -> None:
        self._heading(_("Tables"))
        grid = Table(box=box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
        grid.add_column(_("table"), overflow="fold", min_width=20)
        for title in (
            _("rows"),
            _("size"),
            _("indexes"),
            _("by index"),
            _("dead"),
            _("analysed"),
        ):
            grid.add_column(title, justify="right", no_wrap=True)
        for table in tables:
            grid.add_row(*(_plain(cell) for cell in _cells(table)))
        self._console.print(grid)

    def planned(self, statements: list[str]) -> None:
        self._heading(_("Would be run"))
        for statement in statements:
            self._verbatim(f"{statement};", indent=0)

    def run(self, run: MaintenanceRun) -> None:
        succeeded = run.status == RunStatus.SUCCEEDED
        self._heading(str(run))
        self._console.print(
            _plain(_outcome(run)), style=STYLES[Verdict.OK if succeeded else Severity.CRITICAL]
        )
        for notice in run.notices:
            self._sentence(notice, style="dim")

    def _suggestion(self, suggestion: IndexSuggestion) -> None:
        self._verbatim(advice_text.title(suggestion), indent=0)
        for sentence in advice_text.sentences(suggestion):
            self._sentence(sentence)
        self._verbatim(suggestion.create_sql, style="bold")
        for served in suggestion.statements:
            self._line(advice_text.served(served))

    def _skipped(self, skipped: Sequence[SkippedStatement]) -> None:
        self._sentence(
            ngettext(
                "%d statement could not be judged:",
                "%d statements could not be judged:",
                len(skipped),
            )
            % len(skipped),
            indent=0,
        )
        for reason, number in Counter(statement.reason for statement in skipped).most_common():
            self._sentence(f"{number} × {reason}", style="dim")

    def _declined(self, declined: Declined) -> None:
        table = f"{quoted(declined.schema_name)}.{quoted(declined.table_name)}"
        self._verbatim(f"{table} {declined.definition}", indent=0)
        self._sentence(declined.reason)

    def _heading(self, title: str) -> None:
        self._console.print()
        self._console.print(title, style="bold underline")

    def _sentence(self, text: str, *, indent: int = INDENT, style: str = "default") -> None:
        self._console.print(Padding(Text(_plain(text), style=style), (0, 0, 0, indent)))

    def _line(self, text: str) -> None:
        """As much as fits into one line."""
        line = Text(_plain(text), style="dim", no_wrap=True, overflow="ellipsis")
        self._console.print(Padding(line, (0, 0, 0, INDENT)))

    def _verbatim(self, text: str, *, indent: int = INDENT, style: str = "default") -> None:
        for line in text.splitlines():
            self._console.print(" " * indent + line, style=style, soft_wrap=True)


def _load(query: SlowQuery) -> str:
    return ngettext(
        "%(share)s of the load; %(calls)s call of %(mean)s, %(total)s in total",
        "%(share)s of the load; %(calls)s calls of %(mean)s on average, %(total)s in total",
        query.call_count,
    ) % {
        "share": share(query.share_of_load),
        "mean": duration(query.avg_time),
        "calls": count(query.call_count),
        "total": duration(query.total_time),
    }


def _reading(query: SlowQuery) -> str:
    return _(
        "%(min)s to %(max)s, deviation %(stddev)s; %(rows)s rows a call; %(cache)s from the cache; "
        "%(temp)s temporary blocks; %(wal)s of WAL; role %(role)s"
    ) % {
        "min": duration(query.min_time),
        "max": duration(query.max_time),
        "stddev": duration(query.stddev_time),
        "rows": count(query.rows_per_call),
        "cache": share(query.cache_hit_share),
        "temp": count(query.temp_blocks_written),
        "wal": size(query.wal_bytes),
        "role": query.role,
    }


def _cells(table: TableStats) -> list[str]:
    schema = "" if table.schema_name == "public" else f"{quoted(table.schema_name)}."
    partitions = f" ({count(table.partitions)})" if table.partitions else ""
    return [
        f"{schema}{quoted(table.table_name)}{partitions}",
        count(table.row_count),
        size(table.size_bytes),
        size(table.index_bytes),
        share(table.idx_scan_share),
        share(table.dead_share),
        f"{table.last_analyze:%Y-%m-%d}" if table.last_analyze else _("never"),
    ]


def _outcome(run: MaintenanceRun) -> str:
    if run.status != RunStatus.SUCCEEDED:
        return f"{run.get_status_display()}: {run.error}"
    return _("%(status)s in %(seconds)s; %(before)s before, %(after)s after") % {
        "status": run.get_status_display(),
        "seconds": duration(run.seconds),
        "before": size(run.size_before),
        "after": size(run.size_after),
    }
