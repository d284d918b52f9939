from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from demo import loading, showing
from demo.exceptions import DemoError
from demo.loading import Request


class Command(BaseCommand):
    help = "Loads the demonstration data into the five empty domain databases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=float, help="1 is 133,149 active products; default 1")
        parser.add_argument("--seed", type=int, help="another seed gives other data; default 7")
        parser.add_argument(
            "--anchor", type=_moment, help="where the data ends, as 2026-11-22T14:00; default now"
        )
        parser.add_argument(
            "--force", action="store_true", help="replace the demonstration data that is there"
        )

    def handle(
        self,
        *args: Any,
        scale: float | None,
        seed: int | None,
        anchor: datetime | None,
        force: bool,
        **options: Any,
    ) -> None:
        request = Request(seed=seed, scale=scale, anchor=anchor, replace=force)
        try:
            decision = loading.decide(request, loading.look_at_all(), now=datetime.now(UTC))
            if decision.to_load:
                self.stdout.write(_("Working out what the tables have in common."))
            with showing.progress(self.stdout) as shown:
                tables = loading.prepare(decision)
                shown.expect(tables)
                loaded = loading.load(decision, tables, progress=shown.advance)
        except DemoError as exc:
            raise CommandError(str(exc)) from exc
        except KeyboardInterrupt as exc:
            text = _("Interrupted. Databases that were not finished are as they were.")
            raise CommandError(text, returncode=130) from exc
        if not decision.to_load:
            self.stdout.write(_("The demonstration data is there already; nothing was loaded."))
        showing.report(loaded, self.stdout)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
