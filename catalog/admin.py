"""The catalogue for staff: products with their history, suppliers, brands, the category tree."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import AutocompleteSelectFilter, BooleanRadioFilter

from catalog import actions, queries
from catalog.exceptions import CatalogError, SearchTooSlow
from catalog.models import (
    Brand,
    Category,
    ImportLedger,
    PriceHistory,
    Product,
    ProductImage,
    ProductVariant,
    StockHistory,
    Supplier,
)
from config.admin import DomainAdmin, DomainInline, LatestFormSet, ReadOnlyAdmin, ReadOnlyInline
from config.formats import day, links, money
from config.reference_forms import ReferenceFilter, ReferenceForm
from config.references import list_url

USING: Final = "catalog"


@admin.register(Supplier)
class SupplierAdmin(DomainAdmin):
    list_display = (
        "code",
        "name",
        "country",
        "currency",
        "lead_time_days",
        "is_active",
        "see_also",
    )
    list_filter = (("is_active", BooleanRadioFilter),)
    search_fields = ("code", "name")
    search_help_text = _("Code or name")
    sortable_by = ("code", "name", "country", "currency", "lead_time_days", "is_active")
    ordering = ("name",)
    readonly_fields = ("see_also", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": (("code", "name"), ("country", "language"), ("currency", "is_active"))}),
        (
            _("Contact"),
            {"fields": (("contact_name", "contact_email"), ("website", "lead_time_days"), "notes")},
        ),
        (_("Related"), {"fields": ("see_also", ("created_at", "updated_at"))}),
    )

    @admin.display(description=_("see also"))
    def see_also(self, supplier: Supplier) -> SafeString:
        return links(
            [
                (list_url("catalog.Product", supplier__id__exact=supplier.pk), _("Products")),
                (list_url("imports.ImportConfig", supplier_id=supplier.pk), _("Configurations")),
                (list_url("imports.ImportJob", supplier_id=supplier.pk), _("Jobs")),
            ]
        )


@admin.register(Brand)
class BrandAdmin(DomainAdmin):
    list_display = ("name", "slug", "website", "created_at")
    search_fields = ("name",)
    search_help_text = _("Name")
    sortable_by = ("name", "slug")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("name",)}


class CategoryForm(ReferenceForm):
    """Tells before saving why a category cannot stand where it was put."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            parent = data.get("parent")
            try:
                actions.path_for(
                    category_id=self.instance.pk,
                    parent_id=parent.pk if parent else None,
                    slug=data["slug"],
                    using=USING,
                )
            except CatalogError as exc:
                raise forms.ValidationError(str(exc)) from exc
        return data


@admin.register(Category)
class CategoryAdmin(DomainAdmin):
    form = CategoryForm
    list_display = ("branch", "path", "is_active", "products")
    list_filter = (("is_active", BooleanRadioFilter),)
    search_fields = ("name", "path")
    search_help_text = _("Name or path")
    ordering = ("path",)  # the order of the tree
    list_per_page = 200
    autocomplete_fields = ("parent",)
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("path",)
    fields = ("parent", ("name", "slug"), "is_active", "path")

    @admin.display(description=_("category"))
    def branch(self, category: Category) -> SafeString:
        return format_html(
            '<span style="padding-left: {}rem">{}</span>', category.depth * 1.5, category.name
        )

    @admin.display(description=_("products"))
    def products(self, category: Category) -> SafeString:
        return links(
            [(list_url("catalog.Product", category__id__exact=category.pk), _("Products"))]
        )

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        if change:
            actions.move_category(
                category_id=obj.pk, parent_id=obj.parent_id, slug=obj.slug, using=USING
            )
            obj.save(update_fields=["name", "is_active"])
        else:
            obj.pk = actions.create_category(
                parent_id=obj.parent_id,
                name=obj.name,
                slug=obj.slug,
                is_active=obj.is_active,
                using=USING,
            ).pk
        obj.refresh_from_db()


