from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from demo import critical_indexes


class Command(BaseCommand):
    help = "Builds the critical indexes that are missing, concurrently, as their migrations do."

    def handle(self, *args: Any, **options: Any) -> None:
        missing = critical_indexes.missing()
        if not missing:
            self.stdout.write(_("No critical index is missing."))
        for critical in missing:
            started = time.monotonic()
            try:
                critical_indexes.restore(critical)
            except DatabaseError as exc:
                text = _("%(name)s could not be built: %(error)s Run this again after the cure.")
                raise CommandError(text % {"name": critical.name, "error": exc}) from exc
            text = _("%(alias)s: %(name)s built in %(seconds).1f s")
            seconds = time.monotonic() - started
            self.stdout.write(
                text % {"alias": critical.alias, "name": critical.name, "seconds": seconds}
            )
