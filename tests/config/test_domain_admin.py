"""What holds for all tables of the domains: each has its place in the admin, and its page opens."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from config.admin import DomainAdmin
from config.databases import DOMAINS
from tests import factories
from tests.lists import get, list_of, page_of

pytestmark = pytest.mark.django_db(databases="__all__")

TABLES = [model for app in DOMAINS for model in apps.get_app_config(app).get_models()]
LISTED = [model for model in TABLES if admin.site.is_registered(model)]
SEARCHED = [model for model in LISTED if admin.site.get_model_admin(model).search_fields]


def row_of(model: type[Model]) -> Model:
    row: Model = getattr(factories, f"{model.__name__}Factory").create()
    return row


def test_every_table_has_a_list_or_a_place_on_the_page_of_another() -> None:
    inlined = {
        inline.model for model in LISTED for inline in admin.site.get_model_admin(model).inlines
    }
    assert len(TABLES) == 32
    assert set(TABLES) == set(LISTED) | inlined


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label)
def test_who_may_look_at_everything_can(client: Client, staff: User, model: type[Model]) -> None:
    client.force_login(staff)
    row = row_of(model)
    if model.__name__ == "Notification":
        model._default_manager.update(user_id=staff.pk)
    page = get(client, list_of(model))
    assert page.status == 200
    assert page_of(row) in page.text
    page = get(client, page_of(row))
    assert page.status == 200
    assert 'name="_save"' not in page.text


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model._meta.label)
def test_a_superuser_opens_the_form_of_what_can_be_added(
    client: Client, superuser: User, model: type[Model]
) -> None:
    client.force_login(superuser)
    model_admin = admin.site.get_model_admin(model)
    assert isinstance(model_admin, DomainAdmin)
    response = client.get(f"{list_of(model)}add/")
    assert response.status_code in (200, 403)
    assert client.get(page_of(row_of(model))).status_code == 200


@pytest.mark.parametrize("model", SEARCHED, ids=lambda model: model._meta.label)
def test_a_search_for_nothing_that_exists_finds_nothing(
    client: Client, superuser: User, model: type[Model]
) -> None:
    client.force_login(superuser)
    row = row_of(model)
    page = get(client, list_of(model), q="zzz no such thing")
    assert page.status == 200
    assert page_of(row) not in page.text
