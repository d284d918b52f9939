"""The system checks say what is wrong with the databases, and how to cure it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from config import checks
from config.databases import ALIASES


def ids(messages: list[Any]) -> list[str]:
    return [message.id for message in messages]


def test_all_is_well_in_the_settings_as_they_are() -> None:
    assert checks.every_app_has_a_database(app_configs=None) == []
    assert checks.no_database_has_two_aliases(app_configs=None) == []


def test_an_app_without_a_database_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {k: v for k, v in settings.DATABASES.items() if k != "media"}
    monkeypatch.setattr(settings, "DATABASES", without)
    (message,) = checks.every_app_has_a_database(app_configs=None)
    assert message.id == "config.E001"
    assert "MEDIA_DATABASE_URL" in str(message.hint)


def test_two_aliases_of_one_database_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = settings.DATABASES | {"media": settings.DATABASES["catalog"]}
    monkeypatch.setattr(settings, "DATABASES", twice)
    (message,) = checks.no_database_has_two_aliases(app_configs=None)
    assert message.id == "config.E002"
    assert "catalog, media" in message.msg


@pytest.mark.django_db(databases="__all__")
def test_the_databases_that_answer_are_the_ones_that_were_meant() -> None:
    assert checks.the_right_database_answers(app_configs=None, databases=ALIASES) == []


@pytest.mark.django_db(databases=["catalog"])
def test_a_pooler_that_leads_elsewhere_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    connections["catalog"].ensure_connection()
    monkeypatch.setitem(connections["catalog"].settings_dict, "NAME", "db_of_somebody_else")
    (message,) = checks.the_right_database_answers(app_configs=None, databases=["catalog"])
    assert message.id == "config.E003"
    assert "db_of_somebody_else" in message.msg


@pytest.mark.django_db(databases="__all__")
def test_a_budget_above_max_connections_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.the_pools_fit_the_servers(app_configs=None, databases=ALIASES) == []
    monkeypatch.setenv("CATALOG_MAX_OVERFLOW", "100000")
    (message,) = checks.the_pools_fit_the_servers(app_configs=None, databases=ALIASES)
    assert message.id == "config.W002"


def test_databases_are_asked_only_when_they_are_named() -> None:
    assert checks.the_right_database_answers(app_configs=None, databases=None) == []
    assert checks.the_pools_fit_the_servers(app_configs=None, databases=None) == []
