"""Prices and stocks over the last year: each change was made by a job of the product's supplier."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from demo.data.jobs import Job
from demo.data.plan import Plan, Table
from demo.data.products import Products
from demo.data.shares import spread
from demo.data.text import NULL, moment, money
from demo.data.world import World

# Per mille by which an earlier price differed from the present one, and likewise a stock.
_PRICE_WAVE = (-90, 40, -30, 120, -150, 20, 60, -60, 180, -20, 80, -110, 30, -40, 100, -70)
_STOCK_WAVE = (0, 35, -10, 80, -25, 12, -3, 150, 6, -40, 20, -1, 64, -15, 2)
_POPULARITY = 1.5  # above 1: some products change often, most seldom


def tables(world: World) -> list[Table]:
    return [
        Table(
            "price_history",
            ("id", "product_id", "price", "cost", "currency", "job_id", "recorded_at"),
            sum(job.price_changes for job in world.jobs),
            lambda: _price_lines(world),
        ),
        Table(
            "stock_history",
            ("id", "product_id", "stock", "job_id", "recorded_at"),
            sum(job.stock_changes for job in world.jobs),
            lambda: _stock_lines(world),
        ),
    ]


def cost(product_id: int, cents: int) -> str:
    """What the supplier charges at that price; not known for one product in thirteen."""
    if product_id % 13 == 0:
        return NULL
    return money(cents * (45 + product_id * 37 % 35) // 100)


def _price_lines(world: World) -> Iterator[str]:
    goods = world.products
    currencies = ["", *(supplier.currency for supplier in world.suppliers)]
    changes = enumerate(_changes(world, "price_changes"), start=1)
    for number, (job, product_id, at, later) in changes:
        cents = goods.cents[product_id]
        if later:
            wave = cents * _PRICE_WAVE[(product_id + later * 5) & 15] // 100_000
            cents = max(cents % 100, cents + 100 * (wave or 1 + later % 2))
        yield (
            f"{number}\t{product_id}\t{money(cents)}\t{cost(product_id, cents)}"
            f"\t{currencies[job.supplier_id]}\t{job.id}\t{moment(at)}"
        )


def _stock_lines(world: World) -> Iterator[str]:
    goods = world.products
    changes = enumerate(_changes(world, "stock_changes"), start=1)
    for number, (job, product_id, at, later) in changes:
        stock = goods.stock[product_id]
        if later:
            stock = max(0, stock + _STOCK_WAVE[(product_id + later * 4) % 15])
        yield f"{number}\t{product_id}\t{stock}\t{job.id}\t{moment(at)}"


def _changes(world: World, kind: str) -> Iterator[tuple[Job, int, int, int]]:
    """By time: (job, product id, moment, how many changes of that product are still to come).

    The last change must lead to the present value, so a first pass counts those of each product.
    """
    left = array("i", bytes(4 * (world.products.count + 1)))
    for _job, ids in _touched(world.plan, world.products, world.jobs, kind):
        for product_id in ids:
            left[product_id] += 1
    for job, ids in _touched(world.plan, world.products, world.jobs, kind):
        begin, step = job.at(0), (job.at(1) - job.at(0)) / len(ids)
        for place, product_id in enumerate(ids):
            left[product_id] -= 1
            yield job, product_id, begin + int(place * step), left[product_id]


def _touched(
    plan: Plan, goods: Products, jobs: list[Job], kind: str
) -> Iterator[tuple[Job, list[int]]]:
    rng = plan.rng(kind)
    for job in jobs:
        count = getattr(job, kind)
        if count:
            own = goods.of_supplier[job.supplier_id]
            yield job, [own[at] for at in spread(rng, count, job.products, power=_POPULARITY)]
