"""The console as its users meet it."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from config.databases import ALIASES
from optimizer.models import MaintenanceRun, RunStatus
from tests.e2e.conftest import EVERYTHING, Connection, SignIn

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True, databases="__all__"),
]


def test_from_the_dashboard_to_the_plan_of_a_slow_query(sign_in: SignIn, shop: Connection) -> None:
    page = sign_in(*EVERYTHING)
    expect(page.locator("[data-database]")).to_have_count(len(ALIASES))
    expect(page.locator("[data-database=catalog]").get_by_text("Up", exact=True)).to_be_visible()

    page.locator("[data-database=catalog] h2 a").click()
    expect(page.get_by_label("Conclusions")).to_be_visible()
    expect(page.get_by_text("The advisor is thinking")).to_have_count(0, timeout=30_000)

    page.get_by_role("link", name="Slow queries", exact=True).click()
    page.get_by_role("link", name="Calls").click()
    expect(page).to_have_url(re.compile(r"\?sort=-calls$"))
    expect(page.get_by_role("columnheader", name="Calls")).to_have_attribute(
        "aria-sort", "descending"
    )

    page.locator("a.opt-query", has_text="FROM shop.items").first.click()
    expect(page.get_by_role("heading", name="Plan", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"Seq Scan on items +\(cost="))).to_be_visible()
    expect(page.get_by_role("link", name="shop.items")).to_be_visible()


def test_suggestions_come_by_themselves_and_can_be_copied(
    sign_in: SignIn, shop: Connection
) -> None:
    page = sign_in(*EVERYTHING)
    page.goto("/admin/optimizer/databases/catalog/suggestions/")
    suggestion = page.locator("[data-suggestion]", has_text="items (code")
    expect(suggestion).to_be_visible(timeout=60_000)

    suggestion.locator("summary").first.click()
    expect(suggestion.get_by_role("heading", name="Plan before")).to_be_visible()
    expect(suggestion.get_by_text("Seq Scan on items").first).to_be_visible()

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    statement = suggestion.locator(".opt-code").first
    statement.get_by_role("button", name="Copy").click()
    expect(statement.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == statement.locator("code").inner_text()


def test_suggestions_are_asked_for_with_a_budget_and_taken_away_as_migrations(
    sign_in: SignIn, shop: Connection, tmp_path: Path
) -> None:
    page = sign_in(*EVERYTHING)
    page.goto("/admin/optimizer/databases/catalog/suggestions/")
    budget = page.get_by_label("Storage for all of them together")
    budget.fill("lots")
    page.get_by_role("button", name="Ask with this budget").click()
    expect(page.get_by_text("“lots” is no size.")).to_be_visible()
    expect(budget).to_have_value("lots")

    budget.fill("5GB")
    page.get_by_role("button", name="Ask with this budget").click()
    suggestion = page.locator("[data-suggestion]", has_text="items (code")
    expect(suggestion).to_be_visible(timeout=60_000)
    expect(page.get_by_text("of a budget of 5GB")).to_be_visible()

    suggestion.get_by_role("link", name="Show as migration").click()
    expect(page.get_by_text("No model of the project owns shop.items.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a zip").click()
    download.value.save_as(tmp_path / "index.zip")
    with zipfile.ZipFile(tmp_path / "index.zip") as archive:
        assert "ON shop.items (code" in archive.read("suggested_indexes.sql").decode()


def test_the_page_of_a_table_says_what_is_suggested_for_it_and_what_is_not(
    sign_in: SignIn, shop: Connection
) -> None:
    page = sign_in(*EVERYTHING)
    page.goto("/admin/optimizer/databases/catalog/tables/shop/items/")
    expect(page.locator("[data-suggestion]", has_text="items (code")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-declined]", has_text="(code)")).to_be_visible()


def test_a_vacuum_from_the_button_to_its_success(
    sign_in: SignIn,
    shop: Connection,
    run_worker: Callable[[], subprocess.CompletedProcess[str]],
) -> None:
    shop.execute("DELETE FROM shop.items WHERE id > 10000")
    page = sign_in(*EVERYTHING)
    page.goto("/admin/optimizer/databases/catalog/tables/shop/items/")
    page.get_by_role("link", name="VACUUM ANALYZE").click()
    expect(page.get_by_text('VACUUM (ANALYZE) "shop"."items";')).to_be_visible()
    assert not MaintenanceRun.objects.exists()

    page.get_by_role("button", name="Run VACUUM ANALYZE").click()
    expect(page.locator("[data-run]")).to_have_attribute("data-status", RunStatus.QUEUED)
    expect(page.get_by_text("No worker is running.")).to_be_visible()

    run_worker()
    expect(page.locator("[data-run]")).to_have_attribute("data-status", RunStatus.SUCCEEDED)
    expect(page.get_by_text("Succeeded in")).to_be_visible()
    expect(page.get_by_text("back to the disk.")).to_be_visible()
    assert MaintenanceRun.objects.get().requested_by == "ada"
    assert "hx-get" not in page.locator("[data-run]").evaluate("run => run.outerHTML")


def test_without_the_permission_there_is_no_button_and_a_forged_post_is_refused(
    sign_in: SignIn, shop: Connection, complaints: list[str]
) -> None:
    page = sign_in("view_console")
    page.goto("/admin/optimizer/databases/catalog/maintenance/")
    expect(page.get_by_text("VACUUM ANALYZE: your account may not")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^(VACUUM|ANALYZE|REINDEX)"))).to_have_count(0)

    token = next(
        cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken"
    )
    answer = page.request.post(
        "/admin/optimizer/databases/catalog/maintenance/vacuum/",
        form={"table": "shop.items", "csrfmiddlewaretoken": token},
    )
    assert answer.status == 403
    assert "optimizer.run_vacuum" in answer.text()
    assert not MaintenanceRun.objects.exists()
    assert complaints == []


def test_a_database_that_is_down_shows_as_down_and_the_others_stay_up(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        connections.settings,
        "media",
        connections.settings["media"] | {"HOST": "127.0.0.1", "PORT": "1"},
    )
    page = sign_in(*EVERYTHING)
    expect(page.locator("[data-database=media]").get_by_text("Down")).to_be_visible()
    expect(page.get_by_text("Up", exact=True)).to_have_count(len(ALIASES) - 1)

    for part in ("", "queries/", "suggestions/", "tables/", "maintenance/"):
        page.goto(f"/admin/optimizer/databases/media/{part}")
        expect(page.get_by_text("does not answer").first).to_be_visible()


def test_a_panel_whose_server_fails_says_so(sign_in: SignIn, complaints: list[str]) -> None:
    page = sign_in(*EVERYTHING)
    page.route("**/advice/**", lambda route: route.fulfill(status=500, body="broken"))
    page.goto("/admin/optimizer/databases/catalog/suggestions/")
    expect(page.get_by_text("The server failed to answer; its log says why.")).to_be_visible()
    expect(page.get_by_text("The advisor is thinking")).to_be_hidden()
    assert complaints
    complaints.clear()


def test_no_page_is_wider_than_a_phone(sign_in: SignIn, shop: Connection) -> None:
    page = sign_in(*EVERYTHING)
    page.set_viewport_size({"width": 390, "height": 844})
    database = "/admin/optimizer/databases/catalog/"
    for address in (
        "/admin/",
        database,
        f"{database}queries/",
        f"{database}suggestions/",
        f"{database}suggestions/migrations/",
        f"{database}tables/",
        f"{database}tables/shop/items/",
        f"{database}maintenance/",
        f"{database}maintenance/reindex/",
        "/admin/optimizer/maintenancerun/",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert width_of(page) <= 390, address


def test_the_language_can_be_switched(sign_in: SignIn) -> None:
    page = sign_in(*EVERYTHING)
    page.get_by_text("ada", exact=True).last.click()
    page.get_by_role("button", name="français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def width_of(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width
