from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError
from django.utils.translation import gettext as _

from imports import partitions

MONTHS_AHEAD_WANTED = 2


@register(Tags.database)
def partitions_are_ahead(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    if "imports" not in (databases or ()):
        return []
    try:
        ahead = partitions.months_ahead(using="imports", now=datetime.now(UTC))
    except DatabaseError:
        return []  # unreachable (config.W001) or not migrated yet
    if ahead >= MONTHS_AHEAD_WANTED:
        return []
    return [
        Warning(
            _("import_logs has partitions for %(ahead)d months ahead.") % {"ahead": max(0, ahead)},
            hint=_("Run manage.py maintain_partitions; without a partition no log can be written."),
            id="imports.W001",
        )
    ]
