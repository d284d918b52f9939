"""Analytics for staff: figures, reports, and what they are told."""

from __future__ import annotations

from typing import Any, Final

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)

from analytics import actions
from analytics.models import Event, Metric, MetricRollup, Notification, Report, ReportRun
from config.admin import DomainAdmin, ReadOnlyAdmin
from config.columns import LabelColumn
from config.filters import IndexedValuesFilter, newest
from config.formats import duration
from config.reference_forms import ReferenceFilter
from config.references import attached, change_url, link

USING: Final = "analytics"
# Only the unread notifications of a user are indexed; with the read ones, this far back.
NOTIFICATIONS_BACK: Final = 100_000
LEVEL_FILTER: Final = ("level", ChoicesDropdownFilter)


class NameFilter(IndexedValuesFilter):
    title = _("name")
    parameter_name = "name"


@admin.register(Metric)
class MetricAdmin(ReadOnlyAdmin):
    list_display = ("recorded_at", "name", "value", "unit", "supplier_id")
    list_filter = (NameFilter,)
    ordering_when_filtered = {"name": ("-recorded_at", "-id")}


@admin.register(MetricRollup)
class MetricRollupAdmin(ReadOnlyAdmin):
    list_display = (
        "period_start",
        "period",
        "name",
        "supplier",
        "samples",
        "total",
        "minimum",
        "maximum",
    )
    list_filter = (NameFilter,)
    filters_when_filtered = {"name": ("period", ChoicesDropdownFilter)}

    def reference_targets(self) -> dict[str, type[Model]]:
        return {"supplier_id": apps.get_model("catalog.Supplier")}

    @admin.display(description=_("supplier"))
    def supplier(self, rollup: MetricRollup) -> str | SafeString:
        reference = (attached(rollup) or {}).get("supplier_id")
        return link(reference) if reference else str(_("all suppliers"))


@admin.register(Report)
class ReportAdmin(DomainAdmin):
    list_display = ("title", "slug", "is_active", "created_at")
    list_filter = (("is_active", BooleanRadioFilter),)
    search_fields = ("title", "slug")
    search_help_text = _("Title or slug")
    sortable_by = ("title", "slug", "is_active", "created_at")
    ordering = ("title",)
    prepopulated_fields = {"slug": ("title",)}


@admin.register(ReportRun)
class ReportRunAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        LabelColumn("status", _("status")),
        "report",
        "rows",
        "started_at",
        "took",
        "requested_by_id",
    )
    list_select_related = ("report",)
    list_filter = (("report", RelatedDropdownFilter), ("status", ChoicesDropdownFilter))

    @admin.display(description=_("run"))
    def number(self, run: ReportRun) -> str:
        return str(run)

    @admin.display(description=_("duration"))
    def took(self, run: ReportRun) -> str:
        return duration(run.started_at, run.finished_at)


class ReadFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"
    all_option = ("", _("Unread"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("Read and unread"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return newest(queryset, NOTIFICATIONS_BACK, using=USING)
        return queryset.filter(read_at=None)


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """One's own notifications, the unread ones first asked for; superusers see everybody's."""

    list_display = (
        "title",
        LabelColumn("level", _("level")),
        "user_id",
        "created_at",
        "read_at",
        "open",
    )
    list_filter = (ReadFilter, ("user_id", ReferenceFilter))
    filters_when_filtered = {"user_id": LEVEL_FILTER}
    actions = ("mark_read",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        queryset: QuerySet[Notification] = super().get_queryset(request)
        if request.user.is_superuser:
            return queryset
        return queryset.filter(user_id=request.user.pk or 0)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        if request.user.is_superuser:
            return super().get_list_filter(request)
        return [ReadFilter, LEVEL_FILTER]

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        of_one_user = request.GET.get("user_id") or not request.user.is_superuser
        if of_one_user and request.GET.get("state") != "all":
            return ("-created_at", "-id")  # idx_notifications_user_unread
        return self.ordering

    @admin.display(description=_("link"))
    def open(self, notification: Notification) -> str | SafeString:
        if not notification.url.startswith(("/", "http://", "https://")):
            return notification.url
        return format_html('<a href="{}" class="text-link">{}</a>', notification.url, _("open"))

    @admin.action(description=_("Mark selected as read"), permissions=["view"])
    def mark_read(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        marked = actions.mark_read(notification_ids=ids, using=USING)
        text = ngettext(
            "%(count)d notification marked as read.",
            "%(count)d notifications marked as read.",
            marked,
        )
        messages.success(request, text % {"count": marked})


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "kind", "about", "actor_id")

    @admin.display(description=_("subject"))
    def about(self, event: Event) -> str | SafeString:
        if event.subject_id is None:
            return event.subject
        text = f"{event.subject} #{event.subject_id}"
        url = _subject_url(event)
        return format_html('<a href="{}" class="text-link">{}</a>', url, text) if url else text


def _subject_url(event: Event) -> str:
    try:
        model = apps.get_model(event.subject)
    except (LookupError, ValueError):
        return ""  # a table of former times: the event stays what it was
    return change_url(model, event.subject_id)
