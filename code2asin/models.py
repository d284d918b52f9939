"""Amazon: which ASIN each product has on which marketplace, and how that was found out."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.fields import Index, ReferenceField

ASIN_PATTERN = r"^[A-Z0-9]{10}$"


class MappingStatus(models.TextChoices):
    CANDIDATE = "candidate", _("Candidate")
    CONFIRMED = "confirmed", _("Confirmed")
    REJECTED = "rejected", _("Rejected")


class LookupStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    RUNNING = "running", _("Running")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class LookupOutcome(models.TextChoices):
    FOUND = "found", _("Found")
    NOT_FOUND = "not_found", _("Not found")
    AMBIGUOUS = "ambiguous", _("Ambiguous")
    ERROR = "error", _("Error")


class Marketplace(models.Model):
    code = models.CharField(_("code"), max_length=2, db_collation="C")
    amazon_id = models.CharField(_("Amazon's id"), max_length=20)
    name = models.CharField(_("name"), max_length=100)
    domain = models.CharField(_("domain"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        db_table = "marketplaces"
        ordering = ["code"]
        verbose_name = _("marketplace")
        verbose_name_plural = _("marketplaces")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="marketplaces_code_uniq"),
            models.UniqueConstraint(fields=["amazon_id"], name="marketplaces_amazon_id_uniq"),
        ]

    def __str__(self) -> str:
        return self.name


class AsinMapping(models.Model):
    product_id = ReferenceField(_("product"), to="catalog.Product")
    marketplace = models.ForeignKey(
        Marketplace,
        verbose_name=_("marketplace"),
        on_delete=models.PROTECT,
        related_name="mappings",
        db_index=False,  # asin_mappings_uniq begins with it
    )
    asin = models.CharField(_("ASIN"), max_length=10, db_collation="C")
    ean = models.CharField(_("EAN"), max_length=14, blank=True, default="")
    status = models.CharField(
        _("status"), max_length=16, choices=MappingStatus, default=MappingStatus.CANDIDATE
    )
    confidence = models.DecimalField(_("confidence"), max_digits=4, decimal_places=3, default=1)
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())

    class Meta:
        db_table = "asin_mappings"
        ordering = ["-id"]
        verbose_name = _("ASIN mapping")
        verbose_name_plural = _("ASIN mappings")
        indexes = [Index(fields=["product_id", "marketplace"], name="idx_asin_mappings_product")]
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "asin", "product_id"], name="asin_mappings_uniq"
            ),
            models.UniqueConstraint(
                fields=["marketplace", "product_id"],
                condition=Q(status=MappingStatus.CONFIRMED),
                name="asin_mappings_one_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(asin__regex=ASIN_PATTERN), name="asin_mappings_asin"
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="asin_mappings_confidence"
            ),
            models.CheckConstraint(
                condition=Q(status__in=MappingStatus.values), name="asin_mappings_status"
            ),
        ]

    def __str__(self) -> str:
        return self.asin


class LookupJob(models.Model):
    marketplace = models.ForeignKey(
        Marketplace, verbose_name=_("marketplace"), on_delete=models.PROTECT, related_name="jobs"
    )
    status = models.CharField(
        _("status"), max_length=16, choices=LookupStatus, default=LookupStatus.PENDING
    )
    requested_by_id = ReferenceField(_("requested by"), to="auth.User", null=True, blank=True)
    products_total = models.PositiveIntegerField(_("products"), default=0)
    products_found = models.PositiveIntegerField(_("found"), default=0)
    products_failed = models.PositiveIntegerField(_("failed"), default=0)
    error = models.TextField(_("error"), blank=True, default="")
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        db_table = "lookup_jobs"
        ordering = ["-created_at", "-id"]
        verbose_name = _("lookup job")
        verbose_name_plural = _("lookup jobs")
        indexes = [
            Index(F("status"), F("created_at").desc(), name="idx_lookup_jobs_status_created"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=LookupStatus.values), name="lookup_jobs_status"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class LookupResult(models.Model):
    job = models.ForeignKey(
        LookupJob,
        verbose_name=_("job"),
        on_delete=models.CASCADE,
        related_name="results",
        db_index=False,  # lookup_results_uniq begins with it
    )
    product_id = ReferenceField(_("product"), to="catalog.Product")
    ean = models.CharField(_("EAN"), max_length=14)
    outcome = models.CharField(_("outcome"), max_length=16, choices=LookupOutcome)
    asin = models.CharField(_("ASIN"), max_length=10, blank=True, default="", db_collation="C")
    response = models.JSONField(_("response"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "lookup_results"
        ordering = ["-id"]
        verbose_name = _("lookup result")
        verbose_name_plural = _("lookup results")
        constraints = [
            models.UniqueConstraint(fields=["job", "product_id"], name="lookup_results_uniq"),
            models.CheckConstraint(
                condition=Q(outcome__in=LookupOutcome.values), name="lookup_results_outcome"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ean}: {self.outcome}"


class Quota(models.Model):
    """How much of an operation Amazon grants per window, and how much of it is used."""

    marketplace = models.ForeignKey(
        Marketplace,
        verbose_name=_("marketplace"),
        on_delete=models.CASCADE,
        related_name="quotas",
        db_index=False,  # quotas_uniq begins with it
    )
    operation = models.CharField(_("operation"), max_length=64)
    window_start = models.DateTimeField(_("window begins"))
    window_seconds = models.PositiveIntegerField(_("window (s)"), default=86_400)
    granted = models.PositiveIntegerField(_("granted"))
    used = models.PositiveIntegerField(_("used"), default=0)

    class Meta:
        db_table = "quotas"
        ordering = ["-window_start", "marketplace_id", "operation"]
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "operation", "window_start"], name="quotas_uniq"
            ),
            models.CheckConstraint(condition=Q(used__lte=F("granted")), name="quotas_not_exceeded"),
        ]

    def __str__(self) -> str:
        return f"{self.operation}: {self.used}/{self.granted}"
