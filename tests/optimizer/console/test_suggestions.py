"""The advisor's page: asked for by the browser, remembered for a while."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from tests.optimizer.console.conftest import Connection, SignIn

pytestmark = pytest.mark.django_db(databases="__all__")

SEARCH = "SELECT code, price FROM shop.items WHERE code = %s"


@pytest.fixture
def asked(shop: Connection, fresh_statements: None) -> Connection:
    """A table of 25,000 rows that is searched again and again without an index."""
    shop.execute(
        "INSERT INTO shop.items SELECT n, 'code-' || n, n FROM generate_series(5001, 25000) AS n"
    )
    shop.execute("VACUUM ANALYZE shop.items")
    for number in range(120):
        shop.execute(SEARCH, (f"code-{number}",)).fetchall()
    return shop


def advice(client: Client, alias: str = "catalog", query: str = "") -> str:
    response = client.get(reverse("optimizer:advice", args=[alias]) + query)
    assert response.status_code == 200
    return html.unescape(re.sub(r"<span[^>]*>|</span>", "", response.text))


def given_at(part: str) -> str:
    found = re.search(r'datetime="([^"]+)"', part)
    assert found is not None
    return found[1]


def test_the_page_stands_before_the_advisor_is_asked(staff: Client, asked: Connection) -> None:
    page = staff.get(reverse("optimizer:suggestions", args=["catalog"])).text
    assert f'hx-get="{reverse("optimizer:advice", args=["catalog"])}"' in page
    assert "The advisor is thinking" in page
    assert "CREATE INDEX" not in page


def test_a_suggestion_shows_what_to_build_what_it_saves_and_why(
    staff: Client, asked: Connection
) -> None:
    part = advice(staff)
    assert re.search(r"CREATE INDEX CONCURRENTLY \S+ ON shop\.items \(code", part)
    assert "Proved with HypoPG" in part or "Heuristic" in part
    assert "Seq Scan on items" in part
    assert "Plan with the index" in part
    assert "<html" not in part


def test_who_may_not_see_statements_sees_neither_them_nor_their_plans(
    sign_in: SignIn, asked: Connection
) -> None:
    part = advice(sign_in("view_console"))
    assert "CREATE INDEX CONCURRENTLY" in part
    assert "SELECT" not in part
    assert "Seq Scan" not in part


def test_the_overview_gets_the_short_form(staff: Client, asked: Connection) -> None:
    part = advice(staff, query="?brief=1")
    assert "items (code" in part
    assert "CREATE INDEX" not in part


def test_advice_is_kept_for_a_while_and_given_anew_when_asked_for(
    staff: Client, asked: Connection
) -> None:
    first = advice(staff)
    asked.execute("CREATE INDEX ON shop.items (code, price)")
    assert given_at(advice(staff)) == given_at(first)
    assert "CREATE INDEX CONCURRENTLY" in advice(staff)
    assert "ON shop.items (code" not in advice(staff, query="?fresh=1")


def test_without_statements_it_says_why_there_is_nothing(staff: Client, unused: str) -> None:
    assert "There is nothing to judge" in advice(staff, unused)
    assert "There is nothing to judge" in advice(staff, unused, "?brief=1")


def test_without_the_extension_it_says_how_to_get_it(staff: Client, bare: str) -> None:
    assert "CREATE EXTENSION pg_stat_statements" in advice(staff, bare)
    assert "CREATE EXTENSION pg_stat_statements" in advice(staff, bare, "?brief=1")


def test_a_failure_is_not_remembered(
    staff: Client, down: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections.settings, "mended", connections.settings[down])
    assert "The advisor could not work." in advice(staff, "mended")
    monkeypatch.setitem(connections.settings, "mended", connections.settings["code2asin"])
    del connections["mended"]  # which remembers its settings
    assert "The advisor could not work." not in advice(staff, "mended")
