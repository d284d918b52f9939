"""The named queries: what each is called, where it runs, and how often among a hundred."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from demo.workload import reading, writing
from demo.workload.parameters import Parameters


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """`run` draws its parameters from the generator, executes, and returns the rows.

    `share` is the number of calls in a hundred. The critical ones are those that the company
    measured before and after it had its indexes.
    """

    name: str
    alias: str
    share: int
    run: Callable[[Random, Parameters], list[tuple[Any, ...]]]
    is_critical: bool = False


QUERIES = (
    NamedQuery("product list", "catalog", 18, reading.product_list, is_critical=True),
    NamedQuery("search by SKU", "catalog", 10, reading.product_by_sku, is_critical=True),
    NamedQuery("SKU prefix", "catalog", 3, reading.products_by_sku_prefix),
    NamedQuery("EAN", "catalog", 1, reading.product_by_ean),
    NamedQuery("title prefix", "catalog", 2, reading.products_by_title_prefix),
    NamedQuery("title word", "catalog", 1, reading.products_by_title_word),
    NamedQuery("newest of a supplier", "catalog", 4, reading.supplier_newest),
    NamedQuery("supplier by title", "catalog", 2, reading.supplier_by_title),
    NamedQuery("price changes", "catalog", 2, reading.price_changes),
    NamedQuery("stock changes", "catalog", 2, reading.stock_changes),
    NamedQuery("offer report", "catalog", 1, reading.offer_report),
    NamedQuery("price report", "catalog", 1, reading.price_report),
    NamedQuery("change a price", "catalog", 2, writing.change_price),
    NamedQuery("change a stock", "catalog", 2, writing.change_stock),
    NamedQuery("job dashboard", "imports", 9, reading.job_dashboard, is_critical=True),
    NamedQuery("logs of a job", "imports", 13, reading.job_logs, is_critical=True),
    NamedQuery("jobs of a supplier", "imports", 2, reading.supplier_jobs),
    NamedQuery("errors of a job", "imports", 2, reading.job_errors),
    NamedQuery("configuration report", "imports", 1, reading.config_report),
    NamedQuery("write log lines", "imports", 2, writing.write_log),
    NamedQuery("files of a product", "media", 2, reading.product_files),
    NamedQuery("fetch queue", "media", 1, reading.fetch_queue),
    NamedQuery("ASINs of a product", "code2asin", 2, reading.product_asins),
    NamedQuery("lookup jobs", "code2asin", 1, reading.lookup_jobs),
    NamedQuery(
        "unread notifications", "analytics", 10, reading.unread_notifications, is_critical=True
    ),
    NamedQuery("metric over time", "analytics", 2, reading.metric_series),
    NamedQuery("notify", "analytics", 1, writing.notify),
    NamedQuery("read a notification", "analytics", 1, writing.read_notification),
)
CRITICAL = tuple(query for query in QUERIES if query.is_critical)
