"""The frame around every page of a database: title, tabs, what the user may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from optimizer.console.access import may_view_query_text, permitted_operations


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: str
    url: str


def database_page(
    request: HttpRequest,
    template: str,
    *,
    alias: str,
    tab: str,
    title: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> TemplateResponse:
    """A whole page about one database; `tab` is the key of the tab that is lit."""
    frame = {
        "title": title,
        "alias": alias,
        "tabs": _tabs(alias),
        "tab_key": tab,
    }
    return TemplateResponse(
        request,
        f"optimizer/console/{template}",
        admin.site.each_context(request) | frame | _allowed(request) | dict(context),
        status=status,
    )


def fragment(
    request: HttpRequest, template: str, *, alias: str, context: Mapping[str, Any]
) -> TemplateResponse:
    """A part of a page that the browser asks for by itself."""
    return TemplateResponse(
        request,
        f"optimizer/console/{template}",
        {"alias": alias} | _allowed(request) | dict(context),
    )


def _allowed(request: HttpRequest) -> dict[str, Any]:
    return {
        "may_view_query_text": may_view_query_text(request),
        "permitted_operations": permitted_operations(request),
    }


def _tabs(alias: str) -> list[Tab]:
    named = {
        "overview": _("Overview"),
        "slow_queries": _("Slow queries"),
        "suggestions": _("Suggestions"),
        "tables": _("Tables"),
        "maintenance": _("Maintenance"),
    }
    return [
        Tab(key, label, reverse(f"optimizer:{key}", args=[alias])) for key, label in named.items()
    ]
