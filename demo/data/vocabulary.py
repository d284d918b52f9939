"""The words in vocabulary.toml, made into what rows are composed of."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from demo.data.text import jsonb

_FILE = Path(__file__).with_name("vocabulary.toml")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A category without children, and the article that is sold in it."""

    category_id: int
    root: int  # index of its root
    french: str
    english: str


@dataclass(frozen=True, slots=True)
class Category:
    id: int
    parent_id: int | None
    name: str
    slug: str
    path: str
    depth: int


@dataclass(frozen=True, slots=True)
class Root:
    slug: str
    sku_prefix: str
    weight: float
    median_cents: float
    vat: str
    attributes: dict[str, list[Any]]

    def attribute_sets(self, rng: random.Random) -> list[str]:
        """Some jsonb texts; each has the keys of this part of the catalogue, often not all."""
        sets = []
        for _ in range(200):
            keys = [key for key in self.attributes if rng.random() < 0.8]
            sets.append(jsonb({key: rng.choice(self.attributes[key]) for key in keys}))
        return sets


@cache
def words() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def roots() -> list[Root]:
    return [
        Root(
            slug=root["slug"],
            sku_prefix=root["slug"][:3].upper(),
            weight=root["weight"],
            median_cents=root["median_price"] * 100,
            vat=root["vat"],
            attributes=root["attributes"],
        )
        for root in words()["roots"]
    ]


@cache
def tree() -> tuple[list[Category], list[Leaf]]:
    """All categories in depth-first order, and the leaves among them."""
    categories: list[Category] = []
    leaves: list[Leaf] = []
    for number, root in enumerate(words()["roots"]):
        top = _add(categories, None, root["name"])
        for group, articles in root["groups"].items():
            middle = _add(categories, top, group)
            for french, english in articles:
                leaf = _add(categories, middle, french)
                leaves.append(Leaf(leaf.id, number, french, english))
    return categories, leaves


def brand_names() -> list[str]:
    brands = words()["brands"]
    return [first + last for first in brands["first"] for last in brands["last"]]


def slug(text: str) -> str:
    return slugify(text.replace("'", " ").replace("ß", "ss"))


def _add(categories: list[Category], parent: Category | None, name: str) -> Category:
    own = slug(name)
    category = Category(
        id=len(categories) + 1,
        parent_id=parent.id if parent else None,
        name=name,
        slug=own,
        path=f"{parent.path}/{own}" if parent else own,
        depth=parent.depth + 1 if parent else 0,
    )
    categories.append(category)
    return category
