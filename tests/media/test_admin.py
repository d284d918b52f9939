"""The pages of the media: what they ask of the databases, and what staff can do with them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from media.models import FetchJob, File
from tests.factories import (
    FetchJobFactory,
    FileFactory,
    FileMetadataFactory,
    ProductFactory,
    RenditionFactory,
    Rows,
)
from tests.lists import (
    counts_for,
    fill,
    get,
    has_sort,
    indexes,
    list_of,
    list_statement,
    page_of,
    plan,
    sorted_whole,
)

pytestmark = pytest.mark.django_db(databases="__all__")

# Session and user on `default`; then on each alias its count, its rows, and the ids of others.
LISTS = [
    (FileFactory, {"default": 2, "catalog": 1, "media": 3}),  # ... and the buckets to choose from
    (FetchJobFactory, {"default": 2, "catalog": 1, "media": 2}),
]

MANY = """
INSERT INTO media_files (bucket, key, sha256, size_bytes, mime_type, product_id, original_name)
SELECT CASE WHEN n % 20 = 0 THEN 'documents' ELSE 'pictures' END, 'products/' || n || '.jpg',
       repeat('0', 64), n, 'image/jpeg', 1 + n % 20000, ''
  FROM generate_series(1, 40000) AS n;
INSERT INTO media_fetch_jobs (source_url, product_id, status, attempts, error, created_at)
SELECT 'https://cdn.example.com/' || n || '.jpg', n,
       CASE WHEN n % 50 = 0 THEN 'failed' WHEN n > 39900 THEN 'pending' ELSE 'completed' END, 1, '',
       now() - (40000 - n) * interval '1 minute'
  FROM generate_series(1, 40000) AS n;
"""
STATES: list[tuple[type[Model], dict[str, str]]] = [
    (File, {}),
    (File, {"p": "150"}),
    (File, {"product_id": "7"}),
    (File, {"bucket": "documents"}),
    (File, {"q": "products/77"}),
    (File, {"q": "products/"}),
    (FetchJob, {}),
    (FetchJob, {"status__exact": "pending"}),
    (FetchJob, {"status__exact": "completed"}),
]


@pytest.fixture(autouse=True)
def logged_in(client: Client, superuser: User) -> None:
    client.force_login(superuser)


@pytest.fixture
def many() -> None:
    fill(MANY, using="media", tables=["media_files", "media_fetch_jobs"])


@pytest.mark.parametrize(("rows", "expected"), LISTS, ids=lambda v: getattr(v, "__name__", ""))
def test_a_list_asks_as_much_of_60_rows_as_of_3(
    client: Client, rows: type[Rows], expected: dict[str, int]
) -> None:
    assert counts_for(client, rows, 3) == expected
    assert counts_for(client, rows, 57) == expected


def test_every_list_is_put_in_order_by_an_index(client: Client, many: None) -> None:
    sorted_in_memory = []
    for model, state in STATES:
        statement = list_statement(get(client, list_of(model), **state), model)
        if sorted_whole(plan(statement, using="media"), model._meta.db_table):
            sorted_in_memory.append((model.__name__, state))
    assert sorted_in_memory == []


def test_fetch_jobs_of_a_status_are_read_in_the_order_of_their_index(
    client: Client, many: None
) -> None:
    page = get(client, list_of(FetchJob), status__exact="failed")
    found = plan(list_statement(page, FetchJob), using="media")
    assert "idx_fetch_jobs_status_created" in indexes(found)
    assert not has_sort(found)


def test_the_buckets_are_told_without_reading_the_files(client: Client, many: None) -> None:
    page = get(client, list_of(File))
    (statement,) = [sent for sent in page.statements["media"] if "RECURSIVE" in sent]
    assert "media_files_key_uniq" in indexes(plan(statement, using="media"))
    assert '<option value="documents"' in page.text
    assert '<option value="pictures"' in page.text


def test_files_are_found_by_the_beginning_of_their_key(client: Client) -> None:
    FileFactory.create(key="products/42/front.jpg", bucket="pictures")
    FileFactory.create(key="products/42/manual.pdf", bucket="documents")
    FileFactory.create(key="old/products/42/logo.png")
    text = get(client, list_of(File), q="products/42").text
    assert "front.jpg" in text
    assert "manual.pdf" in text
    assert "logo.png" not in text


def test_a_search_that_finds_too_many_says_so(client: Client, many: None) -> None:
    assert "More than 1000 rows match" in get(client, list_of(File), q="products/").text


def test_a_file_page_asks_as_much_of_many_renditions_as_of_few(client: Client) -> None:
    def page_with(count: int) -> dict[str, int]:
        file = FileFactory.create()
        FileMetadataFactory.create(file=file)
        RenditionFactory.create_batch(count, file=file)
        get(client, page_of(file))  # the content types are remembered from here on
        return get(client, page_of(file)).counts

    # The file, its metadata, its renditions counted and read; its product.
    expected = {"default": 2, "catalog": 1, "media": 4}
    assert page_with(2) == expected
    assert page_with(15) == expected


def test_a_file_is_given_to_another_product_and_keeps_its_bytes(client: Client) -> None:
    file, product = FileFactory.create(), ProductFactory.create()
    sent = {"product_id": product.pk, "key": "elsewhere", "size_bytes": "1"} | {
        f"{prefix}-{form}_FORMS": 0
        for prefix in ("metadata", "renditions")
        for form in ("TOTAL", "INITIAL")
    }
    assert client.post(page_of(file), sent).status_code == 302
    changed = File.objects.get(pk=file.pk)
    assert (changed.product_id, changed.key) == (product.pk, file.key)
    assert changed.size_bytes == file.size_bytes


def test_files_are_neither_added_nor_deleted_here(client: Client) -> None:
    file = FileFactory.create()
    assert client.get(f"{list_of(File)}add/").status_code == 403
    assert client.get(page_of(file).replace("change", "delete")).status_code == 403
