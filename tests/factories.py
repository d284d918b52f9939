"""Rows for tests, one factory per table; the router sends each to its database.

A column that points into another database gets a row over there, unless a test says otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.contrib.auth.models import User
from factory.django import DjangoModelFactory

from analytics import models as analytics
from catalog import models as catalog
from code2asin import models as code2asin
from imports import models as imports
from media import models as media

SHA256 = "0" * 64
A_DAY = datetime(2026, 1, 1, tzinfo=UTC)


class Rows(DjangoModelFactory):  # type: ignore[misc]
    class Meta:
        abstract = True


def id_of(rows: type[Rows]) -> Any:
    """The id of a new row, for a column that points into another database."""
    return factory.LazyFunction(lambda: rows.create().pk)


class UserFactory(Rows):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    is_staff = True


# catalog


class SupplierFactory(Rows):
    class Meta:
        model = catalog.Supplier

    code = factory.Sequence(lambda n: f"SUP{n:04}")
    name = factory.Sequence(lambda n: f"Supplier {n}")
    country = "FR"


class BrandFactory(Rows):
    class Meta:
        model = catalog.Brand

    name = factory.Sequence(lambda n: f"Brand {n}")
    slug = factory.Sequence(lambda n: f"brand-{n}")


class CategoryFactory(Rows):
    """A category at the root; the actions of the catalogue make those below."""

    class Meta:
        model = catalog.Category

    name = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"category-{n}")
    path = factory.SelfAttribute("slug")


class ProductFactory(Rows):
    class Meta:
        model = catalog.Product

    supplier = factory.SubFactory(SupplierFactory)
    brand = factory.SubFactory(BrandFactory)
    category = factory.SubFactory(CategoryFactory)
    sku = factory.Sequence(lambda n: f"SKU-{n:06}")
    title = factory.Sequence(lambda n: f"Cordless drill {n}")
    price = "19.90"


class FileFactory(Rows):
    class Meta:
        model = media.File

    bucket = "pictures"
    key = factory.Sequence(lambda n: f"products/{n:06}.jpg")
    sha256 = SHA256
    size_bytes = 123_456
    mime_type = "image/jpeg"
    product_id = id_of(ProductFactory)


class ProductImageFactory(Rows):
    class Meta:
        model = catalog.ProductImage

    product = factory.SubFactory(ProductFactory)
    position = factory.Sequence(lambda n: n)
    file_id = id_of(FileFactory)


class ProductVariantFactory(Rows):
    class Meta:
        model = catalog.ProductVariant

    product = factory.SubFactory(ProductFactory)
    sku = factory.Sequence(lambda n: f"VARIANT-{n:06}")


# imports


class ImportConfigFactory(Rows):
    class Meta:
        model = imports.ImportConfig

    supplier_id = id_of(SupplierFactory)
    name = factory.Sequence(lambda n: f"Daily catalogue {n}")


class ImportMappingFactory(Rows):
    class Meta:
        model = imports.ImportMapping

    config = factory.SubFactory(ImportConfigFactory)
    source_column = "Artikelnummer"
    target_field = factory.Sequence(lambda n: f"field{n}")


class ImportScheduleFactory(Rows):
    class Meta:
        model = imports.ImportSchedule

    config = factory.SubFactory(ImportConfigFactory)
    cron = "30 5 * * 1-5"


class ImportFileFactory(Rows):
    class Meta:
        model = imports.ImportFile

    config = factory.SubFactory(ImportConfigFactory)
    name = "catalogue.csv"
    storage_key = factory.Sequence(lambda n: f"imports/{n}.csv")
    sha256 = SHA256
    size_bytes = 1_000


class ImportJobFactory(Rows):
    class Meta:
        model = imports.ImportJob

    class Params:
        ended = factory.Trait(started_at=A_DAY, finished_at=A_DAY + timedelta(minutes=2))
        completed = factory.Trait(ended=True, status=imports.JobStatus.COMPLETED)
        running = factory.Trait(started_at=A_DAY, status=imports.JobStatus.RUNNING)

    config = factory.SubFactory(ImportConfigFactory)
    file = factory.SubFactory(ImportFileFactory)
    supplier_id = factory.SelfAttribute("config.supplier_id")
    requested_by_id = id_of(UserFactory)


class ImportRowErrorFactory(Rows):
    class Meta:
        model = imports.ImportRowError

    job = factory.SubFactory(ImportJobFactory)
    line_number = factory.Sequence(lambda n: n + 2)
    column_name = "price"
    value = "abc"
    code = "not_a_number"
    message = "The price is not a number."


class ImportLogFactory(Rows):
    class Meta:
        model = imports.ImportLog

    job = factory.SubFactory(ImportJobFactory)
    message = factory.Sequence(lambda n: f"Batch {n} merged")


class ImportStatisticsFactory(Rows):
    class Meta:
        model = imports.ImportStatistics

    supplier_id = id_of(SupplierFactory)
    day = factory.Sequence(lambda n: (A_DAY + timedelta(days=n)).date())
    jobs_completed = 3
    seconds = 12.5


class PriceHistoryFactory(Rows):
    class Meta:
        model = catalog.PriceHistory

    product = factory.SubFactory(ProductFactory)
    price = "17.50"
    currency = "EUR"
    job_id = id_of(ImportJobFactory)


class StockHistoryFactory(Rows):
    class Meta:
        model = catalog.StockHistory

    product = factory.SubFactory(ProductFactory)
    stock = 12
    job_id = id_of(ImportJobFactory)


class ImportLedgerFactory(Rows):
    class Meta:
        model = catalog.ImportLedger

    job_id = id_of(ImportJobFactory)
    batch_number = 1
    supplier = factory.SubFactory(SupplierFactory)


# media


class FileMetadataFactory(Rows):
    class Meta:
        model = media.FileMetadata

    file = factory.SubFactory(FileFactory)
    width = 800
    height = 600


class RenditionFactory(Rows):
    class Meta:
        model = media.Rendition

    file = factory.SubFactory(FileFactory)
    name = factory.Sequence(lambda n: f"thumbnail{n}")
    key = factory.Sequence(lambda n: f"renditions/{n}.webp")
    mime_type = "image/webp"
    width = 200
    height = 150
    size_bytes = 5_000


class FetchJobFactory(Rows):
    class Meta:
        model = media.FetchJob

    source_url = factory.Sequence(lambda n: f"https://cdn.example.com/pictures/{n}.jpg")
    product_id = id_of(ProductFactory)
    file = factory.SubFactory(FileFactory)


# code2asin


class MarketplaceFactory(Rows):
    class Meta:
        model = code2asin.Marketplace
        django_get_or_create = ("code",)

    code = "FR"
    amazon_id = "A13V1IB3VIYZZH"
    name = "Amazon.fr"
    domain = "amazon.fr"
    currency = "EUR"


class AsinMappingFactory(Rows):
    class Meta:
        model = code2asin.AsinMapping

    product_id = id_of(ProductFactory)
    marketplace = factory.SubFactory(MarketplaceFactory)
    asin = factory.Sequence(lambda n: f"B{n:09}")


class LookupJobFactory(Rows):
    class Meta:
        model = code2asin.LookupJob

    marketplace = factory.SubFactory(MarketplaceFactory)
    requested_by_id = id_of(UserFactory)


class LookupResultFactory(Rows):
    class Meta:
        model = code2asin.LookupResult

    job = factory.SubFactory(LookupJobFactory)
    product_id = id_of(ProductFactory)
    ean = "4006381333931"
    outcome = code2asin.LookupOutcome.FOUND


class QuotaFactory(Rows):
    class Meta:
        model = code2asin.Quota

    marketplace = factory.SubFactory(MarketplaceFactory)
    operation = "searchCatalogItems"
    window_start = factory.Sequence(lambda n: A_DAY + timedelta(days=n))
    granted = 5_000
    used = 3_200


# analytics


class MetricFactory(Rows):
    class Meta:
        model = analytics.Metric

    name = "rows.imported"
    supplier_id = id_of(SupplierFactory)
    value = 1.5
    unit = "rows"


class MetricRollupFactory(Rows):
    class Meta:
        model = analytics.MetricRollup

    name = "rows.imported"
    period = analytics.Period.DAY
    period_start = factory.Sequence(lambda n: A_DAY + timedelta(days=n))
    supplier_id = id_of(SupplierFactory)
    samples = 24
    total = 100.0
    minimum = 1.0
    maximum = 9.0


class ReportFactory(Rows):
    class Meta:
        model = analytics.Report

    slug = factory.Sequence(lambda n: f"report-{n}")
    title = factory.Sequence(lambda n: f"Report {n}")


class ReportRunFactory(Rows):
    class Meta:
        model = analytics.ReportRun

    report = factory.SubFactory(ReportFactory)
    requested_by_id = id_of(UserFactory)


class NotificationFactory(Rows):
    class Meta:
        model = analytics.Notification

    user_id = id_of(UserFactory)
    title = factory.Sequence(lambda n: f"Import {n} finished")


class EventFactory(Rows):
    class Meta:
        model = analytics.Event

    kind = "product.updated"
    actor_id = id_of(UserFactory)
    subject = "catalog.Product"
    subject_id = id_of(ProductFactory)
