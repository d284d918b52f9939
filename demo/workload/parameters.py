"""What the parameters of the workload's queries are drawn from: what is in the databases."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from analytics.models import Metric
from catalog.models import Product, Supplier
from code2asin.models import Marketplace
from config.databases import DOMAINS
from demo import state
from demo.data import vocabulary
from demo.data.plan import USERS
from demo.exceptions import NotDemoData
from imports.models import ImportJob

_SAMPLE = 500


@dataclass(frozen=True, slots=True)
class Parameters:
    """`now` is when the newest job began, so that "today" has jobs whenever the data was loaded."""

    products: int
    jobs: int
    suppliers: tuple[int, ...]
    marketplaces: tuple[int, ...]
    users: tuple[int, ...]
    skus: tuple[str, ...]
    eans: tuple[str, ...]
    words: tuple[str, ...]
    metrics: tuple[str, ...]
    now: datetime

    def product(self, rng: random.Random) -> int:
        """Some products are asked for much more often than others."""
        return 1 + int(rng.random() ** 1.5 * self.products)

    def job(self, rng: random.Random) -> int:
        """Mostly one of the last."""
        return self.jobs - int(rng.random() ** 3 * self.jobs)


def read() -> Parameters:
    """Raise `NotDemoData` where there is anything else: the workload changes prices and stocks."""
    state.require_demo_data(DOMAINS)
    products = _last(Product.objects.using("catalog").aggregate(last=Max("pk"))["last"])
    jobs = ImportJob.objects.using("imports").aggregate(last=Max("pk"), now=Max("created_at"))
    spaced = range(1, products + 1, max(1, products // _SAMPLE))
    codes = Product.objects.using("catalog").filter(pk__in=spaced).order_by("pk")
    leaves = vocabulary.tree()[1]
    return Parameters(
        products=products,
        jobs=_last(jobs["last"]),
        suppliers=tuple(
            Supplier.objects.using("catalog").order_by("pk").values_list("pk", flat=True)
        ),
        marketplaces=tuple(
            Marketplace.objects.using("code2asin").order_by("pk").values_list("pk", flat=True)
        ),
        users=tuple(USERS),
        skus=tuple(codes.filter(is_active=True).values_list("sku", flat=True)),
        eans=tuple(codes.exclude(ean="").values_list("ean", flat=True)),
        words=tuple(word for leaf in leaves for word in (leaf.french, leaf.english)),
        metrics=tuple(
            Metric.objects.using("analytics")
            .order_by("name")
            .values_list("name", flat=True)
            .distinct()
        ),
        now=jobs["now"],
    )


def _last(number: int | None) -> int:
    if number is None:
        raise NotDemoData(_("There is no demonstration data. “manage.py load_demo” loads it."))
    return number
