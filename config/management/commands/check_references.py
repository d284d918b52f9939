from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.databases import DOMAINS
from config.orphans import Orphans, find_orphans
from config.references import all_reference_fields

QUIET_SECONDS = 2.0


class Command(BaseCommand):
    help = "Lists ids that point into another database at rows that are not there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--app", choices=DOMAINS, metavar="LABEL", help="only the tables of this app"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--limit", type=int, default=10, help="orphans named per column; all are counted"
        )

    def handle(self, *args: Any, app: str | None, format: str, limit: int, **options: Any) -> None:
        if limit < 0:
            raise CommandError(_("--limit takes 0 or more."), returncode=2)
        self._quiet_until = time.monotonic() + QUIET_SECONDS
        found = []
        for field in all_reference_fields(app):
            found.append(find_orphans(field, limit=limit, progress=self._progress))
            if format == "text":
                self.stdout.write(_line(found[-1]))
        if format == "json":
            self.stdout.write(json.dumps({"references": [asdict(o) for o in found]}, indent=2))
        _judge(found)

    def _progress(self, field: str, checked: int) -> None:
        if time.monotonic() >= self._quiet_until:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            self.stderr.write(
                _("%(field)s: %(ids)s ids so far")
                % {"field": field, "ids": number_format(checked, force_grouping=True)}
            )


def _judge(found: list[Orphans]) -> None:
    unknown = [orphans.field for orphans in found if orphans.error]
    if unknown:
        raise CommandError(
            _("Not checked: %(fields)s. Bring the database back and run this again.")
            % {"fields": ", ".join(unknown)}
        )
    columns = sum(1 for orphans in found if orphans.count)
    if columns:
        raise CommandError(
            ngettext(
                "%(count)d column points at rows that are missing.",
                "%(count)d columns point at rows that are missing.",
                columns,
            )
            % {"count": columns}
        )


def _line(orphans: Orphans) -> str:
    values = {
        "field": orphans.field,
        "target": orphans.target,
        "ids": number_format(orphans.checked, force_grouping=True),
        "count": number_format(orphans.count, force_grouping=True),
        "examples": ", ".join(map(str, orphans.examples)),
        "error": orphans.error,
    }
    if orphans.error:
        return _("%(field)s -> %(target)s: could not be checked: %(error)s") % values
    if not orphans.count:
        return _("%(field)s -> %(target)s: %(ids)s ids, none missing") % values
    if len(orphans.examples) < orphans.count:
        values["examples"] += ", …" if orphans.examples else "…"
    return _("%(field)s -> %(target)s: %(count)s of %(ids)s ids missing: %(examples)s") % values
