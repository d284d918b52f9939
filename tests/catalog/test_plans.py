"""On tables with many rows, no list of the catalogue reads all of one to put it in order."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from catalog.models import PriceHistory, Product, StockHistory
from tests.lists import fill, get, has_sort, indexes, list_of, list_statement, plan, sorted_whole

pytestmark = pytest.mark.django_db(databases="__all__")

# Suppliers of very different size: the first has most, the last a few dozen. One product changes
# its price and stock all the time.
CATALOGUE = """
INSERT INTO suppliers (id, code, name, country, currency, language, contact_name, contact_email,
                       website, lead_time_days, is_active, notes)
SELECT n, 'S' || n, 'Supplier ' || n, 'FR', 'EUR', 'en', '', '', '', 3, true, ''
  FROM generate_series(1, 60) AS n;
INSERT INTO brands (id, name, slug, website)
SELECT n, 'Brand ' || n, 'brand-' || n, '' FROM generate_series(1, 200) AS n;
INSERT INTO categories (id, name, slug, path, depth, is_active)
SELECT n, 'Category ' || n, 'c' || n, 'c' || n, 0, true FROM generate_series(1, 100) AS n;
INSERT INTO products (id, supplier_id, brand_id, category_id, sku, ean, title, description, price,
                      currency, vat_rate, stock, attributes, is_active, created_at)
SELECT n, 1 + (60 * power((n * 7919 % 1000) / 1000.0, 3))::integer % 60, 1 + n % 200, 1 + n % 100,
       'SKU-' || n, '', 'Cordless drill ' || n, repeat('words ', 20), 10, 'EUR', 20, 5, '{}',
       n % 20 <> 0, now() - (40000 - n) * interval '1 minute'
  FROM generate_series(1, 40000) AS n;
INSERT INTO price_history (product_id, price, currency, recorded_at)
SELECT CASE WHEN n % 20 = 0 THEN 77 ELSE 1 + n * 7 % 40000 END, 10, 'EUR',
       now() - (80000 - n) * interval '1 minute'
  FROM generate_series(1, 80000) AS n;
INSERT INTO stock_history (product_id, stock, recorded_at)
SELECT CASE WHEN n % 20 = 0 THEN 77 ELSE 1 + n * 7 % 40000 END, 3,
       now() - (80000 - n) * interval '1 minute'
  FROM generate_series(1, 80000) AS n;
"""
TABLES = ["suppliers", "brands", "categories", "products", "price_history", "stock_history"]

STATES: list[tuple[type[Model], dict[str, str]]] = [
    (Product, {}),
    (Product, {"p": "150"}),
    (Product, {"is_active__exact": "1"}),
    (Product, {"is_active__exact": "0"}),
    (Product, {"supplier__id__exact": "1"}),
    (Product, {"supplier__id__exact": "60"}),
    (Product, {"supplier__id__exact": "1", "is_active__exact": "0"}),
    (Product, {"brand__id__exact": "5"}),
    (Product, {"category__id__exact": "5"}),
    (Product, {"category__id__exact": "5", "brand__id__exact": "5"}),
    (Product, {"q": "SKU-123"}),
    (Product, {"q": "drill"}),
    (PriceHistory, {}),
    (PriceHistory, {"product__id__exact": "77"}),
    (StockHistory, {}),
    (StockHistory, {"product__id__exact": "77"}),
]


@pytest.fixture
def catalogue(client: Client, superuser: User) -> None:
    client.force_login(superuser)
    fill(CATALOGUE, using="catalog", tables=TABLES)


def test_every_list_is_put_in_order_by_an_index(client: Client, catalogue: None) -> None:
    sorted_in_memory = []
    for model, state in STATES:
        statement = list_statement(get(client, list_of(model), **state), model)
        if sorted_whole(plan(statement, using="catalog"), model._meta.db_table):
            sorted_in_memory.append((model.__name__, state))
    assert sorted_in_memory == []


@pytest.mark.parametrize(
    ("model", "index"),
    [
        (PriceHistory, "idx_price_history_product"),
        (StockHistory, "idx_stock_history_product"),
    ],
)
def test_the_history_of_a_product_is_read_in_the_order_of_its_index(
    client: Client, catalogue: None, model: type[Model], index: str
) -> None:
    page = get(client, list_of(model), product__id__exact=77)
    found = plan(list_statement(page, model), using="catalog")
    assert index in indexes(found)
    assert not has_sort(found)


def test_a_long_list_says_about_how_long_it_is(client: Client, catalogue: None) -> None:
    page = get(client, list_of(Product))
    assert "about 40,000 entries" in page.text
    assert not any(
        "COUNT(*)" in sent and "LIMIT 10001" not in sent for sent in page.statements["catalog"]
    )


def test_a_long_filtered_list_says_that_it_is_longer_than_counted(
    client: Client, catalogue: None
) -> None:
    assert "more than 10,000 entries" in get(client, list_of(Product), is_active__exact="1").text
    assert "2,000 entries" in get(client, list_of(Product), is_active__exact="0").text


def test_pages_end_where_counting_ends(client: Client, catalogue: None) -> None:
    assert client.get(list_of(Product), {"p": "200"}).status_code == 200
    assert client.get(list_of(Product), {"p": "201"}).status_code == 302
