"""Queries as the application writes them with Django's ORM, and what they ask of their tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Lower, RowNumber, TruncMonth, Upper
from django.utils import timezone

from analytics.models import Notification
from catalog.models import Category, PriceHistory, Product, Supplier
from imports.models import ImportJob, ImportLog

NOW = timezone.now()
products = Product.objects.order_by().values_list("id")
suppliers = Supplier.objects.order_by().values_list("id")


@dataclass(frozen=True)
class Reading:
    alias: str
    queryset: Callable[[], Any]
    asks: list[str]  # with parameters, as pg_stat_statements keeps it
    asks_with_values: list[str] | None = None  # None: the same


READING = {
    "equality": Reading(
        "catalog",
        lambda: products.filter(is_active=True, supplier_id=5),
        ["products: is_active=; supplier_id=; is_active true"],
        ["products: is_active=; supplier_id=; is_active true; supplier_id value 5"],
    ),
    "negation": Reading(
        "catalog",
        lambda: products.exclude(is_active=True),
        ["products: is_active=; is_active false"],
    ),
    "exclude a value": Reading("catalog", lambda: products.exclude(brand_id=5), ["products:"]),
    "null": Reading(
        "catalog",
        lambda: products.filter(brand__isnull=True),
        ["products: brand_id=; brand_id null"],
    ),
    "not null": Reading(
        "catalog", lambda: products.filter(cost__isnull=False), ["products: cost not null"]
    ),
    "list": Reading(
        "catalog",
        lambda: products.filter(sku__in=["a", "b"]),
        ["products: sku in"],
        ["products: sku in; sku values a b"],
    ),
    "range": Reading(
        "catalog",
        lambda: products.filter(price__range=(1, 2), stock__gt=0),
        ["products: price range; stock range"],
    ),
    "either": Reading(
        "catalog", lambda: products.filter(Q(sku="a") | Q(ean="b")), ["products: or sku=; or ean="]
    ),
    "starts with": Reading(
        "catalog",
        lambda: products.filter(sku__startswith="A-"),
        ["products: sku substring"],
        ["products: sku like"],
    ),
    "contains": Reading(
        "catalog", lambda: products.filter(title__contains="lamp"), ["products: title substring"]
    ),
    "contains in any case": Reading(
        "catalog",
        lambda: products.filter(title__icontains="lamp"),
        ["products: upper(title) substring"],
    ),
    "equal in any case": Reading(
        "catalog", lambda: products.filter(sku__iexact="a-1"), ["products: upper(sku)="]
    ),
    "regular expression": Reading(
        "catalog",
        lambda: products.filter(title__regex="^la"),
        ["products: title substring"],
        ["products: title like"],
    ),
    "upper": Reading(
        "catalog",
        lambda: products.annotate(u=Upper("sku")).filter(u="A"),
        ["products: upper(sku)="],
    ),
    "lower": Reading(
        "catalog",
        lambda: products.alias(low=Lower("title")).order_by("low"),
        ["products: order lower(title)"],
    ),
    "json key": Reading(
        "catalog",
        lambda: products.filter(attributes__colour="red"),
        ["products:"],
        ["products: attributes -> 'colour'="],
    ),
    "json text": Reading(
        "catalog",
        lambda: products.filter(attributes__colour__startswith="r"),
        ["products:"],
        ["products: attributes ->> 'colour' like"],
    ),
    "json contains": Reading(
        "catalog",
        lambda: products.filter(attributes__contains={"a": 1}),
        ["products: attributes contains"],
    ),
    "json has key": Reading(
        "catalog", lambda: products.filter(attributes__has_key="a"), ["products: attributes keys"]
    ),
    "date": Reading(
        "catalog",
        lambda: products.filter(created_at__date=NOW.date()),
        ["products:"],
        ["products: CAST(timezone('UTC', created_at) AS date)="],
    ),
    "year": Reading(
        "catalog", lambda: products.filter(created_at__year=2025), ["products: created_at range"]
    ),
    "month": Reading(
        "catalog",
        lambda: products.filter(created_at__month=5),
        ["products:"],
        ["products: \"extract\"('month', timezone('UTC', created_at))="],
    ),
    "join": Reading(
        "catalog",
        lambda: products.filter(supplier__country="FR"),
        ["products: supplier_id join", "suppliers: id join; country="],
        ["products: supplier_id join", "suppliers: id join; country=; country value FR"],
    ),
    "outer join": Reading(
        "catalog",
        lambda: products.filter(brand__slug="x").order_by("brand__name"),
        ["products: brand_id join", "brands: id join; slug=; order name"],
        ["products: brand_id join", "brands: id join; slug=; slug value x; order name"],
    ),
    "to many": Reading(
        "catalog",
        lambda: suppliers.filter(products__stock=0).distinct(),
        ["suppliers: id join; group id", "products: supplier_id join; stock="],
        ["suppliers: id join; group id", "products: supplier_id join; stock=; stock value 0"],
    ),
    "exclude to many": Reading(
        "catalog",
        lambda: suppliers.exclude(products__stock=0),
        ["suppliers: id join", "products: stock=; supplier_id join"],
        ["suppliers: id join", "products: stock=; supplier_id join; stock value 0"],
    ),
    "self join": Reading(
        "catalog",
        lambda: Category.objects.order_by().filter(parent__parent__slug="x"),
        [
            "categories: parent_id join",
            "categories: parent_id join; id join",
            "categories: id join; slug=",
        ],
        [
            "categories: parent_id join",
            "categories: parent_id join; id join",
            "categories: id join; slug=; slug value x",
        ],
    ),
    "in a query": Reading(
        "catalog",
        lambda: products.filter(supplier__in=Supplier.objects.order_by().filter(country="FR")),
        ["products: supplier_id join", "suppliers: id join; country="],
        ["products: supplier_id join", "suppliers: id join; country=; country value FR"],
    ),
    "exists": Reading(
        "catalog",
        lambda: suppliers.filter(
            Exists(Product.objects.filter(supplier=OuterRef("pk"), is_active=True))
        ),
        ["suppliers: id join", "products: is_active=; supplier_id join; is_active true"],
    ),
    "not exists": Reading(
        "catalog",
        lambda: suppliers.filter(~Exists(Product.objects.filter(supplier=OuterRef("pk")))),
        ["suppliers: id join", "products: supplier_id join"],
    ),
    "latest by subquery": Reading(
        "catalog",
        lambda: products.annotate(
            last=Subquery(
                PriceHistory.objects.filter(product=OuterRef("pk"))
                .order_by("-recorded_at")
                .values("price")[:1]
            )
        ),
        ["products: id join", "price_history: product_id join; order recorded_at desc limit"],
    ),
    "arithmetic": Reading(
        "catalog", lambda: products.filter(cost__gt=F("price") - F("vat_rate")), ["products:"]
    ),
    "coalesce": Reading(
        "catalog",
        lambda: products.annotate(c=Coalesce("cost", "price")).filter(c__gt=5),
        ["products: COALESCE(cost, price) range"],
    ),
    "conditional": Reading(
        "catalog",
        lambda: products.annotate(
            k=Case(When(stock__gt=0, then=Value("in")), default=Value("out"))
        ).filter(k="in"),
        ["products:"],
    ),
    "count": Reading(
        "catalog",
        lambda: suppliers.annotate(n=Count("products", filter=Q(products__is_active=True))),
        ["suppliers: id join; group id", "products: supplier_id join"],
    ),
    "having": Reading(
        "catalog",
        lambda: (
            Product.objects.order_by()
            .values("supplier")
            .annotate(total=Sum("stock"))
            .filter(total__gt=5)
        ),
        ["products: group supplier_id"],
    ),
    "array": Reading(
        "catalog",
        lambda: Product.objects.order_by().values("brand").annotate(all=ArrayAgg("sku")),
        ["products: group brand_id"],
    ),
    "by month": Reading(
        "catalog",
        lambda: (
            Product.objects.order_by()
            .values(month=TruncMonth("created_at"))
            .annotate(n=Avg("price"))
        ),
        ["products:"],
        ["products: group date_trunc('month', timezone('UTC', created_at))"],
    ),
    "window": Reading(
        "catalog",
        lambda: products.annotate(
            n=Window(RowNumber(), partition_by=F("supplier"), order_by=F("created_at").desc())
        ),
        ["products: also order supplier_id, created_at desc"],
    ),
    "window filter": Reading(
        "catalog",
        lambda: products.annotate(
            n=Window(RowNumber(), partition_by=F("supplier"), order_by=F("created_at").desc())
        ).filter(n=1),
        ["products: also order supplier_id, created_at desc"],
    ),
    "distinct on": Reading(
        "catalog",
        lambda: PriceHistory.objects.order_by("product_id", "-recorded_at").distinct("product_id"),
        ["price_history: order product_id, recorded_at desc"],
    ),
    "union": Reading(
        "catalog",
        lambda: (
            products.filter(stock=0).union(products.filter(price=0), all=True).order_by("id")[:5]
        ),
        ["products: stock=; order id limit", "products: price=; order id limit"],
        ["products: stock=; stock value 0; order id limit", "products: price=; order id limit"],
    ),
    "intersection": Reading(
        "catalog",
        lambda: products.filter(stock=0).intersection(products.filter(price=0)),
        ["products: stock=", "products: price="],
        ["products: stock=; stock value 0", "products: price="],
    ),
    "page": Reading(
        "catalog",
        lambda: (
            Product.objects.filter(is_active=True)
            .select_related("supplier")
            .order_by("-created_at")[50:75]
        ),
        [
            "products: supplier_id join; is_active=; is_active true; order created_at desc limit",
            "suppliers: id join",
        ],
    ),
    "nulls last": Reading(
        "catalog",
        lambda: products.order_by(F("cost").desc(nulls_last=True))[:5],
        ["products: order cost desc nulls last limit"],
    ),
    "lock": Reading(
        "catalog",
        lambda: Product.objects.order_by().select_for_update(of=("self",)).filter(pk=1),
        ["products: id="],
        ["products: id=; id value 1"],
    ),
    "partitioned": Reading(
        "imports",
        lambda: ImportLog.objects.filter(job_id=1, log_level__in=["ERROR", "WARNING"]).order_by(
            "-created_at"
        )[:100],
        ["import_logs: job_id=; log_level in; order created_at desc limit"],
        [
            "import_logs: job_id=; log_level in; job_id value 1; log_level values ERROR WARNING; order created_at desc limit"
        ],
    ),
    "status": Reading(
        "imports",
        lambda: ImportJob.objects.filter(status="running").order_by("created_at").values("id"),
        ["import_jobs: status=; order created_at"],
        ["import_jobs: status=; status value running; order created_at"],
    ),
    "unread": Reading(
        "analytics",
        lambda: (
            Notification.objects.order_by().filter(user_id=1, read_at__isnull=True).values("id")
        ),
        ["notifications: read_at=; user_id=; read_at null"],
        ["notifications: read_at=; user_id=; read_at null; user_id value 1"],
    ),
}
