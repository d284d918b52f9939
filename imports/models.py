"""Imports: whose files come in, how they are read, and what became of each."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.fields import Index, ReferenceField


class FileFormat(models.TextChoices):
    CSV = "csv", _("CSV")
    TSV = "tsv", _("TSV")
    XLSX = "xlsx", _("Excel (XLSX)")


class JobStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class LogLevel(models.TextChoices):
    DEBUG = "debug", _("Debug")
    INFO = "info", _("Info")
    WARNING = "warning", _("Warning")
    ERROR = "error", _("Error")


class ImportConfig(models.Model):
    """How one kind of file of one supplier is read."""

    supplier_id = ReferenceField(_("supplier"), to="catalog.Supplier")
    name = models.CharField(_("name"), max_length=100)
    file_format = models.CharField(
        _("format"), max_length=8, choices=FileFormat, default=FileFormat.CSV
    )
    encoding = models.CharField(_("encoding"), max_length=32, default="utf-8")
    delimiter = models.CharField(_("delimiter"), max_length=1, default=";", blank=True)
    quote = models.CharField(_("quote"), max_length=1, default='"', blank=True)
    has_header = models.BooleanField(_("first row is a header"), default=True)
    sheet_name = models.CharField(_("sheet"), max_length=100, blank=True)
    decimal_separator = models.CharField(_("decimal separator"), max_length=1, default=".")
    date_format = models.CharField(_("date format"), max_length=32, default="%Y-%m-%d")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    source_url = models.CharField(_("source address"), max_length=1000, blank=True)
    max_error_share = models.DecimalField(
        _("bad rows tolerated (share)"), max_digits=4, decimal_places=3, default="0.05"
    )
    deactivate_missing = models.BooleanField(_("deactivate missing products"), default=False)
    max_deactivated_share = models.DecimalField(
        _("deactivations tolerated (share)"), max_digits=4, decimal_places=3, default="0.10"
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())

    class Meta:
        db_table = "import_configs"
        ordering = ["supplier_id", "name"]
        verbose_name = _("import configuration")
        verbose_name_plural = _("import configurations")
        constraints = [
            models.UniqueConstraint(fields=["supplier_id", "name"], name="import_configs_uniq"),
            models.CheckConstraint(
                condition=Q(file_format__in=FileFormat.values), name="import_configs_format"
            ),
            models.CheckConstraint(
                condition=Q(max_error_share__gte=0, max_error_share__lte=1)
                & Q(max_deactivated_share__gte=0, max_deactivated_share__lte=1),
                name="import_configs_shares",
            ),
            models.CheckConstraint(
                condition=Q(decimal_separator__in=[".", ","]), name="import_configs_decimal"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ImportMapping(models.Model):
    config = models.ForeignKey(
        ImportConfig,
        verbose_name=_("configuration"),
        on_delete=models.CASCADE,
        related_name="mappings",
        db_index=False,  # import_mappings_target_uniq begins with it
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    source_column = models.CharField(_("column of the file"), max_length=200)
    target_field = models.CharField(_("product field"), max_length=64)
    transforms = models.JSONField(_("transforms"), default=list, blank=True)
    default_value = models.CharField(_("value if empty"), max_length=200, blank=True)
    is_required = models.BooleanField(_("required"), default=False)

    class Meta:
        db_table = "import_mappings"
        ordering = ["config_id", "position", "id"]
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints = [
            models.UniqueConstraint(
                fields=["config", "target_field"], name="import_mappings_target_uniq"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_column} -> {self.target_field}"


class ImportSchedule(models.Model):
    config = models.ForeignKey(
        ImportConfig,
        verbose_name=_("configuration"),
        on_delete=models.CASCADE,
        related_name="schedules",
    )
    cron = models.CharField(
        _("cron expression"), max_length=100, help_text=_("such as 30 5 * * 1-5")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Paris")
    is_active = models.BooleanField(_("active"), default=True)
    last_run_at = models.DateTimeField(_("last run"), null=True, blank=True, editable=False)
    next_run_at = models.DateTimeField(_("next run"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "import_schedules"
        ordering = ["next_run_at", "id"]
        verbose_name = _("import schedule")
        verbose_name_plural = _("import schedules")

    def __str__(self) -> str:
        return f"{self.cron} ({self.time_zone})"


class ImportFile(models.Model):
    """The bytes as they came; they are stored before anything reads them."""

    config = models.ForeignKey(
        ImportConfig,
        verbose_name=_("configuration"),
        on_delete=models.PROTECT,
        related_name="files",
    )
    name = models.CharField(_("name"), max_length=300)
    storage_key = models.CharField(_("storage key"), max_length=500)
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_collation="C")
    size_bytes = models.BigIntegerField(_("size (bytes)"))
    received_at = models.DateTimeField(_("received"), db_default=Now(), editable=False)

    class Meta:
        db_table = "import_files"
        ordering = ["-id"]
        verbose_name = _("import file")
        verbose_name_plural = _("import files")
        constraints = [
            models.UniqueConstraint(fields=["storage_key"], name="import_files_key_uniq"),
            models.CheckConstraint(condition=Q(size_bytes__gte=0), name="import_files_size"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="import_files_sha256"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ImportJob(models.Model):
    config = models.ForeignKey(
        ImportConfig, verbose_name=_("configuration"), on_delete=models.PROTECT, related_name="jobs"
    )
    file = models.ForeignKey(
        ImportFile,
        verbose_name=_("file"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
    )
    supplier_id = ReferenceField(_("supplier"), to="catalog.Supplier")
    status = models.CharField(
        _("status"), max_length=16, choices=JobStatus, default=JobStatus.PENDING
    )
    requested_by_id = ReferenceField(_("requested by"), to="auth.User", null=True, blank=True)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_inserted = models.PositiveIntegerField(_("inserted"), default=0)
    rows_updated = models.PositiveIntegerField(_("updated"), default=0)
    rows_unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rows_rejected = models.PositiveIntegerField(_("rejected"), default=0)
    rows_deactivated = models.PositiveIntegerField(_("deactivated"), default=0)
    error = models.TextField(_("error"), blank=True, default="")
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "import_jobs"
        ordering = ["-created_at", "-id"]
        verbose_name = _("import job")
        verbose_name_plural = _("import jobs")
        indexes = [
            Index(F("status"), F("created_at").desc(), name="idx_import_jobs_status_created"),
            Index(F("supplier_id"), F("created_at").desc(), name="idx_import_jobs_supplier"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=JobStatus.values), name="import_jobs_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[JobStatus.PENDING, JobStatus.RUNNING])
                ^ Q(finished_at__isnull=False),
                name="import_jobs_finished_when_ended",
            ),
            models.UniqueConstraint(
                fields=["supplier_id"],
                condition=Q(status=JobStatus.RUNNING),
                name="import_jobs_one_running",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ImportRowError(models.Model):
    """One reason why one record of a file was refused."""

    job = models.ForeignKey(
        ImportJob,
        verbose_name=_("job"),
        on_delete=models.CASCADE,
        related_name="errors",
        db_index=False,  # idx_import_errors_job_line, below
    )
    line_number = models.PositiveIntegerField(_("line"))
    column_name = models.CharField(_("column"), max_length=200, blank=True)
    value = models.TextField(_("value"), blank=True)
    code = models.CharField(_("reason code"), max_length=64)
    message = models.TextField(_("reason"))
    raw_record = models.TextField(_("record"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "import_errors"
        ordering = ["job_id", "line_number"]
        verbose_name = _("import error")
        verbose_name_plural = _("import errors")
        indexes = [Index(fields=["job", "line_number"], name="idx_import_errors_job_line")]

    def __str__(self) -> str:
        return f"{self.line_number}: {self.code}"


class ImportLog(models.Model):
    """Partitioned by month on created_at; in PostgreSQL its primary key is (id, created_at)."""

    job = models.ForeignKey(
        ImportJob,
        verbose_name=_("job"),
        on_delete=models.DO_NOTHING,
        related_name="logs",
        db_index=False,  # idx_import_logs_job_created_level, below
        db_constraint=False,  # a check per line would cost more than the line
    )
    log_level = models.CharField(_("level"), max_length=8, choices=LogLevel, default=LogLevel.INFO)
    message = models.TextField(_("message"))
    line_number = models.PositiveIntegerField(_("line"), null=True, blank=True)
    context = models.JSONField(_("context"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now())

    class Meta:
        db_table = "import_logs"
        ordering = ["-created_at", "-id"]
        verbose_name = _("import log line")
        verbose_name_plural = _("import log")
        indexes = [
            Index(
                F("job"),
                F("created_at").desc(),
                F("log_level"),
                name="idx_import_logs_job_created_level",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(log_level__in=LogLevel.values), name="import_logs_level"
            ),
        ]

    def __str__(self) -> str:
        return self.message


class ImportStatistics(models.Model):
    """What one supplier's imports did on one day (UTC)."""

    supplier_id = ReferenceField(_("supplier"), to="catalog.Supplier")
    day = models.DateField(_("day"))
    jobs_completed = models.PositiveIntegerField(_("jobs completed"), default=0)
    jobs_failed = models.PositiveIntegerField(_("jobs failed"), default=0)
    rows_total = models.BigIntegerField(_("rows"), default=0)
    rows_inserted = models.BigIntegerField(_("inserted"), default=0)
    rows_updated = models.BigIntegerField(_("updated"), default=0)
    rows_rejected = models.BigIntegerField(_("rejected"), default=0)
    seconds = models.FloatField(_("duration (s)"), default=0)

    class Meta:
        db_table = "import_statistics"
        ordering = ["-day", "supplier_id"]
        verbose_name = _("import statistics")
        verbose_name_plural = _("import statistics")
        constraints = [
            models.UniqueConstraint(fields=["day", "supplier_id"], name="import_statistics_uniq"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.supplier_id}"
