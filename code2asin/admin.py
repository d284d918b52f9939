"""Amazon for staff: which ASIN each product has where, and how that was found out."""

from __future__ import annotations

from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RelatedDropdownFilter,
)

from code2asin.models import AsinMapping, LookupJob, LookupResult, Marketplace, Quota
from config.admin import DomainAdmin, ReadOnlyAdmin
from config.columns import LabelColumn
from config.formats import duration, links
from config.reference_forms import ReferenceFilter
from config.references import list_url

USING: Final = "code2asin"


@admin.register(Marketplace)
class MarketplaceAdmin(DomainAdmin):
    list_display = ("code", "name", "domain", "currency", "amazon_id", "is_active")
    list_filter = (("is_active", BooleanRadioFilter),)
    search_fields = ("code", "name", "domain")
    search_help_text = _("Code, name or domain")
    sortable_by = ("code", "name", "domain", "currency", "amazon_id", "is_active")
    ordering = ("code",)


@admin.register(AsinMapping)
class AsinMappingAdmin(DomainAdmin):
    list_display = (
        "asin",
        LabelColumn("status", _("status")),
        "marketplace",
        "product_id",
        "confidence",
        "verified_at",
    )
    list_select_related = ("marketplace",)
    list_filter = (
        ("product_id", ReferenceFilter),
        ("marketplace", RelatedDropdownFilter),
        ("status", ChoicesDropdownFilter),
    )
    search_fields = ("asin",)
    search_help_text = _("Whole ASIN")
    readonly_fields = ("created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("product_id", "marketplace"), ("asin", "ean"))}),
        (_("Check"), {"fields": (("status", "confidence"), "verified_at")}),
        (_("Related"), {"fields": (("created_at", "updated_at"),)}),
    )

    def search(self, queryset: QuerySet[AsinMapping], term: str) -> QuerySet[AsinMapping]:
        # The index is on (marketplace, asin, product): naming the marketplaces lets it serve.
        return queryset.filter(marketplace__in=Marketplace.objects.using(USING), asin=term.upper())


@admin.register(LookupJob)
class LookupJobAdmin(ReadOnlyAdmin):
    list_display = (
        "number",
        LabelColumn("status", _("status")),
        "marketplace",
        "created_at",
        "took",
        "products_total",
        "products_found",
        "products_failed",
        "requested_by_id",
    )
    list_select_related = ("marketplace",)
    list_filter = (("status", ChoicesDropdownFilter), ("marketplace", RelatedDropdownFilter))
    ordering_when_filtered = {"status__exact": ("-created_at", "-id")}
    search_fields = ("id",)
    search_help_text = _("Number of the job")
    fieldsets = (
        (None, {"fields": (("number", "status"), ("marketplace", "requested_by_id"), "error")}),
        (_("Products"), {"fields": (("products_total", "products_found", "products_failed"),)}),
        (
            _("Time"),
            {"fields": (("created_at", "took"), ("started_at", "finished_at"), "see_also")},
        ),
    )

    def search(self, queryset: QuerySet[LookupJob], term: str) -> QuerySet[LookupJob]:
        number = term.removeprefix("#")
        return queryset.filter(pk=number) if number.isdecimal() else queryset.none()

    @admin.display(description=_("job"))
    def number(self, job: LookupJob) -> str:
        return str(job)

    @admin.display(description=_("duration"))
    def took(self, job: LookupJob) -> str:
        return duration(job.started_at, job.finished_at)

    @admin.display(description=_("see also"))
    def see_also(self, job: LookupJob) -> SafeString:
        return links([(list_url("code2asin.LookupResult", job__id__exact=job.pk), _("Results"))])


@admin.register(LookupResult)
class LookupResultAdmin(ReadOnlyAdmin):
    list_display = (
        "ean",
        LabelColumn("outcome", _("outcome")),
        "asin",
        "product_id",
        "job",
        "created_at",
    )
    list_select_related = ("job",)
    list_filter = (("job", AutocompleteSelectFilter),)
    filters_when_filtered = {"job__id__exact": ("outcome", ChoicesDropdownFilter)}


@admin.register(Quota)
class QuotaAdmin(ReadOnlyAdmin):
    list_display = ("operation", "marketplace", "window_start", "window_seconds", "granted", "used")
    list_select_related = ("marketplace",)
    list_filter = (("marketplace", RelatedDropdownFilter),)
