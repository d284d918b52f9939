"""Values as staff read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def duration(started: datetime | None, finished: datetime | None) -> str:
    """The time between; until now where it has not ended, nothing where it has not begun."""
    if started is None:
        return ""
    seconds = ((finished or timezone.now()) - started).total_seconds()
    return _duration(seconds).replace(" ", NO_BREAK)


def day(moment: datetime) -> SafeString:
    """The date alone, in one line."""
    text = date_format(timezone.localtime(moment), "DATE_FORMAT")
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


def money(amount: Decimal, currency: str) -> SafeString:
    text = number_format(amount, 2, force_grouping=True)
    return format_html('<span class="whitespace-nowrap">{} {}</span>', text, currency)


def links(pairs: Iterable[tuple[str, str | Promise]]) -> SafeString:
    """Links side by side, from (address, text)."""
    anchors = format_html_join("", '<a href="{}" class="text-link">{}</a>', pairs)
    return format_html('<span class="flex flex-wrap gap-3">{}</span>', anchors)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return _("%(seconds)s s") % {"seconds": number_format(seconds, 1)}
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d min %(seconds)02d s") % {"minutes": minutes, "seconds": seconds}
