"""The suggestions as migrations: to read on a page, to take away as a zip."""

from __future__ import annotations

import html
import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from optimizer.console.advice_cache import keep
from optimizer.console.question import Question
from optimizer.migration_writer import draft
from optimizer.migration_writer.source import Source
from optimizer.records import IndexSuggestion
from tests.optimizer.console.conftest import Connection, SignIn
from tests.optimizer.console.examples import advice, suggestion
from tests.optimizer.migration_writer.helpers import PROJECT, next_migration

pytestmark = pytest.mark.django_db(databases="__all__")

CATALOG = Question("catalog")
OF_A_MODEL = suggestion()
WITHOUT_A_MODEL = suggestion(
    number=2,
    schema_name="shop",
    table_name="items",
    name="idx_items_code",
    create_sql="CREATE INDEX CONCURRENTLY idx_items_code ON shop.items (code);",
)


def suggest(*suggestions: IndexSuggestion, question: Question = CATALOG) -> None:
    keep(question, advice(*suggestions))


def download(client: Client, query: str = "", alias: str = "catalog") -> dict[str, str]:
    response = client.get(reverse("optimizer:download", args=[alias]) + query)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def refusal(client: Client, query: str = "", *, alias: str = "catalog", status: int) -> str:
    response = client.get(reverse("optimizer:download", args=[alias]) + query)
    assert response.status_code == status
    assert "There is nothing to download." in response.text
    return html.unescape(response.text)


def files(client: Client, query: str = "", alias: str = "catalog") -> str:
    response = client.get(reverse("optimizer:as_django_files", args=[alias]) + query)
    assert response.status_code == 200
    return html.unescape(re.sub(r"</?span[^>]*>", "", response.text))


class TestDownload:
    def test_the_zip_changes_the_project_when_it_is_unpacked_in_its_root(
        self, staff: Client, tmp_path: Path
    ) -> None:
        suggest(OF_A_MODEL)
        texts = download(staff)
        assert set(texts) == {"models.diff", next_migration("catalog")}
        assert "AddIndexConcurrently" in texts[next_migration("catalog")]

        models = tmp_path / "catalog" / "models.py"
        models.parent.mkdir()
        shutil.copy(PROJECT / "catalog" / "models.py", models)
        (tmp_path / "models.diff").write_text(texts["models.diff"])
        subprocess.run(["git", "apply", "models.diff"], cwd=tmp_path, check=True, timeout=30)
        assert "idx_new" in models.read_text()

    def test_it_has_a_name_of_its_own(self, staff: Client, shop: Connection) -> None:
        suggest(OF_A_MODEL, WITHOUT_A_MODEL)
        address = reverse("optimizer:download", args=["catalog"])
        for query, name in [
            ("", "suggested_indexes_catalog.zip"),
            (CATALOG.query_about(WITHOUT_A_MODEL), "idx_items_code.zip"),
        ]:
            disposition = staff.get(address + query).headers["Content-Disposition"]
            assert disposition == f'attachment; filename="{name}"'

    def test_tables_without_a_model_come_as_sql_with_the_reason(
        self, staff: Client, shop: Connection
    ) -> None:
        suggest(OF_A_MODEL, WITHOUT_A_MODEL)
        texts = download(staff)
        assert texts["suggested_indexes.sql"] == f"{WITHOUT_A_MODEL.create_sql}\n"
        assert "No model of the project owns shop.items." in texts["notes.txt"]
        assert next_migration("catalog") in texts

    def test_one_suggestion_comes_without_the_others(self, staff: Client, shop: Connection) -> None:
        suggest(OF_A_MODEL, WITHOUT_A_MODEL)
        texts = download(staff, CATALOG.query_about(WITHOUT_A_MODEL))
        assert set(texts) == {"suggested_indexes.sql", "notes.txt"}

    def test_it_holds_names_only_so_who_sees_the_console_may_have_it(
        self, sign_in: SignIn, shop: Connection
    ) -> None:
        suggest(OF_A_MODEL, WITHOUT_A_MODEL)
        texts = download(sign_in("view_console"))
        assert "SELECT" not in "".join(texts.values())
        assert "Seq Scan" not in "".join(texts.values())

    def test_it_is_of_the_advice_for_the_same_table_and_budget(
        self, staff: Client, shop: Connection
    ) -> None:
        question = Question("catalog", table="shop.items", budget="25%")
        suggest(WITHOUT_A_MODEL, question=question)
        assert "suggested_indexes.sql" in download(staff, question.query())

    def test_when_the_advice_has_expired_the_advisor_is_asked_anew(
        self, staff: Client, asked: Connection
    ) -> None:
        cache.clear()
        assert "ON shop.items (code" in download(staff)["suggested_indexes.sql"]

    def test_one_that_is_not_suggested_any_more_is_not_found(
        self, staff: Client, shop: Connection
    ) -> None:
        suggest(OF_A_MODEL)
        page = refusal(staff, CATALOG.query_about(WITHOUT_A_MODEL), status=404)
        assert "“idx_items_code” is not among the suggestions any more" in page
        assert "The advisor is thinking" not in page

    def test_a_namesake_in_another_schema_is_another_index(self, staff: Client) -> None:
        suggest(OF_A_MODEL)
        elsewhere = suggestion(schema_name="archive")
        assert "any more" in refusal(staff, CATALOG.query_about(elsewhere), status=404)

    def test_without_suggestions_there_is_nothing(self, staff: Client) -> None:
        suggest()
        assert "There is no suggestion" in refusal(staff, status=404)

    def test_a_wrong_budget_and_a_table_that_is_gone_are_told(
        self, staff: Client, shop: Connection
    ) -> None:
        assert "“much” is no size" in refusal(staff, "?budget=much", status=503)
        assert "shop.gone" in refusal(staff, "?table=shop.gone", status=404)

    def test_a_database_that_is_down_is_no_zip(self, staff: Client, down: str) -> None:
        suggest(OF_A_MODEL, question=Question(down))
        page = refusal(staff, alias=down, status=503)
        assert "does not answer" in page
        assert "a-secret-password" not in page


