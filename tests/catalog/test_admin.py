"""The catalogue's pages: what they ask of the databases, and what staff can do with them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from catalog import actions
from catalog.models import Category, PriceHistory, Product, StockHistory, Supplier
from tests.factories import (
    BrandFactory,
    CategoryFactory,
    ImportLedgerFactory,
    PriceHistoryFactory,
    ProductFactory,
    ProductImageFactory,
    ProductVariantFactory,
    Rows,
    StockHistoryFactory,
    SupplierFactory,
)
from tests.lists import counts_for, get, list_of, list_statement, page_of

pytestmark = pytest.mark.django_db(databases="__all__")

# Session and user on `default`; then on each alias its count, its rows, and the ids of others.
LISTS = [
    (SupplierFactory, {"default": 2, "catalog": 2}),
    (BrandFactory, {"default": 2, "catalog": 2}),
    (CategoryFactory, {"default": 2, "catalog": 2}),
    (ProductFactory, {"default": 2, "catalog": 2}),
    (PriceHistoryFactory, {"default": 2, "catalog": 2, "imports": 1}),
    (StockHistoryFactory, {"default": 2, "catalog": 2, "imports": 1}),
    (ImportLedgerFactory, {"default": 2, "catalog": 2, "imports": 1}),
]


@pytest.fixture(autouse=True)
def logged_in(client: Client, superuser: User) -> None:
    client.force_login(superuser)


def form_of(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What a browser would send back from the form at `url`, with some fields changed."""
    response = client.get(url)
    context = response.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent = {}
    for form in forms:
        for field in form:
            value = field.value()
            sent[field.html_name] = "" if value is None or value is False else value
    return sent | changes


@pytest.mark.parametrize(("rows", "expected"), LISTS, ids=lambda v: getattr(v, "__name__", ""))
def test_a_list_asks_as_much_of_60_rows_as_of_3(
    client: Client, rows: type[Rows], expected: dict[str, int]
) -> None:
    assert counts_for(client, rows, 3) == expected
    assert counts_for(client, rows, 57) == expected


def test_a_list_reads_no_long_texts(client: Client) -> None:
    ProductFactory.create(description="what a list has no room for")
    page = get(client, list_of(Product))
    assert not any('"products"."description"' in sent for sent in page.statements["catalog"])


def test_a_product_page_asks_as_much_of_many_images_and_prices_as_of_few(client: Client) -> None:
    def page_with(count: int) -> dict[str, int]:
        product = ProductFactory.create()
        for rows in (
            ProductImageFactory,
            ProductVariantFactory,
            PriceHistoryFactory,
            StockHistoryFactory,
        ):
            rows.create_batch(count, product=product)
        get(client, page_of(product))  # the content types are remembered from here on
        return get(client, page_of(product)).counts

    # The product, its three parents, images and variants counted and read, two histories; then
    # the files of the images together, and the jobs of both histories together.
    expected = {"default": 2, "catalog": 10, "media": 1, "imports": 1}
    assert page_with(2) == expected
    assert page_with(15) == expected


def test_a_product_page_shows_the_latest_20_prices(client: Client) -> None:
    product = ProductFactory.create()
    for euros in range(25):
        PriceHistoryFactory.create(product=product, price=100 + euros)
    text = get(client, page_of(product)).text
    assert "124.00" in text
    assert "105.00" in text
    assert "104.00" not in text


def test_a_product_page_leads_to_the_other_databases(client: Client) -> None:
    product = ProductFactory.create()
    text = get(client, page_of(product)).text
    assert f"/admin/media/file/?product_id={product.pk}" in text
    assert f"/admin/code2asin/asinmapping/?product_id={product.pk}" in text


@pytest.mark.parametrize("term", ["SKU-7", "sku-7", "4006381333931", "lamp desk"])
def test_products_are_found_by_sku_ean_and_title(client: Client, term: str) -> None:
    ProductFactory.create(sku="SKU-77", ean="4006381333931", title="Desk lamp, 11 W")
    ProductFactory.create(sku="OTHER-SKU-7", title="Floor lamp")
    text = get(client, list_of(Product), q=term).text
    assert "SKU-77" in text
    assert "OTHER-SKU-7" not in text


def test_a_category_filter_includes_what_is_below(client: Client) -> None:
    tools = actions.create_category(parent_id=None, name="Tools", slug="tools", using="catalog")
    drills = actions.create_category(
        parent_id=tools.pk, name="Drills", slug="drills", using="catalog"
    )
    ProductFactory.create(category=drills, sku="A-DRILL")
    ProductFactory.create(sku="A-LAMP")
    text = get(client, list_of(Product), category__id__exact=tools.pk).text
    assert "A-DRILL" in text
    assert "A-LAMP" not in text


