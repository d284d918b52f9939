"""Ids of other databases: by name, in one query, and honest about what is not there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import PriceHistory, Product, Supplier
from config import orphans
from config.fields import ReferenceField
from config.references import (
    State,
    all_reference_fields,
    attach,
    attached,
    link,
    resolve,
    target_of,
)
from imports.models import ImportConfig, ImportJob
from tests.factories import (
    ImportConfigFactory,
    ImportJobFactory,
    PriceHistoryFactory,
    ProductFactory,
    SupplierFactory,
    UserFactory,
)
from tests.lists import get, list_of, page_of

pytestmark = pytest.mark.django_db(databases="__all__")


@contextmanager
def down(alias: str) -> Iterator[None]:
    """A database whose server does not answer: nothing listens on the port of its alias."""
    connection: Any = connections[alias]
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.close_pool()
    connection.settings_dict["PORT"] = "1"
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict["PORT"] = port


def find_suppliers(*ids: int) -> dict[int, Any]:
    return resolve(set(ids), target=Supplier, using="catalog")


# Resolving


def test_ids_become_names_and_links() -> None:
    supplier = SupplierFactory.create(name="Nordlicht")
    reference = find_suppliers(supplier.pk)[supplier.pk]
    assert str(reference) == "Nordlicht"
    assert reference.url == f"/admin/catalog/supplier/{supplier.pk}/change/"


def test_many_ids_are_one_query() -> None:
    suppliers = SupplierFactory.create_batch(30)
    with CaptureQueriesContext(connections["catalog"]) as sent:
        find_suppliers(*(supplier.pk for supplier in suppliers))
    assert len(sent) == 1


def test_no_ids_are_no_query() -> None:
    with CaptureQueriesContext(connections["catalog"]) as sent:
        assert find_suppliers() == {}
    assert len(sent) == 0


def test_an_id_without_a_row_is_missing() -> None:
    reference = find_suppliers(12345)[12345]
    assert reference.state is State.MISSING
    assert "#12345 (missing)" in link(reference)
    assert "href" not in link(reference)


def test_what_has_no_page_has_a_name_without_a_link() -> None:
    Content = apps.get_model("contenttypes.ContentType")
    content = Content.objects.get_for_model(Supplier)
    reference = resolve({content.pk}, target=Content, using="default")[content.pk]
    assert link(reference) == str(content)


def test_names_are_text_and_not_html() -> None:
    supplier = SupplierFactory.create(name="<script>")
    assert "<script>" not in link(find_suppliers(supplier.pk)[supplier.pk])


def test_rows_of_several_models_are_one_query_per_target() -> None:
    user = UserFactory.create()
    jobs = ImportJobFactory.create_batch(3, requested_by_id=user.pk)
    rows = [*jobs, *ImportConfig.objects.all()]
    with (
        CaptureQueriesContext(connections["catalog"]) as catalog,
        CaptureQueriesContext(connections["default"]) as default,
    ):
        attach(rows)
    assert (len(catalog), len(default)) == (1, 1)
    for row in rows:
        supplier = (attached(row) or {})["supplier_id"]
        assert supplier
        assert supplier.id == row.supplier_id
        assert supplier.state is State.FOUND


@pytest.mark.parametrize(
    "target", sorted({target_of(field) for field in all_reference_fields()}, key=str)
)
def test_a_name_causes_no_query(target: type[Any]) -> None:
    makers = {
        "Product": ProductFactory,
        "Supplier": SupplierFactory,
        "ImportJob": ImportJobFactory,
        "User": UserFactory,
        "File": PriceHistoryFactory,
    }
    makers[target.__name__].create()
    using = target.objects.db
    ids = set(target.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connections[using]) as sent:
        resolve(ids, target=target, using=using)
    assert len(sent) <= 1


def test_every_reference_names_a_model_in_another_database() -> None:
    for field in all_reference_fields():
        target = target_of(field)
        assert target._meta.app_label != field.model._meta.app_label, field


def test_a_change_page_shows_what_is_only_looked_at_by_name(client: Client, staff: User) -> None:
    client.force_login(staff)
    config = ImportConfigFactory.create()
    supplier = Supplier.objects.get(pk=config.supplier_id)
    text = get(client, page_of(config)).text
    assert f'<a href="{page_of(supplier)}" class="text-link">{supplier.name}</a>' in text


# A database that is down


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_the_list_of_another_database_works_while_one_is_down(
    client: Client, superuser: User
) -> None:
    client.force_login(superuser)
    job = ImportJobFactory.create()
    with down("catalog"):
        response = client.get(list_of(ImportJob))
    text = response.content.decode()
    assert response.status_code == 200
    assert page_of(job) in text
    assert f"#{job.supplier_id} (catalog is down)" in text


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_a_form_keeps_what_nobody_can_check_and_refuses_what_is_new(
    client: Client, superuser: User
) -> None:
    client.force_login(superuser)
    config = ImportConfigFactory.create()
    with down("catalog"):
        text = client.get(page_of(config)).content.decode()
        assert f"#{config.supplier_id} (catalog is down)" in text
        form: dict[str, Any] = {
            **{"name": "Renamed", "file_format": "csv", "encoding": "utf-8"},
            **{"decimal_separator": ".", "date_format": "%Y", "currency": "EUR"},
            **{"max_error_share": "0", "max_deactivated_share": "0"},
            **{
                f"{name}-{count}_FORMS": 0
                for name in ("mappings", "schedules")
                for count in ("TOTAL", "INITIAL")
            },
        }
        other = client.post(page_of(config), form | {"supplier_id": config.supplier_id + 1})
        same = client.post(page_of(config), form | {"supplier_id": config.supplier_id})
    assert "The database catalog is down" in other.content.decode()
    assert same.status_code == 302
    config.refresh_from_db()
    assert config.name == "Renamed"


# Searching


def test_rows_to_choose_are_searched_for_like_in_their_list(
    client: Client, superuser: User
) -> None:
    client.force_login(superuser)
    supplier = SupplierFactory.create(name="Nordlicht")
    SupplierFactory.create(name="Albion")
    found = client.get("/admin/catalog/supplier/references/", {"term": "nord"}).json()
    assert found["results"] == [{"id": str(supplier.pk), "text": "Nordlicht"}]


def test_who_may_not_see_a_table_may_not_search_it(client: Client) -> None:
    client.force_login(User.objects.create_user("visitor", is_staff=True))
    assert client.get("/admin/catalog/supplier/references/").status_code == 403


# check_references


def check(**options: Any) -> tuple[str, str]:
    """What the command printed, and its complaint, which makes its exit status 1."""
    out, complaint = StringIO(), ""
    try:
        call_command("check_references", stdout=out, stderr=StringIO(), **options)
    except CommandError as exc:
        complaint = str(exc) if exc.returncode == 1 else f"exit status {exc.returncode}"
    return out.getvalue(), complaint


def test_references_that_are_all_there_are_fine() -> None:
    PriceHistoryFactory.create()
    printed, complaint = check()
    assert "catalog.PriceHistory.job_id -> imports.ImportJob: 1 ids, none missing" in printed
    assert complaint == ""


def test_every_reference_field_is_checked() -> None:
    printed, _complaint = check()
    fields = list(all_reference_fields())
    assert len(fields) == 17
    for field in fields:
        assert f"{field.model._meta.label}.{field.name} -> {field.to}" in printed


def test_orphans_are_named_and_fail_the_command() -> None:
    PriceHistoryFactory.create_batch(2, job_id=777)
    PriceHistoryFactory.create(job_id=None)
    PriceHistoryFactory.create()
    printed, complaint = check(app="catalog")
    assert "catalog.PriceHistory.job_id -> imports.ImportJob: 1 of 2 ids missing: 777" in printed
    assert complaint == "1 column points at rows that are missing."


def test_all_orphans_are_counted_and_some_named() -> None:
    for job_id in range(701, 706):
        PriceHistoryFactory.create(job_id=job_id)
    assert "5 of 5 ids missing: 701, 702, …" in check(app="catalog", limit=2)[0]


def test_orphans_are_found_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphans, "BATCH", 3)
    jobs = ImportJobFactory.create_batch(5)
    product = ProductFactory.create()
    ids = [job.pk for job in jobs] + [900_001, 900_002, 900_003]
    for job_id in ids:
        PriceHistoryFactory.create_batch(2, product=product, job_id=job_id)
    field = PriceHistory._meta.get_field("job_id")
    assert isinstance(field, ReferenceField)
    seen: list[int] = []
    found = orphans.find_orphans(field, limit=2, progress=lambda _, checked: seen.append(checked))
    assert (found.checked, found.count) == (8, 3)
    assert found.examples == (900_001, 900_002)
    assert seen == [3, 6, 8]


def test_only_the_tables_of_one_app_are_checked() -> None:
    printed, _complaint = check(app="media")
    assert printed.count("->") == 2


def test_json_is_one_object() -> None:
    PriceHistoryFactory.create(job_id=777)
    printed, complaint = check(app="catalog", format="json")
    by_field = {found["field"]: found for found in json.loads(printed)["references"]}
    assert by_field["catalog.PriceHistory.job_id"] == {
        "field": "catalog.PriceHistory.job_id",
        "target": "imports.ImportJob",
        "checked": 1,
        "count": 1,
        "examples": [777],
        "error": "",
    }
    assert complaint


def test_a_negative_limit_is_wrong_usage() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("check_references", limit=-1)
    assert refused.value.returncode == 2


@pytest.mark.django_db(databases="__all__", transaction=True)
def test_what_cannot_be_checked_is_said_and_the_rest_checked() -> None:
    PriceHistoryFactory.create()
    with down("imports"):
        printed, complaint = check(app="catalog")
    assert "catalog.PriceHistory.job_id -> imports.ImportJob: could not be checked" in printed
    assert "catalog.ProductImage.file_id -> media.File: 0 ids, none missing" in printed
    assert complaint.startswith("Not checked: catalog.PriceHistory.job_id")
    assert Product.objects.exists()