class TestPage:
    def test_it_stands_before_anything_is_asked(self, staff: Client) -> None:
        query = CATALOG.query_about(OF_A_MODEL)
        page = staff.get(reverse("optimizer:as_django", args=["catalog"]) + query).text
        address = reverse("optimizer:as_django_files", args=["catalog"]) + query
        assert f'hx-get="{html.escape(address)}"' in page
        assert "idx_new as a migration" in page

    def test_it_shows_the_patch_and_the_migration_and_how_to_use_them(self, staff: Client) -> None:
        suggest(OF_A_MODEL)
        part = files(staff)
        assert "+++ b/catalog/models.py" in part
        assert next_migration("catalog") in part
        assert "AddIndexConcurrently" in part
        assert "git apply models.diff" in part
        assert "manage.py migrate --database=catalog" in part
        assert reverse("optimizer:download", args=["catalog"]) in part
        assert "<html" not in part

    def test_it_shows_sql_and_why_it_is_not_a_migration(
        self, staff: Client, shop: Connection
    ) -> None:
        suggest(WITHOUT_A_MODEL)
        part = files(staff)
        assert "CREATE INDEX CONCURRENTLY idx_items_code ON shop.items (code);" in part
        assert "No model of the project owns shop.items." in part
        assert "git apply" not in part

    def test_what_has_to_be_done_by_hand_stands_before_the_rest(
        self, staff: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        odd = (PROJECT / "catalog" / "models.py").read_text().replace("]\n", "] + []\n")
        monkeypatch.setattr(draft, "_source", lambda _model: Source(odd, path="catalog/models.py"))
        suggest(OF_A_MODEL)
        part = files(staff)
        assert "Something has to be done by hand" in part
        assert 'by hand: Index(fields=["ean"], name="idx_new")' in part
        assert part.index("by hand") < part.index(next_migration("catalog"))
        assert "by hand" in download(staff)["notes.txt"]

    def test_one_that_is_not_suggested_any_more_is_told(
        self, staff: Client, shop: Connection
    ) -> None:
        suggest(OF_A_MODEL)
        part = files(staff, CATALOG.query_about(WITHOUT_A_MODEL))
        assert "is not among the suggestions any more" in part
        assert reverse("optimizer:download", args=["catalog"]) not in part
