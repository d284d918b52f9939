"""Columns of lists that the domains share."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.references import attached, change_url, link

ALWAYS_FITS: Final = 24  # characters
LINK_WIDTH: Final = 12  # rem
STATUS_COLOURS: Final = MappingProxyType(
    {
        "pending": "info",
        "running": "warning",
        "completed": "success",
        "failed": "danger",
        "candidate": "warning",
        "confirmed": "success",
        "rejected": "danger",
        "found": "success",
        "ambiguous": "warning",
        "error": "danger",
        "warning": "warning",
        "info": "info",
        # Without a colour; unfold would show the bare value of what is not named.
        "cancelled": "",
        "not_found": "",
        "debug": "",
    }
)


@dataclass(frozen=True, slots=True)
class LinkColumn:
    """Shows what a foreign key or a reference points at, with a link to its page.

    Stands in for the name of the field in list_display, readonly_fields and fieldsets.
    """

    field_name: str
    short_description: str
    is_reference: bool

    @property
    def __name__(self) -> str:
        return self.field_name

    def __call__(self, row: Model) -> str | SafeString:
        if self.is_reference:
            reference = (attached(row) or {}).get(self.field_name)
            return one_line(link(reference), str(reference), LINK_WIDTH) if reference else "-"
        target = getattr(row, self.field_name)
        if target is None:
            return "-"
        url = change_url(type(target), target.pk)
        anchor = format_html('<a href="{}" class="text-link">{}</a>', url, target)
        return one_line(anchor, str(target), LINK_WIDTH)


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """Shows a field with choices as a label whose colour says how good or bad that is."""

    field_name: str
    short_description: str | Promise
    label: dict[str, str] = field(default_factory=lambda: {**STATUS_COLOURS}, compare=False)

    @property
    def __name__(self) -> str:
        return self.field_name

    def __call__(self, row: Model) -> tuple[str, str]:
        shown: str = getattr(row, f"get_{self.field_name}_display")()
        return getattr(row, self.field_name), shown


@dataclass(frozen=True, slots=True)
class LongColumn:
    """Shows a text of any length in one line; the rest is in its tooltip and on the row's page."""

    field_name: str
    short_description: str
    width: int  # in rem

    @property
    def __name__(self) -> str:
        return self.field_name

    def __call__(self, row: Model) -> str | SafeString:
        text = getattr(row, self.field_name) or ""
        return one_line(text, text, self.width)


def one_line(shown: str | SafeString, text: str, width: int) -> str | SafeString:
    """`shown`, cut at `width` rem, with the whole `text` in its tooltip; or as it is, if it fits."""
    if len(text) <= ALWAYS_FITS:
        return shown
    return format_html(
        '<span class="inline-block truncate align-middle" style="max-width: {}rem" title="{}">'
        "{}</span>",
        width,
        text,
        shown,
    )
