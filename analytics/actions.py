"""What staff do with what they are told."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models.functions import Now

from analytics.models import Notification


def mark_read(*, notification_ids: Collection[int], using: str) -> int:
    """Mark the unread ones of the notifications as read; returns how many that were."""
    return (
        Notification.objects.using(using)
        .filter(pk__in=notification_ids, read_at=None)
        .update(read_at=Now())
    )
