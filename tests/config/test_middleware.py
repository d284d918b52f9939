from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client, override_settings

from config.postgresql.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def catalog_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A port where nobody answers, and pools that have to find that out."""
    catalog = connections["catalog"]
    assert isinstance(catalog, DatabaseWrapper)
    with monkeypatch.context() as patch:
        catalog.close()
        catalog.close_pool()
        patch.setitem(catalog.settings_dict, "PORT", 1)
        yield
        catalog.close_pool()


@pytest.fixture
def superuser_client(superuser: User, client: Client) -> Client:
    client.force_login(superuser)
    return client


def test_a_page_whose_database_is_away_says_so(
    superuser_client: Client, catalog_away: None
) -> None:
    response = superuser_client.get("/admin/catalog/product/")
    assert response.status_code == 503
    assert "The database of this page cannot be reached." in response.content.decode()


def test_the_pages_of_the_other_databases_go_on(
    superuser_client: Client, catalog_away: None
) -> None:
    assert superuser_client.get("/admin/analytics/notification/").status_code == 200


@override_settings(SECURE_SSL_REDIRECT=True)
def test_monitors_reach_the_probes_without_tls() -> None:
    client = Client()
    assert client.get("/-/alive").status_code == 200
    assert client.get("/admin/").status_code == 301
