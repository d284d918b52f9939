"""Products, their pictures and variants."""

from __future__ import annotations

from collections.abc import Iterator

from demo.data import vocabulary
from demo.data.codes import ean, mix
from demo.data.history import cost
from demo.data.plan import Plan, Table
from demo.data.products import pictures
from demo.data.suppliers import Supplier
from demo.data.text import DAY_MS, NULL, cell, jsonb, moment, money
from demo.data.world import World

_RARE_RATES = ("10.00", "2.10", "0.00")
_SIZES = ("S", "M", "L", "XL")
_COLOURS = ("noir", "écru", "bleu nuit")
_DESCRIPTIONS = 120  # kinds of text; each product's own begins with its title


def tables(world: World) -> list[Table]:
    goods = world.products
    return [
        Table(
            "products",
            (
                *("id", "supplier_id", "brand_id", "category_id", "sku", "ean", "title"),
                *("description", "price", "currency", "vat_rate", "cost", "stock"),
                *("weight_grams", "attributes", "is_active", "created_at", "updated_at"),
            ),
            goods.count,
            lambda: _product_lines(world),
        ),
        Table(
            "product_images",
            ("id", "product_id", "file_id", "source_url", "position", "alt_text", "created_at"),
            sum(1 for _ in pictures(goods)),
            lambda: _image_lines(world),
        ),
        Table(
            "product_variants",
            ("id", "product_id", "sku", "ean", "options", "price", "stock", "is_active"),
            sum(_variants(product_id) for product_id in range(1, goods.count + 1)),
            lambda: _variant_lines(world),
        ),
    ]


def _product_lines(world: World) -> Iterator[str]:
    goods, end = world.products, world.plan.end
    leaves, roots, brands = vocabulary.tree()[1], vocabulary.roots(), vocabulary.brand_names()
    attributes = _attribute_sets(world.plan)
    descriptions = {language: _descriptions(world.plan, language) for language in ("fr", "en")}
    for product_id in range(1, goods.count + 1):
        chance = mix(product_id, 7)
        supplier = world.suppliers[goods.supplier[product_id] - 1]
        leaf = leaves[goods.leaf[product_id]]
        brand = goods.brand[product_id]
        title = _title(product_id, supplier, leaf, brands[brand - 1] if brand else "")
        text = descriptions[supplier.language][chance % _DESCRIPTIONS]
        created = goods.created[product_id]
        updated = end - int((end - created) * (chance % 1009 / 1009) ** 4)
        cents = goods.cents[product_id]
        rate = _RARE_RATES[chance % 3] if chance % 29 == 0 else roots[leaf.root].vat
        yield (
            f"{product_id}\t{supplier.id}\t{brand or NULL}"
            f"\t{leaf.category_id if chance % 25 else NULL}\t{goods.sku(product_id)}"
            f"\t{ean(product_id)}\t{title}\t{f'{title}. {text}' if text else ''}"
            f"\t{money(cents)}\t{supplier.currency}\t{rate}\t{cost(product_id, cents)}"
            f"\t{goods.stock[product_id]}\t{_weight(chance)}"
            f"\t{attributes[leaf.root][chance % 200]}"
            f"\t{'t' if goods.is_active[product_id] else 'f'}"
            f"\t{moment(created)}\t{moment(updated)}"
        )


def _title(product_id: int, supplier: Supplier, leaf: vocabulary.Leaf, brand: str) -> str:
    chance = mix(product_id, 9)
    model = f"{chr(65 + chance % 26)}{chr(65 + chance // 26 % 26)}{chance % 900 + 100}"
    french = supplier.language == "fr"
    qualifiers = _qualifiers("fr" if french else "en")
    qualifier = f" – {qualifiers[chance % len(qualifiers)]}" if chance % 5 < 3 else ""
    if french:
        return f"{leaf.french} {brand} {model}{qualifier}" if brand else f"{leaf.french} {model}"
    return f"{brand} {leaf.english} {model}{qualifier}" if brand else f"{leaf.english} {model}"


def _qualifiers(language: str) -> list[str]:
    qualifiers: list[str] = vocabulary.words()["qualifiers"][language]
    return qualifiers


def _descriptions(plan: Plan, language: str) -> list[str]:
    """Nothing for three in ten, else two to six sentences."""
    rng = plan.rng(f"descriptions/{language}")
    sentences = vocabulary.words()["sentences"][language]
    return [
        cell(" ".join(rng.sample(sentences, rng.randint(2, 6)))) if rng.random() > 0.3 else ""
        for _ in range(_DESCRIPTIONS)
    ]


def _attribute_sets(plan: Plan) -> list[list[str]]:
    rng = plan.rng("attributes")
    return [root.attribute_sets(rng) for root in vocabulary.roots()]


def _weight(chance: int) -> str:
    """Grams; unknown for a quarter."""
    return NULL if chance % 4 == 0 else str(20 + (chance >> 8) % 100 * (1 + (chance >> 16) % 60))


def _image_lines(world: World) -> Iterator[str]:
    goods, end = world.products, world.plan.end
    for number, (product_id, position, file_id) in enumerate(pictures(goods), start=1):
        host = world.suppliers[goods.supplier[product_id] - 1].host
        yield (
            f"{number}\t{product_id}\t{file_id or NULL}"
            f"\thttps://img.{host}/{product_id}/{position + 1}.jpg\t{position}"
            f"\t{f'Vue {position + 1}' if position else ''}"
            f"\t{moment(min(goods.created[product_id] + DAY_MS, end))}"
        )


def _variants(product_id: int) -> int:
    """One product in twelve comes in three or four sizes."""
    chance = mix(product_id, 8)
    return 0 if chance % 12 else 3 + (chance >> 8) % 2


def _variant_lines(world: World) -> Iterator[str]:
    goods = world.products
    options = [
        [jsonb({"taille": size, "couleur": colour}) for size in _SIZES] for colour in _COLOURS
    ]
    number = 0
    for product_id in range(1, goods.count + 1):
        sku, chance = goods.sku(product_id), mix(product_id, 10)
        for size in range(_variants(product_id)):
            number += 1
            price = money(goods.cents[product_id] + 200) if size == 3 else NULL
            code = ean(100_000_000 + product_id * 4 + size) if chance % 2 else ""
            yield (
                f"{number}\t{product_id}\t{sku}-{_SIZES[size]}\t{code}"
                f"\t{options[chance % 3][size]}\t{price}\t{(chance >> 2 * size) % 40}"
                f"\t{'f' if chance % 17 == size else 't'}"
            )
