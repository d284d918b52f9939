"""The advisor's page: asked for by the browser, remembered for a while."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from optimizer.console.advice_cache import keep
from optimizer.console.question import Question
from optimizer.judgement import fine, unknown
from optimizer.records import (
    Confidence,
    Declined,
    Evidence,
    SkippedStatement,
    WritePrice,
)
from tests.optimizer.console import examples
from tests.optimizer.console.conftest import Connection, SignIn
from tests.optimizer.console.examples import SERVED, suggestion

pytestmark = pytest.mark.django_db(databases="__all__")


def get(client: Client, name: str, *arguments: str, query: str = "") -> str:
    """The page without what only colours it."""
    response = client.get(reverse(f"optimizer:{name}", args=arguments) + query)
    assert response.status_code == 200
    return html.unescape(re.sub(r"<span[^>]*>|</span>", "", response.text))


def advice(client: Client, alias: str = "catalog", query: str = "") -> str:
    return get(client, "advice", alias, query=query)


def text_of(part: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", part).replace("\N{NO-BREAK SPACE}", " ").split())


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
    assert "Plan with the suggestions" in part
    assert "<html" not in part


def test_who_may_not_see_statements_sees_neither_them_nor_their_plans(
    sign_in: SignIn, asked: Connection
) -> None:
    asked.execute("SELECT id FROM shop.items WHERE code LIKE %s", ("%secret",))
    part = advice(sign_in("view_console"))
    assert "CREATE INDEX CONCURRENTLY" in part
    assert "begins with a wildcard" in part
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


CATALOG = Question("catalog")
MEGABYTE = 2**20


class TestOneSuggestion:
    def test_everything_that_is_known_is_told(self, staff: Client) -> None:
        keep(
            CATALOG,
            examples.advice(
                suggestion(
                    size_bytes=3 * MEGABYTE,
                    hypopg_size_bytes=9 * MEGABYTE,
                    seconds_saved_per_day=90.0,
                    write_price=WritePrice(0.5, 3.0, 2048.0),
                    confidence=Confidence.HIGH,
                    confidence_reason="It saves 97 % of the cost of its statements.",
                    makes_redundant=("public.old_one", "public.old_two"),
                    statements=(replace(SERVED, values="Planned with typical values."),),
                )
            ),
        )
        text = text_of(advice(staff))
        assert "3.0 MB HypoPG: 9.0 MB, as it adds room" in text
        assert "1 min 30 s of the server's time" in text
        assert "Rows to keep up: 30 a minute." in text
        assert "HOT updates at risk: 3 a second." in text
        assert "WAL: 2.0 KB a second." in text
        assert "High confidence" in text
        assert "It saves 97 % of the cost of its statements." in text
        assert "public.old_one , public.old_two" in text
        assert "5,000 → 8.00" in text
        assert "Called 1,200 times." in text
        assert "Planned with typical values." in text
        assert "Index Scan using idx_products_ean on products" in text

    def test_what_nobody_knows_is_called_so(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(suggestion(write_price=WritePrice(None, None, None))))
        text = text_of(advice(staff))
        assert "nobody measured the statements" in text
        assert "Not known: nobody counted the writes" in text
        assert "HypoPG:" not in text
        assert "Makes redundant" not in text

    def test_a_table_that_nobody_writes_costs_no_upkeep(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(suggestion(write_price=WritePrice(0.0, None, 0.0))))
        assert "None: no row that it would hold was written" in text_of(advice(staff))

    @pytest.mark.parametrize(
        ("confidence", "label"),
        [
            (Confidence.HIGH, "High confidence"),
            (Confidence.MEDIUM, "Medium confidence"),
            (Confidence.LOW, "Low confidence"),
        ],
    )
    def test_its_confidence_is_a_label(
        self, staff: Client, confidence: Confidence, label: str
    ) -> None:
        keep(CATALOG, examples.advice(suggestion(confidence=confidence)))
        assert label in advice(staff)

    def test_what_was_not_proved_says_so(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(suggestion(evidence=Evidence.HEURISTIC)))
        assert "Heuristic" in advice(staff)

    def test_statements_that_are_not_recorded_have_no_page_of_their_own(
        self, sign_in: SignIn
    ) -> None:
        keep(CATALOG, examples.advice(suggestion(statements=(replace(SERVED, queryid=None),))))
        part = advice(sign_in("view_console"))
        assert "A statement without a query id" in part
        assert "All figures" not in part

    def test_it_can_be_taken_away_by_itself(self, staff: Client) -> None:
        question = Question("catalog", budget="25%")
        keep(question, examples.advice(suggestion()))
        part = advice(staff, query="?budget=25%25")
        for name in ("as_django", "download"):
            address = reverse(f"optimizer:{name}", args=["catalog"])
            assert f'href="{address}?budget=25%25"' in part
            assert f'href="{address}?budget=25%25&schema=public&index=idx_new"' in part


class TestTheWhole:
    def test_the_head_tells_what_all_of_them_save_and_what_the_search_took(
        self, staff: Client
    ) -> None:
        pair = [
            suggestion(number=number, size_bytes=MEGABYTE, seconds_saved_per_day=30.0)
            for number in (1, 2)
        ]
        keep(CATALOG, examples.advice(*pair))
        text = text_of(advice(staff))
        assert "2 indexes would together cut the planner's cost of this workload by 50.0 %" in text
        assert "1,000 500 with all suggestions" in text
        assert "Size of all, estimated 2.0 MB Statements judged" in text
        assert "1 min of the server's time" in text
        assert "321 in 500 ms, search complete" in text

    def test_a_search_cut_short_says_how_to_search_longer(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(suggestion(), is_complete=False))
        text = text_of(advice(staff))
        assert "search cut short" in text
        assert "manage.py optimize_db catalog --suggest --seconds 60" in text

    def test_twenty_of_them_have_a_table_that_leads_to_each(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(*(suggestion(number=n) for n in range(1, 21))))
        part = advice(staff)
        targets = re.findall(r'href="#(suggestion-\d+)"', part)
        assert len(targets) == 20
        assert targets == re.findall(r'id="(suggestion-\d+)"', part)

    def test_many_statements_of_one_are_folded_after_the_first(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(suggestion(statements=(SERVED,) * 8)))
        text = text_of(advice(staff))
        assert "Serves 8 statements" in text
        shown, _more, folded = text.partition("3 statements more")
        assert shown.count("Called 1,200 times.") == 5
        assert folded.count("Called 1,200 times.") == 3

    def test_the_overview_shows_the_first_and_counts_the_others(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(*(suggestion(number=n) for n in range(1, 8))))
        part = advice(staff, query="?brief=1")
        assert part.count("#suggestion-") == 5
        assert "2 suggestions more" in part

    def test_findings_are_fine_problems_or_open(self, staff: Client) -> None:
        found = (fine("one", "One is fine."), unknown("two", "Two is open."))
        keep(CATALOG, examples.advice(findings=found))
        part = advice(staff)
        assert 'data-verdict="ok"' in part
        assert 'data-verdict="unknown"' in part

    def test_skipped_statements_are_counted_and_quoted_to_who_may_see_them(
        self, sign_in: SignIn
    ) -> None:
        skipped = SkippedStatement("SELECT secret FROM vault", "It reads no table.")
        keep(CATALOG, examples.advice(skipped=(skipped,)))
        client = sign_in("view_console")
        assert "1 statement could not be judged" in advice(client)
        assert "It reads no table." in advice(client)
        assert "secret" not in advice(client)
        client = sign_in("view_console", "view_query_text", name="grace")
        assert "SELECT secret FROM vault" in text_of(advice(client))

    def test_more_suggestions_take_no_more_queries(self, staff: Client) -> None:
        counts = []
        for number in (1, 20):
            keep(CATALOG, examples.advice(*(suggestion(number=n) for n in range(number))))
            with CaptureQueriesContext(connection) as queries:
                advice(staff)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_kept_advice_is_shown_though_the_database_is_down(
        self, staff: Client, down: str
    ) -> None:
        keep(Question(down), examples.advice(suggestion()))
        assert "CREATE INDEX CONCURRENTLY idx_new" in advice(staff, down)


class TestBudget:
    def test_the_advisor_is_asked_with_it_and_the_field_keeps_it(self, staff: Client) -> None:
        page = get(staff, "suggestions", "catalog", query="?budget=25%25&fresh=1")
        address = reverse("optimizer:advice", args=["catalog"])
        assert f'hx-get="{address}?budget=25%25&fresh=1"' in page
        assert 'name="budget" value="25%"' in page
        assert "aria-invalid" not in page

    @pytest.mark.parametrize(
        ("typed", "told"),
        [("5MB", "of a budget of 5MB"), ("25%", "of a budget of 25% of the data, 4.8 MB")],
    )
    def test_it_is_told_as_it_was_typed_and_a_share_in_bytes_too(
        self, staff: Client, typed: str, told: str
    ) -> None:
        question = Question("catalog", budget=typed)
        keep(question, examples.advice(suggestion(), budget_bytes=5_000_000))
        assert told in text_of(advice(staff, query=question.query()))

    @pytest.mark.parametrize(
        ("typed", "complaint"),
        [
            ("lots", "“lots” is no size. Write 500MB"),
            ("0", "The budget has to be more than nothing"),
            ("9" * 41, "at most 40 characters"),
        ],
    )
    def test_a_wrong_one_is_told_beside_the_field_and_nothing_is_asked(
        self, staff: Client, typed: str, complaint: str
    ) -> None:
        page = get(staff, "suggestions", "catalog", query=f"?budget={typed}")
        assert complaint in page
        assert 'aria-invalid="true"' in page
        assert f'name="budget" value="{typed}"' in page
        assert "data-panel" not in page

    def test_what_was_typed_can_do_no_harm(self, staff: Client) -> None:
        response = staff.get(
            reverse("optimizer:suggestions", args=["catalog"]), {"budget": '"><script>'}
        )
        assert "<script>" not in response.text.partition("<main")[2]
        assert 'value="&quot;&gt;&lt;script&gt;"' in response.text

    def test_a_wrong_one_in_the_address_of_the_advice_is_told_too(self, staff: Client) -> None:
        assert "“lots” is no size" in advice(staff, query="?budget=lots")

    def test_each_has_an_answer_of_its_own_however_it_is_written(self, staff: Client) -> None:
        keep(CATALOG, examples.advice(suggestion(name="idx_large")))
        keep(Question("catalog", budget="500MB"), examples.advice(suggestion(name="idx_small")))
        assert "idx_large" in advice(staff)
        assert "idx_small" in advice(staff, query="?budget=500%20mb")

    def test_no_index_fits_into_almost_nothing(self, staff: Client, asked: Connection) -> None:
        part = advice(staff, query="?budget=1B")
        assert "No index that fits into 1B would make" in text_of(part)

    def test_asking_again_asks_with_the_same(self, staff: Client) -> None:
        keep(Question("catalog", budget="25%"), examples.advice(suggestion()))
        address = reverse("optimizer:suggestions", args=["catalog"])
        assert f'href="{address}?budget=25%25&fresh=1"' in advice(staff, query="?budget=25%25")


class TestOfOneTable:
    def test_the_page_of_the_table_leaves_it_for_the_browser_to_ask(
        self, staff: Client, shop: Connection
    ) -> None:
        page = get(staff, "table", "catalog", "shop", "items")
        address = reverse("optimizer:table_advice", args=["catalog", "shop", "items"])
        assert f'hx-get="{address}"' in page
        assert "Suggestions for this table" in page

    def test_the_advisor_says_what_it_suggests_and_what_it_does_not(
        self, staff: Client, asked: Connection
    ) -> None:
        asked.execute("CREATE INDEX known ON shop.items (price)")
        for number in range(20):
            asked.execute("SELECT id FROM shop.items WHERE price = %s", (number,)).fetchall()
        part = get(staff, "table_advice", "catalog", "shop", "items")
        assert "ON shop.items (code" in part
        assert "Not suggested, and why" in part
        assert re.search(r"\(price\).*The index known does the same\.", part, re.DOTALL)

    def test_each_table_has_an_answer_of_its_own(self, staff: Client) -> None:
        for name in ("one", "two"):
            index = suggestion(name=f"idx_{name}")
            keep(Question("catalog", table=f"shop.{name}"), examples.advice(index))
        assert "?table=shop.one&schema=public&index=idx_one" in get(
            staff, "table_advice", "catalog", "shop", "one"
        )

    def test_a_reason_may_be_about_the_table_as_a_whole(self, staff: Client) -> None:
        declined = Declined("shop", "tiny", "", "The table has 3 rows.")
        keep(Question("catalog", table="shop.tiny"), examples.advice(declined=(declined,)))
        text = text_of(get(staff, "table_advice", "catalog", "shop", "tiny"))
        assert "any The table has 3 rows." in text
        assert "No index on this table would make any" in text

    def test_what_is_taken_away_is_of_this_table(self, staff: Client) -> None:
        keep(Question("catalog", table='shop."Odd Name"'), examples.advice(suggestion()))
        part = get(staff, "table_advice", "catalog", "shop", "Odd Name")
        assert "?table=shop.%22Odd+Name%22&schema=public&index=idx_new" in part

    def test_a_table_that_does_not_exist_is_told(self, staff: Client, shop: Connection) -> None:
        assert "The advisor could not work." in get(
            staff, "table_advice", "catalog", "shop", "item"
        )
