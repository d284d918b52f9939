"""Imports for staff: how files are read, what is running, and what became of each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
)

from config.admin import DomainAdmin, DomainInline, LatestFormSet, ReadOnlyAdmin, ReadOnlyInline
from config.columns import LabelColumn
from config.formats import duration, links
from config.reference_forms import ReferenceFilter
from config.references import list_url
from imports import actions
from imports.models import (
    ImportConfig,
    ImportFile,
    ImportJob,
    ImportLog,
    ImportMapping,
    ImportRowError,
    ImportSchedule,
    ImportStatistics,
)

USING: Final = "imports"
# The log of all jobs together is millions of lines over years of partitions; without a job, its
# list reaches back no further than this unless asked to.
LOG_DAYS: Final = 7


class MappingInline(DomainInline):
    model = ImportMapping
    fields = (
        "position",
        "source_column",
        "target_field",
        "transforms",
        "default_value",
        "is_required",
    )


class ScheduleInline(DomainInline):
    model = ImportSchedule
    fields = ("cron", "time_zone", "is_active", "last_run_at", "next_run_at")
    readonly_fields = ("last_run_at", "next_run_at")


@admin.register(ImportConfig)
class ImportConfigAdmin(DomainAdmin):
    list_display = ("name", "supplier_id", "file_format", "is_active", "updated_at", "see_also")
    list_filter = (
        ("supplier_id", ReferenceFilter),
        ("file_format", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
    )
    search_fields = ("name",)
    search_help_text = _("Name")
    sortable_by = ("name", "file_format", "is_active", "updated_at")
    ordering = ("supplier_id", "name")
    inlines = (MappingInline, ScheduleInline)
    readonly_fields = ("see_also", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("name", "supplier_id"), "source_url", "is_active")}),
        (
            _("File"),
            {
                "fields": (
                    ("file_format", "sheet_name"),
                    ("encoding", "has_header"),
                    ("delimiter", "quote"),
                    ("decimal_separator", "date_format"),
                    "currency",
                )
            },
        ),
        (
            _("Safeguards"),
            {"fields": ("max_error_share", ("deactivate_missing", "max_deactivated_share"))},
        ),
        (_("Related"), {"fields": ("see_also", ("created_at", "updated_at"))}),
    )

    @admin.display(description=_("see also"))
    def see_also(self, config: ImportConfig) -> SafeString:
        return links(
            [
                (list_url("imports.ImportJob", config__id__exact=config.pk), _("Jobs")),
                (list_url("imports.ImportFile", config__id__exact=config.pk), _("Files")),
            ]
        )


@admin.register(ImportSchedule)
class ImportScheduleAdmin(DomainAdmin):
    list_display = ("cron", "time_zone", "config", "is_active", "last_run_at", "next_run_at")
    list_select_related = ("config",)
    list_filter = (("is_active", BooleanRadioFilter),)
    sortable_by = ("cron", "time_zone", "is_active", "last_run_at", "next_run_at")
    ordering = ("next_run_at", "pk")
    autocomplete_fields = ("config",)
    readonly_fields = ("last_run_at", "next_run_at")


@admin.register(ImportFile)
class ImportFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "config", "size", "received_at", "checksum")
    list_select_related = ("config",)
    list_filter = (("config", AutocompleteSelectFilter),)

    @admin.display(description=_("size"))
    def size(self, file: ImportFile) -> str:
        return filesizeformat(file.size_bytes)

    @admin.display(description=_("SHA-256"))
    def checksum(self, file: ImportFile) -> str:
        return f"{file.sha256[:12]}…"


class ErrorInline(ReadOnlyInline):
    model = ImportRowError
    formset = LatestFormSet
    verbose_name_plural = _("first errors")
    fields = ("line_number", "column_name", "value", "code", "message")


class LogInline(ReadOnlyInline):
    model = ImportLog
    formset = LatestFormSet
    verbose_name_plural = _("latest log lines")
    fields = ("created_at", "log_level", "message", "line_number")


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        LabelColumn("status", _("status")),
        "supplier_id",
        "config",
        "created_at",
        "took",
        "rows_total",
        "rejected",
        "requested_by_id",
    )
    list_select_related = ("config",)
    list_filter = (
        ("status", ChoicesDropdownFilter),
        ("supplier_id", ReferenceFilter),
        ("config", AutocompleteSelectFilter),
    )
    ordering_when_filtered = {
        "supplier_id": ("-created_at", "-id"),
        "status__exact": ("-created_at", "-id"),
    }
    search_fields = ("id",)
    search_help_text = _("Number of the job")
    actions = ("cancel",)
    inlines = (ErrorInline, LogInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("number", "status"),
                    ("supplier_id", "config"),
                    ("file", "requested_by_id"),
                    "error",
                    "see_also",
                )
            },
        ),
        (
            _("Rows"),
            {
                "fields": (
                    ("rows_total", "rows_inserted", "rows_updated"),
                    ("rows_unchanged", "rows_rejected", "rows_deactivated"),
                )
            },
        ),
        (
            _("Time"),
            {"fields": (("created_at", "took"), ("started_at", "finished_at"))},
        ),
    )

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("imports.change_importjob")

    def search(self, queryset: QuerySet[ImportJob], term: str) -> QuerySet[ImportJob]:
        number = term.removeprefix("#")
        return queryset.filter(pk=number) if number.isdecimal() else queryset.none()

    @admin.display(description=_("job"))
    def number(self, job: ImportJob) -> str:
        return str(job)

    @admin.display(description=_("duration"))
    def took(self, job: ImportJob) -> str:
        return duration(job.started_at, job.finished_at)

    @admin.display(description=_("rejected"))
    def rejected(self, job: ImportJob) -> SafeString | int:
        if not job.rows_rejected:
            return 0
        url = list_url("imports.ImportRowError", job__id__exact=job.pk)
        return links([(url, str(job.rows_rejected))])

    @admin.display(description=_("see also"))
    def see_also(self, job: ImportJob) -> SafeString:
        return links(
            [
                (list_url("imports.ImportRowError", job__id__exact=job.pk), _("All errors")),
                (list_url("imports.ImportLog", job__id__exact=job.pk), _("Whole log")),
                (list_url("catalog.ImportLedger", job_id=job.pk), _("Merged batches")),
            ]
        )

    @admin.action(description=_("Cancel selected pending jobs"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> None:
        jobs = {job.pk: job for job in queryset}
        cancelled = actions.cancel_pending(job_ids=list(jobs), using=USING)
        if cancelled:
            changed = [jobs[pk] for pk in cancelled]
            self.log_for_all(request, changed, [{"changed": {"fields": ["status"]}}])
            text = ngettext("%(count)d job cancelled.", "%(count)d jobs cancelled.", len(changed))
            messages.success(request, text % {"count": len(changed)})
        if len(cancelled) < len(jobs):
            messages.warning(request, _("Jobs that are no longer pending were left as they are."))


@admin.register(ImportRowError)
class ImportRowErrorAdmin(ReadOnlyAdmin):
    list_display = ("line_number", "column_name", "value", "code", "message", "job")
    list_select_related = ("job",)
    list_filter = (("job", AutocompleteSelectFilter),)
    ordering_when_filtered = {"job__id__exact": ("line_number", "id")}


class LogPeriodFilter(DropdownFilter):
    """How far back the log goes, so that only the partitions of that time are read."""

    title = _("period")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        self.job_is_chosen = bool(request.GET.get("job__id__exact"))
        default = _("All time") if self.job_is_chosen else _("Last 7 days")
        self.all_option = ["", default]
        return [("1", _("Last 24 hours")), ("7", _("Last 7 days")), ("31", _("Last 31 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = {"1": 1, "7": 7, "31": 31}.get(self.value())
        if days is None and self.job_is_chosen:
            return queryset
        since = timezone.now() - timedelta(days=days or LOG_DAYS)
        return queryset.filter(created_at__gte=since)


@admin.register(ImportLog)
class ImportLogAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        LabelColumn("log_level", _("level")),
        "message",
        "line_number",
        "job",
    )
    list_select_related = ("job",)
    list_filter = (
        ("job", AutocompleteSelectFilter),
        ("log_level", ChoicesDropdownFilter),
        LogPeriodFilter,
    )
    ordering_when_filtered = {"job__id__exact": ("-created_at", "-id")}
    search_fields = ("message",)
    search_help_text = _("Part of the message")


@admin.register(ImportStatistics)
class ImportStatisticsAdmin(ReadOnlyAdmin):
    list_display = (
        "day",
        "supplier_id",
        "jobs_completed",
        "jobs_failed",
        "rows_total",
        "rows_inserted",
        "rows_updated",
        "rows_rejected",
        "average",
    )
    list_filter = (("supplier_id", ReferenceFilter),)
    ordering = ("-day", "supplier_id")
    date_hierarchy = "day"  # one row a day and supplier: few, and the index begins with the day

    @admin.display(description=_("seconds a job"))
    def average(self, row: ImportStatistics) -> float | None:
        jobs = row.jobs_completed + row.jobs_failed
        return round(row.seconds / jobs, 1) if jobs else None
