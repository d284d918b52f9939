"""The reads, as the admin's lists, the API and the reports make them. Each returns its rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import connections

from analytics.models import Metric, Notification
from catalog.models import PriceHistory, Product, StockHistory
from code2asin.models import AsinMapping, LookupJob, LookupStatus
from demo.workload.parameters import Parameters
from imports.models import ImportJob, ImportLog, ImportRowError, JobStatus
from media.models import FetchJob, FetchStatus, File

Rows = list[tuple[Any, ...]]

_SQL = Path(__file__).parent / "sql"
_LISTED = ("id", "sku", "title", "price", "currency", "stock", "created_at")
_DASHBOARD = 50


def product_list(rng: Random, parameters: Parameters) -> Rows:
    """The newest active products, mostly the first page of 25."""
    size = rng.choice((25, 25, 25, 25, 50, 50, 100))
    first = size * int(rng.random() ** 4 * 6)
    active = Product.objects.using("catalog").filter(is_active=True)
    return list(active.order_by("-created_at", "-id").values_list(*_LISTED)[first : first + size])


def product_by_sku(rng: Random, parameters: Parameters) -> Rows:
    found = Product.objects.using("catalog").filter(is_active=True, sku=rng.choice(parameters.skus))
    return list(found.order_by("title").values_list(*_LISTED)[:25])


def products_by_sku_prefix(rng: Random, parameters: Parameters) -> Rows:
    prefix = rng.choice(parameters.skus)[: rng.randint(7, 10)]
    found = Product.objects.using("catalog").filter(is_active=True, sku__startswith=prefix)
    return list(found.order_by("sku").values_list(*_LISTED)[:25])


def product_by_ean(rng: Random, parameters: Parameters) -> Rows:
    found = Product.objects.using("catalog").filter(ean=rng.choice(parameters.eans))
    return list(found.values_list(*_LISTED))


def products_by_title_prefix(rng: Random, parameters: Parameters) -> Rows:
    found = Product.objects.using("catalog").filter(
        is_active=True, title__startswith=rng.choice(parameters.words)
    )
    return list(found.order_by("title").values_list(*_LISTED)[:25])


def products_by_title_word(rng: Random, parameters: Parameters) -> Rows:
    word = rng.choice(parameters.words).split()[-1].lower()
    found = Product.objects.using("catalog").filter(is_active=True, title__icontains=word)
    return list(found.order_by("-created_at", "-id").values_list(*_LISTED)[:25])


def supplier_newest(rng: Random, parameters: Parameters) -> Rows:
    own = _of_supplier(rng, parameters)
    return list(own.order_by("-created_at", "-id").values_list(*_LISTED)[:50])


def supplier_by_title(rng: Random, parameters: Parameters) -> Rows:
    first = 50 * int(rng.random() ** 3 * 5)
    own = _of_supplier(rng, parameters)
    return list(own.order_by("title").values_list(*_LISTED)[first : first + 50])


def price_changes(rng: Random, parameters: Parameters) -> Rows:
    changes = PriceHistory.objects.using("catalog").filter(product_id=parameters.product(rng))
    return list(changes.order_by("-recorded_at").values_list("recorded_at", "price", "job_id")[:30])


def stock_changes(rng: Random, parameters: Parameters) -> Rows:
    changes = StockHistory.objects.using("catalog").filter(product_id=parameters.product(rng))
    return list(changes.order_by("-recorded_at").values_list("recorded_at", "stock", "job_id")[:30])


def offer_report(rng: Random, parameters: Parameters) -> Rows:
    country = rng.choice(("FR", "FR", "BE", "GB", "DE"))
    return _plain("offer_report.sql", {"country": country}, using="catalog")


def price_report(rng: Random, parameters: Parameters) -> Rows:
    since = parameters.now - timedelta(days=rng.choice((1, 7, 30)))
    return _plain("price_report.sql", {"since": since}, using="catalog")


def job_dashboard(rng: Random, parameters: Parameters) -> Rows:
    """For one status after the other: how many there are today, and the newest."""
    today = parameters.now.replace(hour=0, minute=0, second=0, microsecond=0)
    columns = ("id", "supplier_id", "status", "rows_total", "rows_rejected", "created_at")
    rows: Rows = []
    for status in JobStatus.values:
        jobs = ImportJob.objects.using("imports").filter(status=status)
        rows.append((status, jobs.filter(created_at__gte=today).count()))
        rows += jobs.order_by("-created_at").values_list(*columns)[:_DASHBOARD]
    return rows


def job_logs(rng: Random, parameters: Parameters) -> Rows:
    level = rng.choice(("info", "warning", "warning", "error", "error", "error"))
    lines = ImportLog.objects.using("imports").filter(job_id=parameters.job(rng), log_level=level)
    columns = ("id", "created_at", "log_level", "message", "line_number")
    return list(lines.order_by("-created_at", "-id").values_list(*columns)[:100])


def supplier_jobs(rng: Random, parameters: Parameters) -> Rows:
    jobs = ImportJob.objects.using("imports").filter(supplier_id=rng.choice(parameters.suppliers))
    return list(jobs.order_by("-created_at").values_list("id", "status", "created_at")[:20])


def job_errors(rng: Random, parameters: Parameters) -> Rows:
    errors = ImportRowError.objects.using("imports").filter(job_id=parameters.job(rng))
    return list(errors.order_by("line_number").values_list("line_number", "code", "value")[:100])


def config_report(rng: Random, parameters: Parameters) -> Rows:
    since = parameters.now - timedelta(days=rng.choice((7, 30, 90)))
    return _plain("config_report.sql", {"since": since}, using="imports")


def product_files(rng: Random, parameters: Parameters) -> Rows:
    files = File.objects.using("media").filter(product_id=parameters.product(rng))
    return list(files.order_by("id").values_list("id", "bucket", "key", "mime_type"))


def fetch_queue(rng: Random, parameters: Parameters) -> Rows:
    status = rng.choice((FetchStatus.PENDING, FetchStatus.FAILED))
    jobs = FetchJob.objects.using("media").filter(status=status)
    return list(jobs.order_by("-created_at").values_list("id", "source_url", "attempts")[:50])


def product_asins(rng: Random, parameters: Parameters) -> Rows:
    asins = AsinMapping.objects.using("code2asin").filter(product_id=parameters.product(rng))
    return list(asins.order_by("marketplace_id").values_list("marketplace__code", "asin", "status"))


def lookup_jobs(rng: Random, parameters: Parameters) -> Rows:
    status = rng.choice((LookupStatus.COMPLETED, LookupStatus.FAILED, LookupStatus.PENDING))
    jobs = LookupJob.objects.using("code2asin").filter(status=status)
    return list(jobs.order_by("-created_at").values_list("id", "products_found", "created_at")[:50])


def unread_notifications(rng: Random, parameters: Parameters) -> Rows:
    unread = Notification.objects.using("analytics").filter(
        user_id=rng.choice(parameters.users), read_at__isnull=True
    )
    columns = ("id", "level", "title", "url", "created_at")
    return list(unread.order_by("-created_at").values_list(*columns)[:20])


def metric_series(rng: Random, parameters: Parameters) -> Rows:
    since = parameters.now - timedelta(days=rng.choice((1, 7, 30)))
    values = Metric.objects.using("analytics").filter(
        name=rng.choice(parameters.metrics), recorded_at__gte=since
    )
    return list(values.order_by("-recorded_at").values_list("recorded_at", "value"))


def _of_supplier(rng: Random, parameters: Parameters) -> Any:
    return Product.objects.using("catalog").filter(
        supplier_id=rng.choice(parameters.suppliers), is_active=True
    )


def _plain(name: str, values: dict[str, Any], *, using: str) -> Rows:
    with connections[using].cursor() as cursor:
        cursor.execute((_SQL / name).read_text(), values)
        return list(cursor.fetchall())
