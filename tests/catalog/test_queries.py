"""Finding products without reading all of them."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from catalog import queries
from catalog.exceptions import SearchTooSlow
from catalog.models import Product
from tests.factories import ProductFactory
from tests.lists import fill, nodes, plan

pytestmark = pytest.mark.django_db(databases="__all__")


def find(term: str) -> list[int]:
    return queries.find_products(Product.objects.all(), term=term, using="catalog")


def test_the_same_sku_of_two_suppliers_is_found_twice() -> None:
    products = ProductFactory.create_batch(2, sku="A-1")
    assert sorted(find("A-1")) == sorted(product.pk for product in products)


def test_inactive_products_are_found() -> None:
    product = ProductFactory.create(sku="A-1", is_active=False)
    assert find("A-") == [product.pk]


def test_wildcards_in_a_term_are_letters() -> None:
    ProductFactory.create(sku="A-1", title="Lamp")
    assert find("A%") == []
    assert find("A_1") == []


def test_digits_that_are_no_ean_may_begin_an_sku() -> None:
    product = ProductFactory.create(sku="12345")
    assert find("123") == [product.pk]


def test_all_words_of_the_title_have_to_be_there() -> None:
    product = ProductFactory.create(title="Lampe de bureau réglable")
    ProductFactory.create(title="Lampe de poche")
    assert find("bureau LAMPE") == [product.pk]


def test_a_search_ends_at_its_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "SEARCH_MILLISECONDS", 1)
    fill(MANY_PRODUCTS, using="catalog", tables=["products"])
    with pytest.raises(SearchTooSlow, match="Search by SKU or EAN"):
        find("no such words")
    assert Product.objects.exists()  # the connection is as good as before


def test_the_limit_ends_with_the_search() -> None:
    find("no such words")
    with connections["catalog"].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_the_beginning_of_an_sku_is_looked_up_in_an_index() -> None:
    fill(MANY_PRODUCTS, using="catalog", tables=["products", "suppliers"])
    with CaptureQueriesContext(connections["catalog"]) as sent:
        assert len(find("M-00012")) == 10
    (search,) = [q["sql"] for q in sent.captured_queries if "M-00012" in q["sql"]]
    steps = list(nodes(plan(search, using="catalog")))
    assert "products_supplier_sku_uniq" in [step.get("Index Name") for step in steps]
    assert ("Seq Scan", "products") not in [
        (step["Node Type"], step.get("Relation Name")) for step in steps
    ]


MANY_PRODUCTS = """
WITH supplier AS (
    INSERT INTO suppliers (code, name, country, currency, language, contact_name, contact_email,
                           website, lead_time_days, is_active, notes)
    VALUES ('MANY', 'Many', 'FR', 'EUR', 'en', '', '', '', 3, true, '')
    RETURNING id
)
INSERT INTO products (supplier_id, sku, ean, title, description, price, currency, vat_rate, stock,
                      attributes, is_active)
SELECT supplier.id, 'M-' || lpad(n::text, 6, '0'), '', 'Cordless drill ' || n, '', 10, 'EUR', 20, 5,
       '{}', n % 20 <> 0
  FROM supplier, generate_series(1, 30000) AS n
"""
