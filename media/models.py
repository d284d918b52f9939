"""Media: the pictures and documents of products, where their bytes are, and what is made of them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.fields import Index, ReferenceField


class FetchStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")


class File(models.Model):
    """An object in storage. `product_id` is empty for what belongs to no product."""

    bucket = models.CharField(_("bucket"), max_length=63)
    key = models.CharField(_("key"), max_length=500, db_collation="C")
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_collation="C")
    size_bytes = models.BigIntegerField(_("size (bytes)"))
    mime_type = models.CharField(_("type"), max_length=100)
    product_id = ReferenceField(_("product"), to="catalog.Product", null=True, blank=True)
    original_name = models.CharField(_("original name"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "media_files"
        ordering = ["-id"]
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [Index(fields=["product_id", "id"], name="idx_media_files_product")]
        constraints = [
            models.UniqueConstraint(fields=["bucket", "key"], name="media_files_key_uniq"),
            models.CheckConstraint(condition=Q(size_bytes__gte=0), name="media_files_size"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="media_files_sha256"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class FileMetadata(models.Model):
    file = models.OneToOneField(
        File,
        verbose_name=_("file"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="metadata",
    )
    width = models.PositiveIntegerField(_("width (px)"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height (px)"), null=True, blank=True)
    color_space = models.CharField(_("colour space"), max_length=32, blank=True)
    details = models.JSONField(_("details"), default=dict, blank=True)
    extracted_at = models.DateTimeField(_("extracted"), db_default=Now(), editable=False)

    class Meta:
        db_table = "media_metadata"
        ordering = ["-file_id"]
        verbose_name = _("file metadata")
        verbose_name_plural = _("file metadata")

    def __str__(self) -> str:
        return f"{self.width} × {self.height}"


class Rendition(models.Model):
    """A file derived from another: a thumbnail, a smaller or converted picture."""

    file = models.ForeignKey(
        File,
        verbose_name=_("file"),
        on_delete=models.CASCADE,
        related_name="renditions",
        db_index=False,  # media_renditions_name_uniq begins with it
    )
    name = models.CharField(_("name"), max_length=32)
    key = models.CharField(_("key"), max_length=500, db_collation="C")
    mime_type = models.CharField(_("type"), max_length=100)
    width = models.PositiveIntegerField(_("width (px)"))
    height = models.PositiveIntegerField(_("height (px)"))
    size_bytes = models.BigIntegerField(_("size (bytes)"))
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "media_renditions"
        ordering = ["file_id", "name"]
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = [
            models.UniqueConstraint(fields=["file", "name"], name="media_renditions_name_uniq"),
        ]

    def __str__(self) -> str:
        return self.name


class FetchJob(models.Model):
    """A picture to be fetched from a supplier's address."""

    source_url = models.URLField(_("source"), max_length=1000)
    product_id = ReferenceField(_("product"), to="catalog.Product", null=True, blank=True)
    file = models.ForeignKey(
        File,
        verbose_name=_("file"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="fetch_jobs",
    )
    status = models.CharField(
        _("status"), max_length=16, choices=FetchStatus, default=FetchStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True, default="")
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "media_fetch_jobs"
        ordering = ["-id"]
        verbose_name = _("fetch job")
        verbose_name_plural = _("fetch jobs")
        indexes = [Index(F("status"), F("created_at").desc(), name="idx_fetch_jobs_status_created")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=FetchStatus.values), name="media_fetch_jobs_status"
            ),
        ]

    def __str__(self) -> str:
        return self.source_url
