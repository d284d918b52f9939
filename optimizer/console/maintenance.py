"""Launching maintenance: choose, confirm, and watch it run."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from optimizer.act import maintenance
from optimizer.console import impact, workers
from optimizer.console.access import console_page, denied, permission_for
from optimizer.console.layout import database_page, fragment
from optimizer.console.panels import attempt
from optimizer.exceptions import OptimizerError
from optimizer.inspection import table_stats
from optimizer.models import MaintenanceRun, Operation, Origin, RunStatus
from optimizer.records import TableStats
from optimizer.service import db_optimizer
from optimizer.tasks import enqueue_maintenance

LATEST_RUNS: Final = 10
# Below this many rows, neither dead ones nor old statistics are worth a visit.
WORTH_ROWS: Final = 1_000
WORTH_SHARE: Final = 0.1


@console_page
@require_safe
def page(request: HttpRequest, alias: str) -> HttpResponse:
    tables = attempt(lambda: db_optimizer.all_table_stats(alias))
    return database_page(
        request,
        "maintenance.html",
        alias=alias,
        tab="maintenance",
        title=_("Maintenance of %s") % alias,
        context={
            "operations": [(one, impact.PURPOSES[one]) for one in Operation],
            "problem": tables.problem,
            "waiting": [table for table in tables.value or [] if waits_for_maintenance(table)],
            "runs": MaintenanceRun.objects.filter(alias=alias)[:LATEST_RUNS],
            "worker_alive": workers.is_alive(),
        },
    )


@console_page
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, alias: str, operation: Operation) -> HttpResponse:
    """GET shows what would be run, POST runs exactly that; `table` is schema-qualified or empty."""
    permission = permission_for(operation)
    if not request.user.has_perm(permission):
        return denied(request, permission)
    if request.method == "POST":
        return _launch(request, alias, operation, request.POST.get("table") or None)
    return _ask(request, alias, operation, request.GET.get("table") or None)


@console_page
@require_safe
def run_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a run's page that asks for itself again until the run has ended."""
    run = get_object_or_404(MaintenanceRun, pk=pk)
    return fragment(request, "run_state.html", alias=run.alias, context=run_context(run))


def run_context(run: MaintenanceRun) -> dict[str, Any]:
    unfinished = run.status in (RunStatus.QUEUED, RunStatus.RUNNING)
    saved = None
    if run.size_before is not None and run.size_after is not None:
        saved = run.size_before - run.size_after
    return {
        "run": run,
        "unfinished": unfinished,
        "worker_alive": not unfinished or workers.is_alive(),
        "saved": saved,
        "grown": -saved if saved is not None and saved < 0 else None,
        "waited": (run.started_at - run.queued_at).total_seconds() if run.started_at else None,
    }


def waits_for_maintenance(table: TableStats) -> bool:
    """Enough dead rows or unanalyzed changes that a visit pays."""
    changed = table.n_mod_since_analyze
    stale = changed >= WORTH_ROWS and changed >= WORTH_SHARE * max(table.row_count, 0)
    dead = table.n_dead_tup >= WORTH_ROWS and table.dead_share >= WORTH_SHARE
    return stale or dead


def _ask(
    request: HttpRequest, alias: str, operation: Operation, table_name: str | None
) -> HttpResponse:
    statements = attempt(
        lambda: maintenance.dry_run(using=alias, operation=operation, table_name=table_name)
    )
    tables = attempt(lambda: table_stats(alias, table_name)).value or []
    return database_page(
        request,
        "confirm.html",
        alias=alias,
        tab="maintenance",
        title=_("%(operation)s on %(alias)s") % {"operation": operation.label, "alias": alias},
        context={
            "operation": operation,
            "table_name": table_name,
            "problem": statements.problem,
            "statements": statements.value or [],
            "purpose": impact.PURPOSES[operation],
            "locks": impact.LOCKS[operation],
            "expected": impact.expected_duration(operation, tables),
            "size_bytes": sum(table.size_bytes for table in tables),
            "last_run": _last_run(alias, operation, tables if table_name else None),
            "worker_alive": workers.is_alive(),
        },
    )


def _launch(
    request: HttpRequest, alias: str, operation: Operation, table_name: str | None
) -> HttpResponse:
    try:
        run = enqueue_maintenance(
            using=alias,
            operation=operation,
            table_name=table_name,
            requested_by=request.user.get_username(),
            origin=Origin.ADMIN,
        )
    except OptimizerError as exc:
        messages.error(request, str(exc))
        return HttpResponseRedirect(reverse("optimizer:maintenance", args=[alias]))
    return HttpResponseRedirect(reverse("admin:optimizer_maintenancerun_change", args=[run.pk]))


def _last_run(
    alias: str, operation: Operation, tables: list[TableStats] | None
) -> MaintenanceRun | None:
    """The latest one like it that succeeded; `tables` is None for a whole database."""
    if tables is not None and not tables:
        return None
    schema, name = (tables[0].schema_name, tables[0].table_name) if tables else ("", "")
    return MaintenanceRun.objects.filter(
        alias=alias,
        operation=operation,
        schema_name=schema,
        table_name=name,
        status=RunStatus.SUCCEEDED,
    ).first()
