"""Analytics: the figures that management reads, and what staff are told."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.fields import Index, ReferenceField


class Period(models.TextChoices):
    HOUR = "hour", _("Hour")
    DAY = "day", _("Day")
    MONTH = "month", _("Month")


class RunStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")


class NotificationLevel(models.TextChoices):
    INFO = "info", _("Information")
    WARNING = "warning", _("Warning")
    ERROR = "error", _("Error")


class Metric(models.Model):
    name = models.CharField(_("name"), max_length=64, db_collation="C")
    supplier_id = ReferenceField(_("supplier"), to="catalog.Supplier", null=True, blank=True)
    value = models.FloatField(_("value"))
    unit = models.CharField(_("unit"), max_length=16, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    class Meta:
        db_table = "metrics"
        ordering = ["-recorded_at", "-id"]
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        indexes = [Index(F("name"), F("recorded_at").desc(), name="idx_metrics_name_recorded")]

    def __str__(self) -> str:
        return f"{self.name} = {self.value} {self.unit}".rstrip()


class MetricRollup(models.Model):
    """The metric over one period; `supplier_id` 0 stands for all suppliers together."""

    name = models.CharField(_("name"), max_length=64, db_collation="C")
    period = models.CharField(_("period"), max_length=8, choices=Period)
    period_start = models.DateTimeField(_("begins"))
    supplier_id = models.BigIntegerField(_("supplier"), default=0)
    samples = models.PositiveIntegerField(_("samples"))
    total = models.FloatField(_("total"))
    minimum = models.FloatField(_("minimum"))
    maximum = models.FloatField(_("maximum"))

    class Meta:
        db_table = "metric_rollups"
        ordering = ["-period_start", "name"]
        verbose_name = _("metric rollup")
        verbose_name_plural = _("metric rollups")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "period", "period_start", "supplier_id"],
                name="metric_rollups_uniq",
            ),
            models.CheckConstraint(
                condition=Q(period__in=Period.values), name="metric_rollups_period"
            ),
            models.CheckConstraint(
                condition=Q(minimum__lte=F("maximum")), name="metric_rollups_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.period_start:%Y-%m-%d %H:%M}"


class Report(models.Model):
    slug = models.SlugField(_("slug"), max_length=64, db_index=False)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "reports"
        ordering = ["title"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [models.UniqueConstraint(fields=["slug"], name="reports_slug_uniq")]

    def __str__(self) -> str:
        return self.title


class ReportRun(models.Model):
    report = models.ForeignKey(
        Report, verbose_name=_("report"), on_delete=models.CASCADE, related_name="runs"
    )
    status = models.CharField(
        _("status"), max_length=16, choices=RunStatus, default=RunStatus.RUNNING
    )
    requested_by_id = ReferenceField(_("requested by"), to="auth.User", null=True, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    result_key = models.CharField(_("result"), max_length=500, blank=True)
    error = models.TextField(_("error"), blank=True, default="")
    started_at = models.DateTimeField(_("started"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "report_runs"
        ordering = ["-id"]
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RunStatus.values), name="report_runs_status"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Notification(models.Model):
    user_id = ReferenceField(_("user"), to="auth.User")
    level = models.CharField(
        _("level"), max_length=8, choices=NotificationLevel, default=NotificationLevel.INFO
    )
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("link"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        db_table = "notifications"
        ordering = ["-created_at", "-id"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [
            Index(
                F("user_id"),
                F("created_at").desc(),
                name="idx_notifications_user_unread",
                condition=Q(read_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=NotificationLevel.values), name="notifications_level"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Event(models.Model):
    """Something that happened to something, kept as it was; nothing ever changes it."""

    kind = models.CharField(_("kind"), max_length=64, db_collation="C")
    actor_id = ReferenceField(_("user"), to="auth.User", null=True, blank=True)
    subject = models.CharField(_("subject"), max_length=64, help_text=_("such as catalog.Product"))
    subject_id = models.BigIntegerField(_("subject's id"), null=True, blank=True)
    payload = models.JSONField(_("payload"), default=dict, blank=True)
    occurred_at = models.DateTimeField(_("occurred"), db_default=Now())

    class Meta:
        db_table = "events"
        ordering = ["-id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return self.kind
