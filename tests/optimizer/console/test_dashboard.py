"""The first page: six databases, of which any may be down."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import translation

from config.databases import ALIASES
from optimizer.console import dashboard
from tests.optimizer.console.conftest import SignIn

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def silent(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An alias whose server takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        changed = connections.settings["media"] | {
            "HOST": "127.0.0.1",
            "PORT": str(server.getsockname()[1]),
        }
        monkeypatch.setitem(connections.settings, "silent", changed)
        yield "silent"


def cards(client: Client) -> dict[str, str]:
    """The card of each database on the dashboard."""
    page = client.get(reverse("admin:index")).text
    parts = re.split(r'data-database="([^"]+)"', page)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_there_is_a_card_for_each_of_the_six_databases(staff: Client) -> None:
    found = cards(staff)
    assert tuple(found) == ALIASES
    for alias, card in found.items():
        assert ">Up<" in card
        assert settings.DATABASES[alias]["NAME"] in card
        assert re.search(r"PostgreSQL \d+\.\d+", card)
        assert re.search(r"[\d.]+\N{NO-BREAK SPACE}[KM]B", card)


def test_a_database_that_is_down_takes_no_other_with_it(staff: Client, down: str) -> None:
    found = cards(staff)
    assert ">Down<" in found[down]
    assert "does not answer" in found[down]
    assert "manage.py check --database down" in found[down]
    assert "a-secret-password" not in found[down]
    assert [alias for alias in found if ">Up<" in found[alias]] == list(ALIASES)


def test_a_database_that_says_nothing_does_not_hold_the_page_up(staff: Client, silent: str) -> None:
    started = time.monotonic()
    found = cards(staff)
    assert time.monotonic() - started < dashboard.PATIENCE_S + 1.5
    assert ">Up<" not in found[silent]
    assert ">Up<" in found["catalog"]


def test_nobody_waits_for_a_database_longer_than_patience_lasts(
    staff: Client, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboard, "PATIENCE_S", 0.5)
    started = time.monotonic()
    card = cards(staff)[silent]
    assert time.monotonic() - started < 2.5
    assert "No answer" in card
    assert "did not answer within 0.5 s" in card


def test_the_headline_says_which_do_not_answer(staff: Client, down: str) -> None:
    assert "Not answering: down." in staff.get(reverse("admin:index")).text


def test_the_sentences_are_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "overview", lambda alias: translation.get_language())
    with translation.override("fr"):
        found: dict[str, object] = dict(dashboard.collect(["catalog", "media"]))
    assert found == {"catalog": "fr", "media": "fr"}


def test_statements_are_quoted_to_nobody_without_the_permission(sign_in: SignIn) -> None:
    page = sign_in("view_console").get(reverse("admin:index")).text
    assert "SELECT" not in page
