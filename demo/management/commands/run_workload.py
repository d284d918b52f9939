from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.translation import gettext as _

from demo import critical_indexes, showing
from demo.exceptions import DemoError
from demo.workload import parameters, running
from demo.workload.queries import QUERIES


class Command(BaseCommand):
    help = "Puts on the databases what staff and the API put on them, for a while."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=20, help="default 20, at most 3600")
        parser.add_argument("--threads", type=int, default=4, help="default 4, at most 8")
        parser.add_argument("--seed", type=int, default=7, help="another seed asks for other rows")
        parser.add_argument(
            "--without-critical-indexes",
            action="store_true",
            help="drop them first; restore_critical_indexes brings them back",
        )

    def handle(
        self,
        *args: Any,
        seconds: float,
        threads: int,
        seed: int,
        without_critical_indexes: bool,
        **options: Any,
    ) -> None:
        if not 0 < seconds <= 3600 or not 1 <= threads <= 8:
            raise CommandError(_("Give 1 to 8 threads, and more than 0 and at most 3600 seconds."))
        try:
            if without_critical_indexes:
                showing.dropped(critical_indexes.drop(critical_indexes.declared()), self.stdout)
            drawn = parameters.read()
            with showing.countdown(seconds, self.stdout) as tick:
                measured = running.run(
                    QUERIES, drawn, seconds=seconds, threads=threads, seed=seed, on_tick=tick
                )
        except (DemoError, DatabaseError) as exc:
            raise CommandError(str(exc)) from exc
        except KeyboardInterrupt as exc:
            raise CommandError(_("Interrupted."), returncode=130) from exc
        showing.workload(measured, self.stdout)
