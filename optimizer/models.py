"""What the optimizer records of its own work. No foreign keys: history outlives what it names."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Operation(models.TextChoices):
    VACUUM = "vacuum", _("VACUUM")
    ANALYZE = "analyze", _("ANALYZE")
    VACUUM_ANALYZE = "vacuum_analyze", _("VACUUM ANALYZE")
    REINDEX = "reindex", _("REINDEX CONCURRENTLY")


class Origin(models.TextChoices):
    ADMIN = "admin", _("Console")
    COMMAND = "command", _("Command line")
    SERVICE = "service", _("Program")


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Succeeded")
    FAILED = "failed", _("Failed")
    REFUSED = "refused", _("Refused")


# The one place that says which status may follow which.
ALLOWED_BEFORE = {
    RunStatus.RUNNING: (RunStatus.QUEUED,),
    RunStatus.REFUSED: (RunStatus.QUEUED,),
    RunStatus.SUCCEEDED: (RunStatus.RUNNING,),
    RunStatus.FAILED: (RunStatus.QUEUED, RunStatus.RUNNING),
}
ENDED = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.REFUSED)


class MaintenanceRun(models.Model):
    """One maintenance of a table or of a whole database: who asked, what was run, how it ended."""

    alias = models.CharField(_("database"), max_length=64)
    operation = models.CharField(_("operation"), max_length=16, choices=Operation)
    schema_name = models.CharField(_("schema"), max_length=63, blank=True)
    table_name = models.CharField(_("table"), max_length=63, blank=True)  # empty: every table
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    origin = models.CharField(_("origin"), max_length=8, choices=Origin)
    status = models.CharField(
        _("status"), max_length=9, choices=RunStatus, default=RunStatus.QUEUED
    )
    queued_at = models.DateTimeField(_("queued"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    statements = models.JSONField(_("statements"), default=list)
    notices = models.JSONField(_("server notices"), default=list)
    size_before = models.BigIntegerField(_("size before (bytes)"), null=True)
    size_after = models.BigIntegerField(_("size after (bytes)"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        db_table = "optimizer_maintenance_runs"
        verbose_name = _("maintenance run")
        verbose_name_plural = _("maintenance runs")
        ordering = ["-queued_at", "-id"]
        default_permissions = ["view"]
        permissions = [
            ("view_console", _("Can see the optimizer's pages")),
            ("view_query_text", _("Can see the text and plans of statements")),
            ("run_vacuum", _("Can launch VACUUM")),
            ("run_analyze", _("Can launch ANALYZE")),
            ("run_vacuum_analyze", _("Can launch VACUUM ANALYZE")),
            ("run_reindex", _("Can launch REINDEX")),
        ]
        indexes = [
            models.Index(fields=["-queued_at", "-id"], name="idx_maintenance_runs_queued"),
            models.Index(fields=["alias", "-queued_at"], name="idx_maintenance_runs_alias"),
            models.Index(
                fields=["alias"],
                condition=Q(status="running"),
                name="idx_maintenance_runs_running",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(operation__in=Operation.values), name="maintenance_run_operation"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=Origin.values), name="maintenance_run_origin"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[RunStatus.QUEUED, RunStatus.RUNNING], finished_at=None)
                | Q(status__in=ENDED, finished_at__isnull=False),
                name="maintenance_run_finished_once_ended",
            ),
            models.CheckConstraint(
                condition=Q(status=RunStatus.QUEUED, started_at=None)
                | Q(status=RunStatus.REFUSED, started_at=None)
                | Q(status=RunStatus.FAILED)
                | Q(
                    status__in=[RunStatus.RUNNING, RunStatus.SUCCEEDED],
                    started_at__isnull=False,
                ),
                name="maintenance_run_started_once_run",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_display()} {self.alias} {self.table_name}".rstrip()

    @property
    def seconds(self) -> float | None:
        """How long it ran; None while it has not ended or where it never began."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
