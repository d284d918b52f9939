"""The catalogue: what suppliers offer, what it cost and how much of it there was over time."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.fields import Index, ReferenceField

# Codes sort by bytes: faster than a language's order, and LIKE 'prefix%' can use the index.
CODE_COLLATION = "C"

CURRENCY_PATTERN = r"^[A-Z]{3}$"
# EAN-8, UPC-A, EAN-13 and GTIN-14; the check digit is the importers' business.
GTIN_PATTERN = r"^([0-9]{8}|[0-9]{12,14})$"

validate_currency = RegexValidator(
    CURRENCY_PATTERN, _("Use the three capital letters of ISO 4217, such as EUR.")
)
validate_gtin = RegexValidator(GTIN_PATTERN, _("An EAN or GTIN has 8, 12, 13 or 14 digits."))


class Supplier(models.Model):
    code = models.CharField(_("code"), max_length=32, db_collation=CODE_COLLATION)
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166, two letters"))
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[validate_currency]
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    contact_name = models.CharField(_("contact"), max_length=200, blank=True)
    contact_email = models.EmailField(_("e-mail"), blank=True)
    website = models.URLField(_("website"), blank=True)
    lead_time_days = models.PositiveSmallIntegerField(_("lead time (days)"), default=3)
    is_active = models.BooleanField(_("active"), default=True)
    notes = models.TextField(_("notes"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())

    class Meta:
        db_table = "suppliers"
        ordering = ["name", "id"]
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="suppliers_code_uniq"),
            models.UniqueConstraint(fields=["name"], name="suppliers_name_uniq"),
            models.CheckConstraint(
                condition=Q(currency__regex=CURRENCY_PATTERN), name="suppliers_currency_iso"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="suppliers_country_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A node of the tree; `path` is the slugs from the root, so a subtree is one range of it."""

    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=100, db_index=False)
    path = models.CharField(_("path"), max_length=1000, db_collation=CODE_COLLATION, editable=False)
    depth = models.PositiveSmallIntegerField(_("depth"), default=0, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        db_table = "categories"
        ordering = ["path"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(fields=["path"], name="categories_path_uniq"),
            models.CheckConstraint(
                condition=~Q(parent=F("id")), name="categories_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=100, db_index=False)
    website = models.URLField(_("website"), blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "brands"
        ordering = ["name"]
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="brands_name_uniq"),
            models.UniqueConstraint(fields=["slug"], name="brands_slug_uniq"),
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    supplier = models.ForeignKey(
        Supplier,
        verbose_name=_("supplier"),
        on_delete=models.PROTECT,
        related_name="products",
        db_index=False,  # idx_products_supplier_id, below
    )
    brand = models.ForeignKey(
        Brand,
        verbose_name=_("brand"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
    )
    sku = models.CharField(_("SKU"), max_length=64, db_collation=CODE_COLLATION)
    ean = models.CharField(
        _("EAN / GTIN"), max_length=14, blank=True, default="", validators=[validate_gtin]
    )
    title = models.CharField(_("title"), max_length=500)
    description = models.TextField(_("description"), blank=True, default="")
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[validate_currency]
    )
    vat_rate = models.DecimalField(_("VAT (%)"), max_digits=5, decimal_places=2, default=20)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    stock = models.IntegerField(_("stock"), default=0)
    weight_grams = models.PositiveIntegerField(_("weight (g)"), null=True, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())

    class Meta:
        db_table = "products"
        ordering = ["-created_at", "-id"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        # No index holds price, stock or updated_at: their updates stay HOT (fillfactor 90).
        indexes = [
            Index(
                F("is_active"),
                F("created_at").desc(),
                name="idx_products_active_created_desc",
                condition=Q(is_active=True),
            ),
            Index(
                fields=["sku", "is_active", "title"],
                name="idx_products_sku_active_title",
                condition=Q(is_active=True),
            ),
            Index(fields=["supplier"], name="idx_products_supplier_id"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["supplier", "sku"], name="products_supplier_sku_uniq"),
            models.CheckConstraint(condition=Q(price__gte=0), name="products_price_not_negative"),
            models.CheckConstraint(
                condition=Q(cost__isnull=True) | Q(cost__gte=0), name="products_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(vat_rate__gte=0, vat_rate__lte=100), name="products_vat_percentage"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=CURRENCY_PATTERN), name="products_currency_iso"
            ),
            models.CheckConstraint(
                condition=Q(ean="") | Q(ean__regex=GTIN_PATTERN), name="products_ean_digits"
            ),
            models.CheckConstraint(condition=~Q(sku=""), name="products_sku_given"),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.title}"


class ProductImage(models.Model):
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        on_delete=models.CASCADE,
        related_name="images",
        db_index=False,  # product_images_position_uniq begins with it
    )
    file_id = ReferenceField(_("file"), to="media.File", null=True, blank=True)
    source_url = models.URLField(_("source"), max_length=1000, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    alt_text = models.CharField(_("alternative text"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        db_table = "product_images"
        ordering = ["product_id", "position"]
        verbose_name = _("product image")
        verbose_name_plural = _("product images")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "position"], name="product_images_position_uniq"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} #{self.position}"


class ProductVariant(models.Model):
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        on_delete=models.CASCADE,
        related_name="variants",
        db_index=False,  # product_variants_sku_uniq begins with it
    )
    sku = models.CharField(_("SKU"), max_length=64, db_collation=CODE_COLLATION)
    ean = models.CharField(
        _("EAN / GTIN"), max_length=14, blank=True, default="", validators=[validate_gtin]
    )
    options = models.JSONField(_("options"), default=dict, help_text=_("such as size and colour"))
    price = models.DecimalField(
        _("price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("empty: the price of the product"),
    )
    stock = models.IntegerField(_("stock"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        db_table = "product_variants"
        ordering = ["product_id", "sku"]
        verbose_name = _("product variant")
        verbose_name_plural = _("product variants")
        constraints = [
            models.UniqueConstraint(fields=["product", "sku"], name="product_variants_sku_uniq"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0),
                name="product_variants_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class PriceHistory(models.Model):
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        on_delete=models.CASCADE,
        related_name="price_history",
        db_index=False,  # idx_price_history_product, below
    )
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    job_id = ReferenceField(_("import job"), to="imports.ImportJob", null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    class Meta:
        db_table = "price_history"
        ordering = ["-recorded_at", "-id"]
        verbose_name = _("price change")
        verbose_name_plural = _("price history")
        indexes = [Index(F("product"), F("recorded_at").desc(), name="idx_price_history_product")]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0), name="price_history_price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.price} {self.currency}"


class StockHistory(models.Model):
    product = models.ForeignKey(
        Product,
        verbose_name=_("product"),
        on_delete=models.CASCADE,
        related_name="stock_history",
        db_index=False,  # idx_stock_history_product, below
    )
    stock = models.IntegerField(_("stock"))
    job_id = ReferenceField(_("import job"), to="imports.ImportJob", null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    class Meta:
        db_table = "stock_history"
        ordering = ["-recorded_at", "-id"]
        verbose_name = _("stock change")
        verbose_name_plural = _("stock history")
        indexes = [Index(F("product"), F("recorded_at").desc(), name="idx_stock_history_product")]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.stock}"


class ImportLedger(models.Model):
    """One merged batch. It commits together with the rows it counts, so no batch counts twice."""

    job_id = ReferenceField(_("import job"), to="imports.ImportJob")
    batch_number = models.PositiveIntegerField(_("batch"))
    supplier = models.ForeignKey(
        Supplier, verbose_name=_("supplier"), on_delete=models.PROTECT, related_name="+"
    )
    rows_inserted = models.PositiveIntegerField(_("inserted"), default=0)
    rows_updated = models.PositiveIntegerField(_("updated"), default=0)
    rows_unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    rows_deactivated = models.PositiveIntegerField(_("deactivated"), default=0)
    committed_at = models.DateTimeField(_("committed"), db_default=Now())

    class Meta:
        db_table = "import_ledger"
        ordering = ["-id"]
        verbose_name = _("import ledger entry")
        verbose_name_plural = _("import ledger")
        constraints = [
            models.UniqueConstraint(fields=["job_id", "batch_number"], name="import_ledger_uniq"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.batch_number}"