class CategoryFilter(AutocompleteSelectFilter):
    """Products of a category and of all below it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        category = str(self.value() or "")
        if not category:
            return queryset
        if not category.isdecimal():
            raise IncorrectLookupParameters(self.lookup_kwarg)
        ids = queries.subtree_ids(category_id=int(category), using=USING)
        return queryset.filter(category__in=ids)


class ImageInline(DomainInline):
    verbose_name_plural = _("images")
    model = ProductImage
    fields = ("position", "file_id", "source_url", "alt_text")


class VariantInline(DomainInline):
    verbose_name_plural = _("variants")
    model = ProductVariant
    fields = ("sku", "ean", "options", "price", "stock", "is_active")


class PriceHistoryInline(ReadOnlyInline):
    verbose_name_plural = _("prices")
    model = PriceHistory
    formset = LatestFormSet
    fields = ("recorded_at", "price", "cost", "currency", "job_id")


class StockHistoryInline(ReadOnlyInline):
    verbose_name_plural = _("stocks")
    model = StockHistory
    formset = LatestFormSet
    fields = ("recorded_at", "stock", "job_id")


@admin.register(Product)
class ProductAdmin(DomainAdmin):
    list_display = (
        "sku",
        "title",
        "supplier",
        "price_with_currency",
        "stock",
        "is_active",
        "created",
    )
    list_select_related = ("supplier",)
    list_filter = (
        ("is_active", BooleanRadioFilter),
        ("supplier", AutocompleteSelectFilter),
        ("brand", AutocompleteSelectFilter),
        ("category", CategoryFilter),
    )
    search_fields = ("sku", "ean", "title")
    search_help_text = _("Beginning of the SKU, whole EAN, or words of the title")
    autocomplete_fields = ("supplier", "brand", "category")
    readonly_fields = ("see_also", "created_at", "updated_at")
    inlines = (ImageInline, VariantInline, PriceHistoryInline, StockHistoryInline)
    actions = ("activate", "deactivate")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("sku", "ean"),
                    "title",
                    "description",
                    ("supplier", "brand"),
                    ("category", "is_active"),
                )
            },
        ),
        (_("Price"), {"fields": (("price", "currency"), ("cost", "vat_rate"))}),
        (_("Stock"), {"fields": (("stock", "weight_grams"), "attributes")}),
        (_("Related"), {"fields": ("see_also", ("created_at", "updated_at"))}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return False  # its history would go with it; what is no longer sold is deactivated

    @admin.display(description=_("price"))
    def price_with_currency(self, product: Product) -> SafeString:
        return money(product.price, product.currency)

    @admin.display(description=_("created"))
    def created(self, product: Product) -> SafeString:
        return day(product.created_at)

    @admin.display(description=_("see also"))
    def see_also(self, product: Product) -> SafeString:
        here = product.pk
        return links(
            [
                (list_url("media.File", product_id=here), _("Files")),
                (list_url("code2asin.AsinMapping", product_id=here), _("ASIN mappings")),
                (list_url("catalog.PriceHistory", product__id__exact=here), _("All prices")),
                (list_url("catalog.StockHistory", product__id__exact=here), _("All stocks")),
            ]
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        try:
            return super().get_search_results(request, queryset, search_term)
        except SearchTooSlow as exc:
            self.tell_on_list(request, str(exc))
            return queryset.none(), False

    def search(self, queryset: QuerySet[Product], term: str) -> list[int]:
        return queries.find_products(queryset, term=term, using=USING)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = form.changed_data if change else actions.RECORDED_FIELDS
        actions.record_history(product=obj, changed=changed, using=USING)

    @admin.action(description=_("Activate selected products"), permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_active(request, queryset, is_active=True)

    @admin.action(description=_("Deactivate selected products"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_active(request, queryset, is_active=False)

    def _set_active(
        self, request: HttpRequest, queryset: QuerySet[Product], *, is_active: bool
    ) -> None:
        products = {product.pk: product for product in queryset}
        changed = actions.set_active(product_ids=list(products), is_active=is_active, using=USING)
        self.log_for_all(
            request, [products[pk] for pk in changed], [{"changed": {"fields": ["is_active"]}}]
        )
        text = ngettext("%(count)d product changed.", "%(count)d products changed.", len(changed))
        messages.success(request, text % {"count": len(changed)})


class HistoryAdmin(ReadOnlyAdmin):
    """What a product's price or stock was; by product in the order of its index."""

    list_select_related = ("product",)
    list_filter = (("product", AutocompleteSelectFilter),)
    ordering_when_filtered = {"product__id__exact": ("-recorded_at", "-id")}


@admin.register(PriceHistory)
class PriceHistoryAdmin(HistoryAdmin):
    list_display = ("recorded_at", "product", "price_with_currency", "cost", "job_id")

    @admin.display(description=_("price"))
    def price_with_currency(self, entry: PriceHistory) -> SafeString:
        return money(entry.price, entry.currency)


@admin.register(StockHistory)
class StockHistoryAdmin(HistoryAdmin):
    list_display = ("recorded_at", "product", "stock", "job_id")


@admin.register(ImportLedger)
class ImportLedgerAdmin(ReadOnlyAdmin):
    list_display = (
        "committed_at",
        "job_id",
        "batch_number",
        "supplier",
        "rows_inserted",
        "rows_updated",
        "rows_unchanged",
        "rows_deactivated",
    )
    list_select_related = ("supplier",)
    list_filter = (("job_id", ReferenceFilter), ("supplier", AutocompleteSelectFilter))
