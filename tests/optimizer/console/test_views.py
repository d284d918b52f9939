"""What the pages of a database show, read from a real one."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from optimizer.service import db_optimizer
from tests.optimizer.console.conftest import Connection, SignIn

pytestmark = pytest.mark.django_db(databases="__all__")

SEARCH = "SELECT code, price FROM shop.items WHERE code = %s"
LIST = "SELECT id FROM shop.items ORDER BY price DESC LIMIT 10"


def get(client: Client, name: str, *arguments: object, **query: str) -> str:
    response = client.get(reverse(f"optimizer:{name}", args=arguments), query)
    assert response.status_code == 200, response.status_code
    return response.text


def ask(shop: Connection, *, searches: int = 0, lists: int = 0) -> None:
    for number in range(searches):
        shop.execute(SEARCH, (f"code-{number}",)).fetchall()
    for _number in range(lists):
        shop.execute(LIST).fetchall()


def queryid_of(part: str) -> int:
    queries = db_optimizer.analyze_slow_queries("catalog", limit=100, with_plans=False)
    (queryid,) = [query.queryid for query in queries if part in " ".join(query.query.split())]
    assert queryid is not None
    return queryid


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


def order(page: str, *texts: str) -> list[str]:
    """The texts in the order in which they stand on the page."""
    return sorted(texts, key=text_of(page).index)


@pytest.mark.usefixtures("fresh_statements")
class TestSlowQueries:
    def test_they_are_sorted_on_the_server_by_the_column_asked_for(
        self, staff: Client, shop: Connection
    ) -> None:
        ask(shop, searches=2, lists=30)
        search, newest = "FROM shop.items WHERE code", "FROM shop.items ORDER BY price"
        page = get(staff, "slow_queries", "catalog", sort="-calls")
        assert order(page, search, newest) == [newest, search]
        page = get(staff, "slow_queries", "catalog", sort="calls")
        assert order(page, search, newest) == [search, newest]

    def test_the_heading_says_what_it_is_sorted_by(self, staff: Client, shop: Connection) -> None:
        ask(shop, lists=1)
        page = get(staff, "slow_queries", "catalog", sort="mean")
        assert page.count('aria-sort="ascending"') == 1
        assert 'href="?sort=-mean"' in page

    def test_a_sort_that_does_not_exist_is_no_error(self, staff: Client, shop: Connection) -> None:
        ask(shop, lists=1)
        page = get(staff, "slow_queries", "catalog", sort="';--")
        assert page.count('aria-sort="descending"') == 1

    def test_without_statements_a_sentence_says_so(self, staff: Client, unused: str) -> None:
        page = get(staff, "slow_queries", unused)
        assert "No statement of the application has been recorded yet." in page

    def test_without_the_extension_the_page_says_how_to_get_it(
        self, staff: Client, bare: str
    ) -> None:
        page = get(staff, "slow_queries", bare)
        assert "The slow queries cannot be read." in page
        assert "CREATE EXTENSION pg_stat_statements" in page

    def test_the_text_is_hidden_from_who_may_not_see_it(
        self, sign_in: SignIn, shop: Connection
    ) -> None:
        ask(shop, searches=1)
        page = get(sign_in("view_console"), "slow_queries", "catalog")
        assert "shop.items" not in page
        assert "Your account may not see the text of statements." in page


@pytest.mark.usefixtures("fresh_statements")
class TestQuery:
    def test_it_shows_figures_plan_and_tables(self, staff: Client, shop: Connection) -> None:
        ask(shop, searches=3)
        page = get(staff, "query", "catalog", queryid_of("WHERE code"))
        assert "called 3 times" in page
        assert "Seq Scan on items" in page
        assert "Seq Scan reads items from beginning to end" in page
        assert reverse("optimizer:table", args=["catalog", "shop", "items"]) in page

    def test_without_the_permission_there_is_neither_text_nor_plan_nor_table(
        self, sign_in: SignIn, shop: Connection
    ) -> None:
        ask(shop, searches=1)
        page = get(sign_in("view_console"), "query", "catalog", queryid_of("WHERE code"))
        assert "Mean time" in page
        assert "Seq Scan" not in page
        assert "shop" not in page
        assert "optimizer.view_query_text" in page

    @pytest.mark.parametrize("queryid", [7, -7, 2**63 - 1, 10**18 * 9])
    def test_one_that_is_not_recorded_is_not_found(self, staff: Client, queryid: int) -> None:
        response = staff.get(reverse("optimizer:query", args=["catalog", queryid]))
        assert response.status_code == 404
        assert "This query cannot be shown." in response.text

    def test_a_number_that_is_no_query_id_is_not_found(self, staff: Client) -> None:
        response = staff.get(f"/admin/optimizer/databases/catalog/queries/{'9' * 19}/")
        assert response.status_code == 404


class TestTables:
    def test_sizes_rows_and_dead_rows_have_their_units(
        self, staff: Client, shop: Connection
    ) -> None:
        page = get(staff, "tables", "catalog", sort="-dead")
        row = page[page.index("shop.items") :]
        assert "5,000" in row
        assert "1,250" in row
        assert "20.0\N{NO-BREAK SPACE}%" in row
        assert "opt-bar-warning" in row
        assert "KB" in row

    def test_they_are_sorted_by_the_column_asked_for(self, staff: Client, shop: Connection) -> None:
        shop.execute("CREATE TABLE shop.empty ()")
        assert order(get(staff, "tables", "catalog", sort="-rows"), "shop.items", "shop.empty") == [
            "shop.items",
            "shop.empty",
        ]
        assert order(get(staff, "tables", "catalog", sort="name"), "shop.items", "shop.empty") == [
            "shop.empty",
            "shop.items",
        ]

    def test_a_database_without_tables_says_how_to_make_them(
        self, staff: Client, bare: str
    ) -> None:
        assert "manage.py migrate --database=bare" in get(staff, "tables", bare)


class TestTable:
    def test_it_shows_its_indexes_and_what_is_wrong_with_them(
        self, staff: Client, shop: Connection
    ) -> None:
        shop.execute("CREATE INDEX narrow ON shop.items (code)")
        shop.execute("CREATE INDEX wide ON shop.items (code) INCLUDE (price)")
        page = text_of(get(staff, "table", "catalog", "shop", "items"))
        assert "CREATE INDEX wide ON shop.items" in page
        assert 'DROP INDEX CONCURRENTLY "shop"."narrow";' in page

    def test_a_table_without_any_index_says_what_that_means(
        self, staff: Client, shop: Connection
    ) -> None:
        page = get(staff, "table", "catalog", "shop", "items")
        assert "This table has no index" in page

    def test_it_has_the_buttons_that_the_user_may_press_and_no_others(
        self, sign_in: SignIn, shop: Connection
    ) -> None:
        page = get(sign_in("view_console", "run_analyze"), "table", "catalog", "shop", "items")
        assert reverse("optimizer:maintain", args=["catalog", "analyze"]) in page
        assert reverse("optimizer:maintain", args=["catalog", "vacuum"]) not in page

    @pytest.mark.parametrize("name", ["Odd Name", 'with "quotes"', "dotted.name", "é"])
    def test_any_name_that_postgresql_allows_has_its_page(
        self, staff: Client, shop: Connection, name: str
    ) -> None:
        shop.execute(f'CREATE TABLE shop."{name.replace(chr(34), chr(34) * 2)}" (id int)')
        assert reverse("optimizer:table", args=["catalog", "shop", name]) in get(
            staff, "tables", "catalog"
        )
        assert "This table has no index" in get(staff, "table", "catalog", "shop", name)

    def test_one_that_does_not_exist_names_the_nearest(
        self, staff: Client, shop: Connection
    ) -> None:
        response = staff.get(reverse("optimizer:table", args=["catalog", "shop", "item"]))
        assert response.status_code == 404
        assert "shop.items" in response.text


class TestOverview:
    def test_it_begins_with_conclusions_and_their_cures(
        self, staff: Client, shop: Connection
    ) -> None:
        shop.execute("INSERT INTO shop.items SELECT n FROM generate_series(1, 20000) AS n")
        shop.execute("UPDATE shop.items SET price = 1")
        shop.execute("SELECT pg_stat_force_next_flush()")
        page = get(staff, "overview", "catalog")
        assert 'data-verdict="warning"' in page
        assert "manage.py optimize_db catalog --vacuum" in page
        conclusion, *parts = "of dead rows", "What takes the time", "Largest tables"
        assert order(page, conclusion, *parts)[0] == conclusion

    def test_the_suggestions_are_left_for_the_browser_to_ask(self, staff: Client) -> None:
        page = get(staff, "overview", "catalog")
        assert f'hx-get="{reverse("optimizer:advice", args=["catalog"])}?brief=1"' in page
        assert "The advisor is thinking" in page

    def test_what_could_not_be_judged_is_neither_fine_nor_a_problem(
        self, staff: Client, bare: str
    ) -> None:
        page = get(staff, "overview", bare)
        assert 'data-verdict="unknown"' in page
        assert "CREATE EXTENSION pg_stat_statements" in page
        assert "No problem found" in page


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("table_advice", ["public", "products"], "The advisor could not work."),
        ("as_django", [], "The advisor is thinking"),
        ("as_django_files", [], "There is nothing to show."),
        ("overview", [], "down is down"),
        ("slow_queries", [], "The slow queries cannot be read."),
        ("query", [7], "This query cannot be shown."),
        ("table", ["public", "products"], "This table cannot be shown."),
        ("suggestions", [], "The advisor is thinking"),
        ("advice", [], "The advisor could not work."),
        ("tables", [], "The tables cannot be read."),
        ("maintenance", [], "The tables cannot be read."),
        ("maintain", ["vacuum"], "This cannot be run."),
    ],
)
def test_a_database_that_is_down_has_pages_that_say_so(
    staff: Client, down: str, name: str, arguments: list[object], sentence: str
) -> None:
    page = get(staff, name, down, *arguments)
    assert sentence in page
    if name not in ("suggestions", "as_django"):
        assert "does not answer" in page
    assert "a-secret-password" not in page
