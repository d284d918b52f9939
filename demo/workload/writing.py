"""The writes, as imports, the API and staff make them. Each returns what it wrote."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from analytics.models import Notification
from catalog.models import PriceHistory, Product, StockHistory
from demo.workload.parameters import Parameters
from imports.models import ImportLog, LogLevel

Rows = list[tuple[Any, ...]]

_CENT = Decimal("0.01")
_FACTORS = ("0.90", "0.95", "1.03", "1.10")
_LINES = 3


def change_price(rng: Random, parameters: Parameters) -> Rows:
    """The product and its history commit together."""
    product_id, factor = parameters.product(rng), Decimal(rng.choice(_FACTORS))
    with transaction.atomic(using="catalog"):
        product = Product.objects.using("catalog").only("price", "currency").get(pk=product_id)
        product.price = max(_CENT, (product.price * factor).quantize(_CENT))
        product.save(using="catalog", update_fields=["price", "updated_at"])
        PriceHistory.objects.using("catalog").create(
            product_id=product_id, price=product.price, currency=product.currency
        )
    return [(product_id, product.price)]


def change_stock(rng: Random, parameters: Parameters) -> Rows:
    product_id, stock = parameters.product(rng), rng.randint(0, 200)
    with transaction.atomic(using="catalog"):
        Product.objects.using("catalog").filter(pk=product_id).update(
            stock=stock, updated_at=timezone.now()
        )
        StockHistory.objects.using("catalog").create(product_id=product_id, stock=stock)
    return [(product_id, stock)]


def write_log(rng: Random, parameters: Parameters) -> Rows:
    job_id = parameters.job(rng)
    lines = [
        ImportLog(
            job_id=job_id,
            log_level=rng.choice((LogLevel.INFO, LogLevel.INFO, LogLevel.WARNING)),
            message=f"Batch {number} took {rng.randint(10, 900)} ms.",
            created_at=timezone.now(),
        )
        for number in range(_LINES)
    ]
    ImportLog.objects.using("imports").bulk_create(lines)
    return [(job_id, line.message) for line in lines]


def notify(rng: Random, parameters: Parameters) -> Rows:
    user_id, job_id = rng.choice(parameters.users), parameters.job(rng)
    Notification.objects.using("analytics").create(
        user_id=user_id,
        title="Import terminé",
        body=f"L'import #{job_id} est terminé.",
        url=f"/admin/imports/importjob/{job_id}/change/",
    )
    return [(user_id, job_id)]


def read_notification(rng: Random, parameters: Parameters) -> Rows:
    """Mark the user's newest unread notification as read."""
    unread = Notification.objects.using("analytics").filter(
        user_id=rng.choice(parameters.users), read_at__isnull=True
    )
    found = list(unread.order_by("-created_at").values_list("pk")[:1])
    for (pk,) in found:
        Notification.objects.using("analytics").filter(pk=pk).update(read_at=timezone.now())
    return found
