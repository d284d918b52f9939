from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from imports import partitions


class Command(BaseCommand):
    help = "Creates the partitions of import_logs for the months ahead and retires old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ahead", type=int, default=partitions.MONTHS_AHEAD, metavar="MONTHS")
        parser.add_argument(
            "--keep",
            type=int,
            default=partitions.MONTHS_KEPT,
            metavar="MONTHS",
            help="older partitions are detached, and dropped when the grace time is over",
        )
        parser.add_argument("--grace", type=int, default=partitions.GRACE.days, metavar="DAYS")
        parser.add_argument("--dry-run", action="store_true", help="only print what would be done")

    def handle(
        self, *args: Any, ahead: int, keep: int, grace: int, dry_run: bool, **options: Any
    ) -> None:
        if min(ahead, keep, grace) < 0 or keep == 0:
            raise CommandError(
                _("--ahead and --grace take 0 or more, --keep 1 or more."), returncode=2
            )
        try:
            steps = partitions.create_ahead(using="imports", months=ahead, dry_run=dry_run)
            steps += partitions.retire(
                using="imports", keep=keep, grace=timedelta(days=grace), dry_run=dry_run
            )
        except (partitions.PartitionsBusy, DatabaseError, psycopg.Error) as exc:
            raise CommandError(str(exc).strip()) from exc
        for step in steps:
            self.stdout.write(f"{step.action} {step.partition}")
        if not steps:
            self.stdout.write(_("Nothing to do: the partitions are as they should be."))
