"""Media for staff: the files in storage, what is made of them, and what is being fetched."""

from __future__ import annotations

from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from config.admin import DomainAdmin, ReadOnlyAdmin, ReadOnlyInline
from config.columns import LabelColumn
from config.filters import IndexedValuesFilter, first_ids, indexed_values
from config.reference_forms import ReferenceFilter
from media.models import FetchJob, File, FileMetadata, Rendition

USING: Final = "media"


class BucketFilter(IndexedValuesFilter):
    title = _("bucket")
    parameter_name = "bucket"


class MetadataInline(ReadOnlyInline):
    model = FileMetadata
    fields = ("width", "height", "color_space", "details", "extracted_at")


class RenditionInline(ReadOnlyInline):
    model = Rendition
    per_page = 20
    fields = ("name", "key", "mime_type", "width", "height", "size_bytes", "created_at")


@admin.register(File)
class FileAdmin(DomainAdmin):
    list_display = ("key", "bucket", "mime_type", "size", "product_id", "created_at")
    list_filter = (("product_id", ReferenceFilter), BucketFilter)
    search_fields = ("key",)
    search_help_text = _("Beginning of the key")
    inlines = (MetadataInline, RenditionInline)
    # The bytes and what describes them belong to the storage; staff say what they are a picture of.
    readonly_fields = (
        "bucket",
        "key",
        "checksum",
        "size",
        "mime_type",
        "original_name",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": ("product_id", "original_name")}),
        (
            _("Storage"),
            {"fields": (("bucket", "key"), ("mime_type", "size"), "checksum", "created_at")},
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: File | None = None) -> bool:
        return False  # it would leave the object in storage behind

    def search(self, queryset: QuerySet[File], term: str) -> list[int]:
        # The index is on (bucket, key): naming the few buckets lets it serve the key.
        buckets = indexed_values(File, "bucket", using=USING)
        return first_ids(queryset.filter(bucket__in=buckets, key__startswith=term))

    @admin.display(description=_("size"))
    def size(self, file: File) -> str:
        return filesizeformat(file.size_bytes)

    @admin.display(description=_("SHA-256"))
    def checksum(self, file: File) -> SafeString:
        return format_html('<span style="word-break: break-all">{}</span>', file.sha256)


@admin.register(FetchJob)
class FetchJobAdmin(ReadOnlyAdmin):
    list_display = (
        "source_url",
        LabelColumn("status", _("status")),
        "product_id",
        "attempts",
        "next_attempt_at",
        "created_at",
    )
    list_filter = (("status", ChoicesDropdownFilter),)
    ordering_when_filtered = {"status__exact": ("-created_at", "-id")}
