"""The pages about Amazon: what they ask of the databases, and what staff can do with them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from code2asin.models import AsinMapping, LookupJob, LookupResult, MappingStatus
from tests.factories import (
    AsinMappingFactory,
    LookupJobFactory,
    LookupResultFactory,
    MarketplaceFactory,
    ProductFactory,
    QuotaFactory,
    Rows,
)
from tests.lists import (
    counts_for,
    fill,
    get,
    list_of,
    list_statement,
    page_of,
    plan,
    sorted_whole,
)

pytestmark = pytest.mark.django_db(databases="__all__")

# Session and user on `default`; then on each alias its count, its rows, the marketplaces to choose
# from, and the ids of others.
LISTS = [
    (MarketplaceFactory, {"default": 2, "code2asin": 2}),
    (AsinMappingFactory, {"default": 2, "catalog": 1, "code2asin": 3}),
    (LookupJobFactory, {"default": 3, "code2asin": 3}),
    (LookupResultFactory, {"default": 2, "catalog": 1, "code2asin": 2}),
    (QuotaFactory, {"default": 2, "code2asin": 3}),
]

MANY = """
INSERT INTO marketplaces (id, code, amazon_id, name, domain, currency, is_active)
SELECT n, 'M' || n, 'AMAZON' || n, 'Amazon ' || n, 'amazon.example', 'EUR', true
  FROM generate_series(1, 4) AS n;
INSERT INTO asin_mappings (product_id, marketplace_id, asin, ean, status, confidence, updated_at)
SELECT n, 1 + n % 4, 'B' || lpad(n::text, 9, '0'), '',
       CASE WHEN n % 10 = 0 THEN 'candidate' WHEN n % 33 = 0 THEN 'rejected' ELSE 'confirmed' END,
       0.9, now()
  FROM generate_series(1, 40000) AS n;
INSERT INTO lookup_jobs (id, marketplace_id, status, products_total, products_found,
                         products_failed, error)
SELECT n, 1 + n % 4, 'completed', 0, 0, 0, '' FROM generate_series(1, 200) AS n;
INSERT INTO lookup_results (job_id, product_id, ean, outcome, asin, response)
SELECT 1 + n / 200, n, '', 'found', '', '{}' FROM generate_series(1, 39999) AS n;
"""
TABLES = ["marketplaces", "asin_mappings", "lookup_jobs", "lookup_results"]
STATES: list[tuple[type[Model], dict[str, str]]] = [
    (AsinMapping, {}),
    (AsinMapping, {"p": "150"}),
    (AsinMapping, {"product_id": "7"}),
    (AsinMapping, {"marketplace__id__exact": "1"}),
    (AsinMapping, {"status__exact": "candidate"}),
    (AsinMapping, {"status__exact": "rejected"}),
    (AsinMapping, {"q": "B000000007"}),
    (LookupResult, {}),
    (LookupResult, {"job__id__exact": "7"}),
    (LookupResult, {"job__id__exact": "7", "outcome__exact": "error"}),
]


@pytest.fixture(autouse=True)
def logged_in(client: Client, superuser: User) -> None:
    client.force_login(superuser)


@pytest.mark.parametrize(("rows", "expected"), LISTS, ids=lambda v: getattr(v, "__name__", ""))
def test_a_list_asks_as_much_of_60_rows_as_of_3(
    client: Client, rows: type[Rows], expected: dict[str, int]
) -> None:
    assert counts_for(client, rows, 3) == expected
    assert counts_for(client, rows, 57) == expected


def test_every_list_is_put_in_order_by_an_index(client: Client) -> None:
    fill(MANY, using="code2asin", tables=TABLES)
    sorted_in_memory = []
    for model, state in STATES:
        statement = list_statement(get(client, list_of(model), **state), model)
        if sorted_whole(plan(statement, using="code2asin"), model._meta.db_table):
            sorted_in_memory.append((model.__name__, state))
    assert sorted_in_memory == []


@pytest.mark.parametrize("term", ["B00CODE123", "b00code123"])
def test_a_mapping_is_found_by_its_asin(client: Client, term: str) -> None:
    found, other = AsinMappingFactory.create(asin="B00CODE123"), AsinMappingFactory.create()
    text = get(client, list_of(AsinMapping), q=term).text
    assert page_of(found) in text
    assert page_of(other) not in text


def test_the_mappings_of_a_product_are_one_link_away(client: Client) -> None:
    product = ProductFactory.create(sku="A-1")
    found, other = AsinMappingFactory.create(product_id=product.pk), AsinMappingFactory.create()
    text = get(client, list_of(AsinMapping), product_id=product.pk).text
    assert page_of(found) in text
    assert page_of(other) not in text
    assert "A-1" in text


def test_a_candidate_is_confirmed(client: Client) -> None:
    mapping = AsinMappingFactory.create()
    sent = {
        "product_id": mapping.product_id,
        "marketplace": mapping.marketplace_id,
        "asin": mapping.asin,
        "status": "confirmed",
        "confidence": "1",
    }
    assert client.post(page_of(mapping), sent).status_code == 302
    mapping.refresh_from_db()
    assert mapping.status == MappingStatus.CONFIRMED


def test_outcomes_are_filtered_within_a_job_only(client: Client) -> None:
    result = LookupResultFactory.create()
    assert 'name="outcome__exact"' not in get(client, list_of(LookupResult)).text
    page = get(client, list_of(LookupResult), job__id__exact=result.job_id)
    assert 'name="outcome__exact"' in page.text


def test_a_lookup_job_is_found_by_its_number(client: Client) -> None:
    first, second = LookupJobFactory.create_batch(2)
    text = get(client, list_of(LookupJob), q=str(first.pk)).text
    assert page_of(first) in text
    assert page_of(second) not in text


@pytest.mark.parametrize("rows", [LookupJobFactory, LookupResultFactory, QuotaFactory])
def test_what_happened_is_only_looked_at(client: Client, rows: type[Rows]) -> None:
    row = rows.create()
    assert client.get(page_of(row)).status_code == 200
    assert client.post(page_of(row), {}).status_code == 403
    assert client.get(f"{list_of(type(row))}add/").status_code == 403
    assert client.get(page_of(row).replace("change", "delete")).status_code == 403
