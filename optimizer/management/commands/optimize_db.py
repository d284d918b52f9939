"""The optimizer on the command line."""

from __future__ import annotations

import getpass
import math
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from optimizer.act import maintenance
from optimizer.advise.understanding.workload_file import read_workload
from optimizer.budget import parse_budget
from optimizer.exceptions import (
    InvalidBudget,
    OptimizerError,
    UnknownAlias,
    UnknownTable,
    WorkloadUnreadable,
)
from optimizer.inspection import ALL_PARTS, Part, Report, inspect
from optimizer.migration_writer.plan import migration_files, write_files
from optimizer.models import Operation, Origin, RunStatus
from optimizer.records import AdviceLimits, WorkloadStatement
from optimizer.report import as_json, as_text, progress_line

WRONG_USAGE = 2
WRONG_INPUT = (UnknownAlias, UnknownTable, InvalidBudget, WorkloadUnreadable)
LIMITING = ("budget", "hypopg_sizes", "seconds")


class Command(BaseCommand):
    help = "Says what is slow in a database and which index would cure it, and runs maintenance."
    requires_system_checks = []  # a report has to be had from a database that is in trouble

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("alias", help=_("a database of the settings, such as catalog"))
        parser.add_argument("--limit", type=int, default=10, help=_("how many slow queries"))
        parser.add_argument("--table", help=_("only this table: table or schema.table"))
        for option, only in (
            ("--slow-queries", _("only the slow queries")),
            ("--suggest", _("only the suggested indexes")),
            ("--stats", _("only the statistics of the tables")),
            ("--vacuum", _("run VACUUM; with --analyze VACUUM ANALYZE")),
            ("--analyze", _("run ANALYZE")),
            ("--reindex", _("run REINDEX CONCURRENTLY")),
            ("--dry-run", _("print what would be run or written, and do nothing")),
        ):
            parser.add_argument(option, action="store_true", help=only)
        parser.add_argument("--format", choices=["text", "json"], default="text")
        _add_advice_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_wrong_usage(options)
        operations = _operations(options)
        try:
            report = inspect(
                options["alias"],
                parts=_parts(options, has_operations=bool(operations)),
                limit=options["limit"],
                table_name=options["table"],
                statements=_statements(options),
                limits=_limits(options),
            )
            for operation in operations:
                self._maintain(report, operation, options)
        except WRONG_INPUT as exc:
            raise CommandError(str(exc), returncode=WRONG_USAGE) from exc
        except OptimizerError as exc:
            raise CommandError(str(exc)) from exc
        if options["write_migration"]:
            _write_migration(report, dry_run=options["dry_run"])
        if options["format"] == "json":
            self.stdout.write(as_json(report))
        else:
            self.stdout.write(self._text(report, no_color=options["no_color"]))
        if report.failures:
            raise CommandError("\n".join(report.failures))

    def _maintain(self, report: Report, operation: Operation, options: dict[str, Any]) -> None:
        target = {
            "using": options["alias"],
            "operation": operation,
            "table_name": options["table"],
        }
        try:
            if options["dry_run"]:
                report.planned += maintenance.dry_run(**target)
                return
            run = maintenance.request(**target, requested_by=_user_name(), origin=Origin.COMMAND)
            run = maintenance.execute(run.pk, on_progress=self._tell)
        except WRONG_INPUT:
            raise
        except OptimizerError as exc:
            report.failures.append(str(exc))
            return
        report.maintenance.append(run)
        if run.status != RunStatus.SUCCEEDED:
            report.failures.append(run.error)

    def _tell(self, done: int, total: int, statement: str) -> None:
        self.stderr.write(progress_line(done, total, statement), style_func=str, ending="")

    def _text(self, report: Report, *, no_color: bool) -> str:
        color = self.stdout.isatty() and not no_color
        return as_text(report, width=shutil.get_terminal_size().columns, color=color)


def _add_advice_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--workload",
        metavar="FILE",
        type=Path,
        help=_("suggest for the statements of this file instead of pg_stat_statements"),
    )
    parser.add_argument(
        "--budget",
        metavar="SIZE",
        help=_("storage the suggested indexes may take together: 500MB, 10 MiB, 25%% of the data"),
    )
    parser.add_argument(
        "--hypopg-sizes",
        action="store_true",
        help=_("let the budget count HypoPG's estimates, to compare with other advisors"),
    )
    parser.add_argument(
        "--seconds",
        metavar="N",
        type=float,
        default=None,
        help=_("how long the search for indexes may take (default: %d)") % AdviceLimits().seconds,
    )
    parser.add_argument(
        "--write-migration",
        action="store_true",
        help=_("write the suggestions as migrations of the apps that own the tables"),
    )
    parser.add_argument(
        "--apply", type=int, nargs="+", metavar="N", help=_("comes with a later release")
    )


def _refuse_wrong_usage(options: dict[str, Any]) -> None:
    problem = ""
    if options["apply"]:
        problem = _("--apply comes with a later release.")
    elif options["limit"] < 1:
        problem = _("--limit has to be 1 or more.")
    elif options["seconds"] is not None and not 0 < options["seconds"] < math.inf:
        problem = _("--seconds has to be a positive number.")
    if problem:
        raise CommandError(problem, returncode=WRONG_USAGE)


def _parts(options: dict[str, Any], *, has_operations: bool) -> frozenset[Part]:
    asked = {
        Part.SLOW_QUERIES: options["slow_queries"],
        Part.SUGGESTIONS: options["suggest"],
        Part.TABLE_STATS: options["stats"],
    }
    parts = frozenset(part for part, wanted in asked.items() if wanted)
    if options["workload"] or options["write_migration"]:
        return parts | {Part.SUGGESTIONS}
    if parts or has_operations:
        return parts | {Part.SUGGESTIONS} if any(map(options.get, LIMITING)) else parts
    return ALL_PARTS


def _statements(options: dict[str, Any]) -> list[WorkloadStatement] | None:
    return read_workload(options["workload"]) if options["workload"] else None


def _limits(options: dict[str, Any]) -> AdviceLimits:
    budget = options["budget"]
    return AdviceLimits(
        budget_bytes=None if budget is None else parse_budget(budget).in_bytes(options["alias"]),
        counts_hypopg_sizes=options["hypopg_sizes"],
        seconds=AdviceLimits().seconds if options["seconds"] is None else options["seconds"],
    )


def _write_migration(report: Report, *, dry_run: bool) -> None:
    if report.advice is None:
        return
    try:
        report.migration = migration_files(report.database, report.advice.suggestions)
        if not dry_run:
            write_files(report.migration)
            report.is_migration_written = bool(report.migration.files)
    except OptimizerError as exc:
        report.failures.append(str(exc))


def _operations(options: dict[str, Any]) -> list[Operation]:
    operations = []
    if options["vacuum"] and options["analyze"]:
        operations.append(Operation.VACUUM_ANALYZE)
    elif options["vacuum"]:
        operations.append(Operation.VACUUM)
    elif options["analyze"]:
        operations.append(Operation.ANALYZE)
    if options["reindex"]:
        operations.append(Operation.REINDEX)
    return operations


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""  # a container without an entry for its user
