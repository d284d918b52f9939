"""What other tables must know of the products: kept in arrays, 40 bytes a product."""

from __future__ import annotations

import math
import random
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from demo.data import vocabulary
from demo.data.codes import mix
from demo.data.plan import ACTIVE_PRODUCTS, INACTIVE_PRODUCTS, PRODUCT_AGE, SUPPLIERS, Plan
from demo.data.shares import zipf

# Prime, so that multiples of the step below number a supplier's articles without repetition.
_SKU_NUMBERS = 9_999_991
_SKU_STEP = 7_919_317
_FILE_ROWS = 60  # an import brings at most this many new products of one supplier in a row
_CENTS_AT_MOST = 900_000
_STOCK_AT_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Products:
    """One entry per product; the index is its id, and index 0 is nobody's. Brand 0 is none."""

    supplier: array[int]
    ordinal: array[int]  # the how-many-th product of its supplier
    leaf: array[int]  # index of its article in the leaves of the category tree
    brand: array[int]
    cents: array[int]
    stock: array[int]
    created: array[int]
    is_active: bytearray
    of_supplier: list[array[int]]  # ids in order of creation

    @property
    def count(self) -> int:
        return len(self.supplier) - 1

    def existing(self, supplier_id: int, at: int) -> int:
        """How many products the supplier had at that moment: a prefix of `of_supplier`."""
        ids = self.of_supplier[supplier_id]
        return bisect_left(ids, at, key=self.created.__getitem__)

    def sku(self, product_id: int) -> str:
        number = self.ordinal[product_id] * _SKU_STEP + self.supplier[product_id] * 1_009
        return f"{_sku_prefixes()[self.leaf[product_id]]}-{number % _SKU_NUMBERS:07d}"


def build(plan: Plan) -> Products:
    active, inactive = plan.count(ACTIVE_PRODUCTS), plan.count(INACTIVE_PRODUCTS)
    total = active + inactive
    products = Products(
        supplier=array("i", [0]),
        ordinal=array("i", [0]),
        leaf=array("i", [0]),
        brand=array("i", [0]),
        cents=array("i", [0]),
        stock=array("i", [0]),
        created=array("q", [0]),
        is_active=_activity(plan, total, inactive),
        of_supplier=[array("i") for _ in range(SUPPLIERS + 1)],
    )
    _assign_suppliers(plan, products, total)
    _assign_articles(plan, products)
    _assign_moments(plan, products)
    return products


def pictures(products: Products) -> Iterator[tuple[int, int, int]]:
    """All pictures in order of product: (product id, position, file id); file 0: not fetched yet."""
    file_id = 0
    for product_id in range(1, products.count + 1):
        chance = mix(product_id, 20)
        for position in range((0, 1, 1, 1, 1, 2, 2, 3)[chance & 7] + (chance % 100 == 8) * 4):
            if mix(product_id, 21 + position) % 24:
                file_id += 1
                yield product_id, position, file_id
            else:
                yield product_id, position, 0


def _activity(plan: Plan, total: int, inactive: int) -> bytearray:
    """Exactly `inactive` zeros after index 0, more often among the older products."""
    flags = bytearray(b"\x00" + b"\x01" * total)
    rng = plan.rng("products/activity")
    while inactive:
        candidate = 1 + int(rng.random() ** 1.6 * total)
        inactive -= flags[candidate]
        flags[candidate] = 0
    return flags


def _assign_suppliers(plan: Plan, products: Products, total: int) -> None:
    """Every supplier has at least one product where there are enough; the largest has an eighth."""
    rng = plan.rng("products/suppliers")
    weights = zipf(SUPPLIERS)
    rng.shuffle(weights)
    sums = list(accumulate(weights))
    ids = list(range(1, SUPPLIERS + 1))
    run: list[int] = ids[:total]
    while len(products.supplier) <= total:
        for supplier_id in run:
            of_supplier = products.of_supplier[supplier_id]
            products.ordinal.append(len(of_supplier))
            of_supplier.append(len(products.supplier))
            products.supplier.append(supplier_id)
        length = min(rng.randint(1, _FILE_ROWS), total + 1 - len(products.supplier))
        run = rng.choices(ids, cum_weights=sums) * length


def _assign_articles(plan: Plan, products: Products) -> None:
    rng = plan.rng("products/articles")
    roots = vocabulary.roots()
    leaves = vocabulary.tree()[1]
    brands = _brands_by_root(plan, len(roots))
    centre = [math.log(root.median_cents) for root in roots]
    choices = [_leaf_weights(rng, roots) for _ in range(SUPPLIERS + 1)]
    numbers = range(len(leaves))
    for supplier_id in products.supplier[1:]:
        (leaf,) = rng.choices(numbers, cum_weights=choices[supplier_id])
        root = leaves[leaf].root
        products.leaf.append(leaf)
        own = brands[root]
        rank = int(rng.random() ** 2.5 * len(own))
        products.brand.append(own[rank] if rng.random() > 0.09 else 0)
        products.cents.append(_price(rng, centre[root]))
        products.stock.append(_stock(rng))


def _assign_moments(plan: Plan, products: Products) -> None:
    """More and more new products over the years; the ids follow the time of creation."""
    total = products.count
    length = PRODUCT_AGE.total_seconds() * 1000
    start = plan.end - length
    for number in range(1, total + 1):
        place = (number + mix(number, 6) % 1000 / 1200) / (total + 2)
        products.created.append(int(start + length * place**0.75))


def _brands_by_root(plan: Plan, roots: int) -> list[list[int]]:
    rng = plan.rng("brands/roots")
    ids = range(1, len(vocabulary.brand_names()) + 1)
    return [rng.sample(ids, 40) for _ in range(roots)]


def _leaf_weights(rng: random.Random, roots: list[vocabulary.Root]) -> list[float]:
    """Cumulative: a supplier sells mostly from one part of the catalogue."""
    home = rng.choices(range(len(roots)), [root.weight for root in roots])[0]
    leaves = vocabulary.tree()[1]
    return list(
        accumulate(
            roots[leaf.root].weight * rng.lognormvariate(0, 0.8) * (12 if leaf.root == home else 1)
            for leaf in leaves
        )
    )


def _price(rng: random.Random, centre: float) -> int:
    """Cents, most of them ending as shop prices do."""
    cents = min(int(math.exp(rng.normalvariate(centre, 0.75))), _CENTS_AT_MOST)
    euros = cents // 100 * 100
    chance = rng.random()
    if chance < 0.58:
        return euros + 99
    if chance < 0.84:
        return euros + 90
    return max(cents // 5 * 5, 10)


def _stock(rng: random.Random) -> int:
    """Sold out for one in six, a few dozen as a rule, thousands now and then."""
    if rng.random() < 0.17:
        return 0
    return min(int(rng.lognormvariate(3.1, 1.3)), _STOCK_AT_MOST)


@cache
def _sku_prefixes() -> list[str]:
    roots = vocabulary.roots()
    return [roots[leaf.root].sku_prefix for leaf in vocabulary.tree()[1]]
