"""The optimizer on the command line."""

from __future__ import annotations

import getpass
import shutil
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from optimizer.act import maintenance
from optimizer.exceptions import OptimizerError, UnknownAlias, UnknownTable
from optimizer.inspection import ALL_PARTS, Part, Report, inspect
from optimizer.models import Operation, Origin, RunStatus
from optimizer.report import as_json, as_text, progress_line

WRONG_USAGE = 2
NOT_YET = ("apply", "write_migration", "budget", "workload")


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
            ("--dry-run", _("print what maintenance would run, and run nothing")),
        ):
            parser.add_argument(option, action="store_true", help=only)
        parser.add_argument("--format", choices=["text", "json"], default="text")
        later = _("comes with a later release")
        parser.add_argument("--apply", type=int, nargs="+", metavar="N", help=later)
        parser.add_argument("--write-migration", action="store_true", help=later)
        parser.add_argument("--budget", metavar="SIZE", help=later)
        parser.add_argument("--workload", metavar="FILE", help=later)

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_wrong_usage(options)
        operations = _operations(options)
        parts = _parts(options) or (frozenset() if operations else ALL_PARTS)
        try:
            report = inspect(
                options["alias"],
                parts=parts,
                limit=options["limit"],
                table_name=options["table"],
            )
            for operation in operations:
                self._maintain(report, operation, options)
        except (UnknownAlias, UnknownTable) as exc:
            raise CommandError(str(exc), returncode=WRONG_USAGE) from exc
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
        except (UnknownAlias, UnknownTable):
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


def _refuse_wrong_usage(options: dict[str, Any]) -> None:
    for name in NOT_YET:
        if options[name]:
            raise CommandError(
                _("--%s comes with a later release.") % name.replace("_", "-"),
                returncode=WRONG_USAGE,
            )
    if options["limit"] < 1:
        raise CommandError(_("--limit has to be 1 or more."), returncode=WRONG_USAGE)


def _parts(options: dict[str, Any]) -> frozenset[Part]:
    asked = {
        Part.SLOW_QUERIES: options["slow_queries"],
        Part.SUGGESTIONS: options["suggest"],
        Part.TABLE_STATS: options["stats"],
    }
    return frozenset(part for part, wanted in asked.items() if wanted)


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
