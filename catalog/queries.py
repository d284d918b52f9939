"""Reads of the catalogue that deserve a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db import OperationalError, connections, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from catalog.exceptions import SearchTooSlow
from catalog.models import GTIN_PATTERN, Category, Product, Supplier
from config.filters import first_ids

SEARCH_WORDS: Final = 5
# Titles and EANs have no index. Reading them all takes 40 to 90 ms of 140,000 products; the limit
# is for the catalogue that grows tenfold, and for the server that is busy with an import.
SEARCH_MILLISECONDS: Final = 1_500


def in_subtree(path: str) -> Q:
    """The category at `path` and all below it: one range of the index, for "0" follows "/"."""
    return Q(path=path) | Q(path__gte=f"{path}/", path__lt=f"{path}0")


def subtree_ids(*, category_id: int, using: str) -> list[int]:
    """The ids of a category and all below it; empty where there is none of that id."""
    categories = Category.objects.using(using)
    paths = categories.filter(pk=category_id).values_list("path", flat=True)
    return [
        pk
        for path in paths
        for pk in categories.filter(in_subtree(path)).values_list("pk", flat=True)
    ]


def find_products(products: QuerySet[Product], *, term: str, using: str) -> list[int]:
    """Ids of the products, SEARCH_LIMIT at most, whose EAN is `term` or whose SKU begins with it;
    if there are none, of those whose title has all its words.

    Raises SearchTooSlow.
    """
    products = products.using(using)
    with _time_limit(SEARCH_MILLISECONDS, using=using):
        found: list[int] = []
        if re.fullmatch(GTIN_PATTERN, term):
            found = first_ids(products.filter(ean=term))
        # Whatever they look for, SKUs are usually written in capitals.
        for prefix in dict.fromkeys([term, term.upper()]):
            found = found or first_ids(_by_sku(products, prefix, using=using))
        return found or first_ids(products.filter(_all_words(term)))


def _by_sku(products: QuerySet[Product], prefix: str, *, using: str) -> QuerySet[Product]:
    # Naming the suppliers lets the index on (supplier, sku) serve the prefix: one short descent
    # for each of some dozens of suppliers, whether the product is active or not.
    return products.filter(supplier__in=Supplier.objects.using(using), sku__startswith=prefix)


def _all_words(term: str) -> Q:
    return Q(*(("title__icontains", word) for word in term.split()[:SEARCH_WORDS]))


@contextmanager
def _time_limit(milliseconds: int, *, using: str) -> Iterator[None]:
    try:
        with transaction.atomic(using=using):
            with connections[using].cursor() as cursor:
                limit: list[Any] = [str(milliseconds)]
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", limit)
            yield
            # Nothing was written; and whoever asked within a transaction gets its own limit back.
            transaction.set_rollback(True, using=using)
    except OperationalError as exc:
        if isinstance(exc.__cause__, psycopg.errors.QueryCanceled):
            raise SearchTooSlow(
                _("The search took too long. Search by SKU or EAN, or filter first.")
            ) from exc
        raise
