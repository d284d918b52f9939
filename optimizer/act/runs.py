"""The record of a maintenance: the only place that changes its status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.exceptions import ConnectorException

from optimizer.exceptions import MaintenanceRefused
from optimizer.models import ALLOWED_BEFORE, ENDED, MaintenanceRun, RunStatus


def move(run_id: int, *, to: RunStatus, **changes: Any) -> bool:
    """Give a run its next status; False where another process was first or it may not follow."""
    if to in ENDED:
        changes["finished_at"] = timezone.now()
    elif to == RunStatus.RUNNING:
        changes["started_at"] = timezone.now()
    claimed = MaintenanceRun.objects.filter(pk=run_id, status__in=ALLOWED_BEFORE[to])
    return claimed.update(status=to, **changes) == 1


@contextmanager
def recordable() -> Iterator[None]:
    """Nothing is run that cannot be recorded: turn a failure to record into a refusal."""
    try:
        yield
    except (DatabaseError, ConnectorException) as exc:
        # The queue's own exception does not say what the database said.
        cause = exc.__cause__ if isinstance(exc, ConnectorException) else exc
        first_line = str(cause).strip().partition("\n")[0]
        raise MaintenanceRefused(
            _(
                "The maintenance cannot be recorded, so it is not run: %s. "
                "Check the console's own database and run manage.py migrate."
            )
            % first_line
        ) from exc
