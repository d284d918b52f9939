from __future__ import annotations

import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.databases import ALIASES


def pending(*, using: str) -> int:
    """The number of migrations that `using` has yet to run."""
    executor = MigrationExecutor(connections[using])
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


class Command(BaseCommand):
    help = "Migrates the six databases one after the other and reports each."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        failed = []
        for alias in ALIASES:
            started = time.monotonic()
            try:
                count = pending(using=alias)
                if count:
                    call_command("migrate", database=alias, verbosity=max(0, verbosity - 1))
            except DatabaseError as exc:
                failed.append(alias)
                self.stderr.write(self.style.ERROR(f"{alias}: {exc}".rstrip()))
                continue
            self.stdout.write(_report(alias, count, time.monotonic() - started))
        if failed:
            raise CommandError(
                _("Not migrated: %(aliases)s. The others are; run this again after the cure.")
                % {"aliases": ", ".join(failed)}
            )


def _report(alias: str, count: int, seconds: float) -> str:
    if not count:
        return _("%(alias)s: nothing to migrate") % {"alias": alias}
    text = ngettext(
        "%(alias)s: %(count)d migration in %(seconds).1f s",
        "%(alias)s: %(count)d migrations in %(seconds).1f s",
        count,
    )
    return text % {"alias": alias, "count": count, "seconds": seconds}