def test_an_unreadable_filter_leads_back_to_the_list(client: Client) -> None:
    response = client.get(list_of(Product), {"category__id__exact": "x"})
    assert response.status_code == 302


@pytest.mark.parametrize("column", range(1, 8))
def test_what_is_not_offered_for_sorting_cannot_be_asked_for(client: Client, column: int) -> None:
    page = get(client, list_of(Product), o=column)
    assert list_statement(page, Product).endswith('ORDER BY "products"."id" DESC')


def test_a_short_table_is_sorted_by_what_is_offered(client: Client) -> None:
    page = get(client, list_of(Supplier), o="-1")
    assert 'ORDER BY "suppliers"."code" DESC' in list_statement(page, Supplier)


def test_products_are_deactivated_and_that_is_remembered(client: Client) -> None:
    product = ProductFactory.create()
    client.post(list_of(Product), {"action": "deactivate", "_selected_action": [product.pk]})
    product.refresh_from_db()
    assert not product.is_active
    assert LogEntry.objects.filter(object_id=product.pk).count() == 1


def test_a_price_changed_by_hand_is_history_without_a_job(client: Client) -> None:
    product = ProductFactory.create(price="10.00", stock=5)
    sent = form_of(client, page_of(product), price="12.50")
    assert client.post(page_of(product), sent).status_code == 302
    (entry,) = PriceHistory.objects.filter(product=product)
    assert (str(entry.price), entry.job_id) == ("12.50", None)
    assert not StockHistory.objects.filter(product=product).exists()


def test_a_picture_whose_file_is_missing_can_still_be_edited(client: Client) -> None:
    image = ProductImageFactory.create(file_id=999_999)
    url = page_of(image.product)
    assert "#999999 (missing)" in get(client, url).text
    sent = form_of(client, url, **{"images-0-alt_text": "From the left"})
    assert client.post(url, sent).status_code == 302
    image.refresh_from_db()
    assert (image.alt_text, image.file_id) == ("From the left", 999_999)


def test_another_file_that_is_missing_is_refused(client: Client) -> None:
    image = ProductImageFactory.create()
    url = page_of(image.product)
    response = client.post(url, form_of(client, url, **{"images-0-file_id": "999999"}))
    assert "There is no file #999999; choose another." in response.content.decode()


@pytest.mark.parametrize("rows", [PriceHistoryFactory, StockHistoryFactory, ImportLedgerFactory])
def test_history_is_only_looked_at(client: Client, rows: type[Rows]) -> None:
    row = rows.create()
    assert client.get(page_of(row)).status_code == 200
    assert client.post(page_of(row), {}).status_code == 403
    assert client.get(f"{list_of(type(row))}add/").status_code == 403
    assert client.get(page_of(row).replace("change", "delete")).status_code == 403


def test_a_product_is_never_deleted_with_its_history(client: Client) -> None:
    product = ProductFactory.create()
    assert client.get(page_of(product).replace("change", "delete")).status_code == 403


def test_categories_are_a_tree_in_one_statement(client: Client) -> None:
    tools = actions.create_category(parent_id=None, name="Tools", slug="tools", using="catalog")
    actions.create_category(parent_id=tools.pk, name="Drills", slug="drills", using="catalog")
    text = get(client, list_of(Category)).text
    assert text.index("padding-left: 0.0rem") < text.index("padding-left: 1.5rem")


def test_a_category_is_created_and_moved_by_its_form(client: Client) -> None:
    tools = CategoryFactory.create(slug="tools")
    sent = {"parent": tools.pk, "name": "Drills", "slug": "drills", "is_active": "on"}
    client.post(f"{list_of(Category)}add/", sent)
    drills = Category.objects.get(slug="drills")
    assert (drills.path, drills.depth) == ("tools/drills", 1)

    client.post(page_of(drills), sent | {"parent": "", "name": "Power drills"})
    drills.refresh_from_db()
    assert (drills.path, drills.depth, drills.name) == ("drills", 0, "Power drills")


def test_a_category_form_says_why_it_refuses(client: Client) -> None:
    tools = CategoryFactory.create(slug="tools")
    drills = actions.create_category(
        parent_id=tools.pk, name="Drills", slug="drills", using="catalog"
    )
    sent = {"parent": drills.pk, "name": "Tools", "slug": "tools", "is_active": "on"}
    response = client.post(page_of(tools), sent)
    assert "A category cannot be moved below itself." in response.content.decode()
