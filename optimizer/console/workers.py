"""Whether anybody works through the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

# A worker reports every 10 s; after 30 s without a word procrastinate itself takes it for dead.
SILENCE: Final = timedelta(seconds=30)


def last_heartbeat() -> datetime | None:
    return (
        ProcrastinateWorker.objects.order_by("-last_heartbeat")
        .values_list("last_heartbeat", flat=True)
        .first()
    )


def is_alive() -> bool:
    heartbeat = last_heartbeat()
    return heartbeat is not None and timezone.now() - heartbeat < SILENCE
