"""What staff change: the category tree, whose paths are written here alone, and products."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import psycopg
from django.db import OperationalError, connections, transaction
from django.db.models import BigIntegerField, Case, CharField, F, Max, Value, When
from django.db.models.functions import Concat, Length, Now, Substr
from django.utils.translation import gettext as _

from catalog.exceptions import CategoriesBusy, CategoryCycle, CategoryPathTaken, CategoryPathTooLong
from catalog.models import Category, PriceHistory, Product, StockHistory
from catalog.queries import in_subtree

# One change of the tree at a time: two moves at once could put each category below the other.
TREE_LOCK: Final = 0x53495F54524545  # "SI_TREE"
TREE_LOCK_TIMEOUT: Final = "5s"
SEPARATOR: Final = "/"
PRICE_FIELDS: Final = ("price", "cost", "currency")
RECORDED_FIELDS: Final = (*PRICE_FIELDS, "stock")


def create_category(
    *, parent_id: int | None, name: str, slug: str, is_active: bool = True, using: str
) -> Category:
    """Raises CategoryPathTaken, CategoryPathTooLong; Category.DoesNotExist for the parent."""
    with transaction.atomic(using=using):
        _lock_tree(using=using)
        path = path_for(category_id=None, parent_id=parent_id, slug=slug, using=using)
        return Category.objects.using(using).create(
            parent_id=parent_id,
            name=name,
            slug=slug,
            path=path,
            depth=path.count(SEPARATOR),
            is_active=is_active,
        )


def move_category(*, category_id: int, parent_id: int | None, slug: str, using: str) -> int:
    """Give a category another parent or slug; the paths of its subtree follow in one UPDATE.

    Returns the number of categories rewritten. Raises CategoryCycle, CategoryPathTaken,
    CategoryPathTooLong; Category.DoesNotExist for the category and the parent.
    """
    with transaction.atomic(using=using):
        _lock_tree(using=using)
        category = Category.objects.using(using).get(pk=category_id)
        path = path_for(category_id=category_id, parent_id=parent_id, slug=slug, using=using)
        if path == category.path:
            return 0
        return (
            Category.objects.using(using)
            .filter(in_subtree(category.path))
            .update(
                path=Concat(Value(path), Substr("path", len(category.path) + 1)),
                depth=F("depth") + path.count(SEPARATOR) - category.depth,
                parent_id=Case(
                    When(pk=category_id, then=Value(parent_id)),
                    default=F("parent_id"),
                    output_field=BigIntegerField(),
                ),
                slug=Case(
                    When(pk=category_id, then=Value(slug)),
                    default=F("slug"),
                    output_field=CharField(),
                ),
            )
        )


def path_for(*, category_id: int | None, parent_id: int | None, slug: str, using: str) -> str:
    """The path that a new (None) or an existing category would get there; raises why it may not."""
    categories = Category.objects.using(using)
    parent = categories.get(pk=parent_id) if parent_id else None
    path = f"{parent.path}{SEPARATOR}{slug}" if parent else slug
    longest = len(path)
    others = categories.filter(path=path)
    if category_id:
        others = others.exclude(pk=category_id)
        old = categories.get(pk=category_id).path
        if parent and (parent.path + SEPARATOR).startswith(old + SEPARATOR):
            raise CategoryCycle(_("A category cannot be moved below itself."))
        deepest = categories.filter(in_subtree(old)).aggregate(length=Max(Length("path")))
        longest += deepest["length"] - len(old)
    if others.exists():
        raise CategoryPathTaken(_("There is a category %(path)s already.") % {"path": path})
    limit = Category._meta.get_field("path").max_length or 0
    if longest > limit:
        raise CategoryPathTooLong(
            _("The path would have %(length)d characters; %(limit)d is the most.")
            % {"length": longest, "limit": limit}
        )
    return path


def set_active(*, product_ids: Collection[int], is_active: bool, using: str) -> list[int]:
    """Sell the products, or no longer; returns which of them that changed."""
    products = Product.objects.using(using).filter(pk__in=product_ids, is_active=not is_active)
    with transaction.atomic(using=using):
        changed = list(products.order_by("pk").select_for_update().values_list("pk", flat=True))
        products.filter(pk__in=changed).update(is_active=is_active, updated_at=Now())
    return changed


def record_history(*, product: Product, changed: Collection[str], using: str) -> None:
    """What somebody changed by hand is history like what an import changed, without its job."""
    if not set(changed).isdisjoint(PRICE_FIELDS):
        PriceHistory.objects.using(using).create(
            product=product, price=product.price, cost=product.cost, currency=product.currency
        )
    if "stock" in changed:
        StockHistory.objects.using(using).create(product=product, stock=product.stock)


def _lock_tree(*, using: str) -> None:
    try:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [TREE_LOCK_TIMEOUT])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TREE_LOCK])
    except OperationalError as exc:
        if isinstance(exc.__cause__, psycopg.errors.LockNotAvailable):
            raise CategoriesBusy(
                _("Somebody else is changing the categories; try again in a moment.")
            ) from exc
        raise
