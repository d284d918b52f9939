"""The records of the optimizer: to look at, never to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from optimizer.console.access import VIEW_CONSOLE
from optimizer.console.maintenance import run_context
from optimizer.models import MaintenanceRun, RunStatus
from optimizer.templatetags.optimizer import ago, duration, size

admin.site.index_template = "optimizer/console/dashboard.html"

TONES = {
    RunStatus.SUCCEEDED: "ok",
    RunStatus.FAILED: "critical",
    RunStatus.REFUSED: "warning",
}


@admin.register(MaintenanceRun)
class MaintenanceRunAdmin(ModelAdmin):
    list_display = [
        "operation",
        "alias",
        "place",
        "outcome",
        "took",
        "freed",
        "requested_by",
        "queued",
    ]
    list_filter = ["status", "operation", "alias", "origin"]
    search_fields = ["table_name", "requested_by"]
    list_per_page = 50
    change_list_template = "optimizer/console/runs.html"
    change_form_template = "optimizer/console/run.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(VIEW_CONSOLE)

    def has_view_permission(self, request: HttpRequest, obj: MaintenanceRun | None = None) -> bool:
        return request.user.has_perm(VIEW_CONSOLE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: MaintenanceRun | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: MaintenanceRun | None = None
    ) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        context = run_context(run) if run is not None else {}
        response: HttpResponse = super().change_view(
            request, object_id, form_url, context | (extra_context or {})
        )
        return response

    @admin.display(description=_("table"), ordering="table_name")
    def place(self, run: MaintenanceRun) -> str:
        if not run.table_name:
            return str(_("whole database"))
        return f"{run.schema_name}.{run.table_name}"

    @admin.display(description=_("status"), ordering="status")
    def outcome(self, run: MaintenanceRun) -> SafeString:
        tone = TONES.get(RunStatus(run.status), "unknown")
        return format_html(
            '<span class="opt-badge opt-badge-{}">{}</span>', tone, run.get_status_display()
        )

    @admin.display(description=_("took"))
    def took(self, run: MaintenanceRun) -> str:
        return duration(run.seconds)

    @admin.display(description=_("size before → after"))
    def freed(self, run: MaintenanceRun) -> str:
        if run.size_before is None:
            return size(None)
        return f"{size(run.size_before)} → {size(run.size_after)}"

    @admin.display(description=_("queued"), ordering="queued_at")
    def queued(self, run: MaintenanceRun) -> str:
        return ago(run.queued_at)
