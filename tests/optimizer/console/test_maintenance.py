"""From the button over the confirmation to the record."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from optimizer.console.maintenance import waits_for_maintenance
from optimizer.models import MaintenanceRun, Operation, Origin, RunStatus
from tests.optimizer.console.conftest import Connection, SignIn
from tests.optimizer.console.examples import table

pytestmark = pytest.mark.django_db(databases="__all__")

NO_WORKER = "No worker is running."


def address(operation: str = "vacuum", alias: str = "catalog") -> str:
    return reverse("optimizer:maintain", args=[alias, operation])


def heartbeat(age: timedelta) -> None:
    """A worker that gave a sign of life so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
            [timezone.now() - age],
        )


def record(**fields: Any) -> MaintenanceRun:
    return MaintenanceRun.objects.create(
        alias="catalog",
        operation=Operation.VACUUM,
        schema_name="shop",
        table_name="items",
        requested_by="grace",
        origin=Origin.ADMIN,
        statements=['VACUUM "shop"."items"'],
        **fields,
    )


def ended(status: RunStatus, **fields: Any) -> MaintenanceRun:
    now = timezone.now()
    return record(
        status=status,
        started_at=now - timedelta(seconds=3) if status != RunStatus.REFUSED else None,
        finished_at=now,
        **fields,
    )


def page_of(client: Client, run: MaintenanceRun) -> str:
    response = client.get(reverse("admin:optimizer_maintenancerun_change", args=[run.pk]))
    assert response.status_code == 200
    return html.unescape(response.text).replace("\N{NO-BREAK SPACE}", " ")


class TestConfirmation:
    def test_it_shows_exactly_what_would_be_run_and_runs_nothing(
        self, staff: Client, shop: Connection
    ) -> None:
        before = ProcrastinateJob.objects.count()
        response = staff.get(address("vacuum_analyze"), {"table": "shop.items"})
        page = html.unescape(response.text)
        assert "This statement will be run" in page
        assert '</span>) "shop"."items";' in page
        assert "SHARE UPDATE EXCLUSIVE" in page
        assert "Less than a second" in page
        assert MaintenanceRun.objects.count() == 0
        assert ProcrastinateJob.objects.count() == before

    def test_a_whole_database_lists_a_statement_for_every_table(
        self, staff: Client, shop: Connection
    ) -> None:
        page = html.unescape(staff.get(address("reindex")).text)
        assert 'CONCURRENTLY</span> "public"."products";' in page
        assert 'CONCURRENTLY</span> "shop"."items";' in page

    def test_it_tells_how_long_the_last_one_took(self, staff: Client, shop: Connection) -> None:
        ended(RunStatus.SUCCEEDED)
        page = staff.get(address(), {"table": "shop.items"}).text
        assert "The last one took 3.00\N{NO-BREAK SPACE}s" in page

    def test_a_table_that_does_not_exist_cannot_be_confirmed(self, staff: Client) -> None:
        page = staff.get(address(), {"table": "shop.nothing"}).text
        assert "This cannot be run." in page
        assert "<form" not in page[page.index("This cannot be run.") :].split("</section>")[0]
        assert 'name="table"' not in page

    def test_who_may_not_run_it_is_told_so(self, sign_in: SignIn) -> None:
        response = sign_in("view_console", "run_vacuum").get(address("reindex"))
        assert response.status_code == 403
        assert "optimizer.run_reindex" in response.text


class TestLaunch:
    def test_it_is_recorded_with_who_asked_and_left_to_a_worker(
        self, staff: Client, shop: Connection
    ) -> None:
        response = staff.post(address("vacuum_analyze"), {"table": "shop.items"})
        run = MaintenanceRun.objects.get()
        assert (run.status, run.requested_by, run.origin) == ("queued", "ada", "admin")
        assert (run.alias, run.schema_name, run.table_name) == ("catalog", "shop", "items")
        assert response.headers["Location"] == reverse(
            "admin:optimizer_maintenancerun_change", args=[run.pk]
        )
        job = ProcrastinateJob.objects.latest("id")
        assert job.args == {"run_id": run.pk}
        assert job.status == "todo"

    def test_without_a_table_it_is_for_the_whole_database(self, staff: Client) -> None:
        staff.post(address("analyze"), {"table": ""})
        run = MaintenanceRun.objects.get()
        assert run.table_name == ""
        assert 'ANALYZE "public"."products"' in run.statements

    @pytest.mark.parametrize("operation", Operation)
    def test_each_operation_needs_its_own_permission(
        self, sign_in: SignIn, shop: Connection, operation: Operation
    ) -> None:
        others = [f"run_{other}" for other in Operation if other != operation]
        client = sign_in("view_console", *others)
        response = client.post(address(operation), {"table": "shop.items"})
        assert response.status_code == 403
        assert MaintenanceRun.objects.count() == 0

    def test_a_form_from_elsewhere_is_refused(self, sign_in: SignIn, shop: Connection) -> None:
        client = sign_in("view_console", "run_vacuum", enforce_csrf_checks=True)
        response = client.post(address(), {"table": "shop.items"})
        assert response.status_code == 403
        assert "This form is no longer valid." in response.text
        assert MaintenanceRun.objects.count() == 0

    @pytest.mark.parametrize("name", ["shop.nothing", 'x"; DROP TABLE shop.items; --', "\x00"])
    def test_a_table_that_does_not_exist_is_refused_with_the_reason(
        self, staff: Client, shop: Connection, name: str
    ) -> None:
        response = staff.post(address(), {"table": name})
        assert response.headers["Location"] == reverse("optimizer:maintenance", args=["catalog"])
        (message,) = get_messages(response.wsgi_request)
        assert "There is no table" in message.message
        assert MaintenanceRun.objects.count() == 0

    def test_a_database_that_is_down_is_refused_with_the_reason(
        self, staff: Client, down: str
    ) -> None:
        response = staff.post(address(alias=down))
        (message,) = get_messages(response.wsgi_request)
        assert "does not answer" in message.message
        assert MaintenanceRun.objects.count() == 0


class TestRun:
    def test_while_it_waits_its_page_asks_again_by_itself(self, staff: Client) -> None:
        run = record()
        page = page_of(staff, run)
        assert reverse("optimizer:run_state", args=[run.pk]) in page
        assert "Waiting for a worker for" in page

    def test_without_a_worker_it_says_how_to_start_one(self, staff: Client) -> None:
        page = page_of(staff, record())
        assert NO_WORKER in page
        assert "manage.py procrastinate worker" in page

    def test_a_worker_that_fell_silent_counts_as_none(self, staff: Client) -> None:
        heartbeat(timedelta(seconds=40))
        assert NO_WORKER in page_of(staff, record())

    def test_with_a_worker_it_just_waits(self, staff: Client) -> None:
        heartbeat(timedelta(seconds=5))
        assert NO_WORKER not in page_of(staff, record())

    def test_while_it_runs_it_says_for_how_long(self, staff: Client) -> None:
        started = timezone.now() - timedelta(minutes=2, seconds=5)
        page = page_of(staff, record(status=RunStatus.RUNNING, started_at=started))
        assert "It has been running for 2 min" in page

    @pytest.mark.parametrize(
        ("before", "after", "sentence"),
        [
            (3 * 2**20, 2**20, "It gave 2.0 MB back to the disk."),
            (2**20, 2**20, "The size on disk stayed the same"),
            (2**20, 3 * 2**20, "It takes 2.0 MB more than before"),
        ],
    )
    def test_success_says_what_became_of_the_size(
        self, staff: Client, before: int, after: int, sentence: str
    ) -> None:
        run = ended(RunStatus.SUCCEEDED, size_before=before, size_after=after)
        page = page_of(staff, run)
        assert "Succeeded in 3.00 s" in page
        assert sentence in page
        assert reverse("optimizer:run_state", args=[run.pk]) not in page

    def test_failure_says_why_and_what_the_server_said(self, staff: Client) -> None:
        run = ended(
            RunStatus.FAILED,
            error="shop.items: canceling statement",
            notices=["WARNING: skipping <items>"],
        )
        page = page_of(staff, run)
        assert "Failed after 3.00 s" in page
        assert "shop.items: canceling statement" in page
        assert "WARNING: skipping <items>" in page

    def test_refusal_says_that_nothing_was_run(self, staff: Client) -> None:
        page = page_of(staff, ended(RunStatus.REFUSED, error="Run 7 of grace is running there."))
        assert "Refused: nothing was run" in page
        assert "Run 7 of grace is running there." in page

    def test_the_part_that_asks_again_stops_when_it_has_ended(self, staff: Client) -> None:
        run = ended(RunStatus.SUCCEEDED)
        part = staff.get(reverse("optimizer:run_state", args=[run.pk])).text
        assert "hx-get" not in part
        assert "<html" not in part

    def test_one_that_does_not_exist_is_not_found(self, staff: Client) -> None:
        assert staff.get(reverse("optimizer:run_state", args=[7])).status_code == 404


class TestRuns:
    def test_they_are_listed_and_can_be_filtered(self, staff: Client) -> None:
        ended(RunStatus.SUCCEEDED)
        ended(RunStatus.FAILED)
        listed = reverse("admin:optimizer_maintenancerun_changelist")
        assert staff.get(listed).text.count("shop.items") == 2
        assert staff.get(listed, {"status__exact": "failed"}).text.count("shop.items") == 1
        assert "No run matches the filters." in staff.get(listed, {"status__exact": "running"}).text

    def test_an_empty_list_says_where_the_buttons_are(self, staff: Client) -> None:
        page = staff.get(reverse("admin:optimizer_maintenancerun_changelist")).text
        assert "No maintenance has been run yet." in page

    def test_a_database_links_to_its_own(self, staff: Client) -> None:
        ended(RunStatus.SUCCEEDED)
        page = staff.get(reverse("optimizer:maintenance", args=["catalog"])).text
        listed = reverse("admin:optimizer_maintenancerun_changelist")
        assert f'href="{listed}?alias=catalog"' in page
        assert staff.get(f"{listed}?alias=catalog").text.count("shop.items") == 1
        assert staff.get(f"{listed}?alias=media").text.count("shop.items") == 0

    @pytest.mark.parametrize("page", ["add", "change", "delete", "history"])
    def test_nobody_changes_them(self, staff: Client, page: str) -> None:
        run = ended(RunStatus.SUCCEEDED)
        name = f"admin:optimizer_maintenancerun_{page}"
        response = staff.post(reverse(name, args=[] if page == "add" else [run.pk]), {"error": "x"})
        run.refresh_from_db()
        assert run.error == ""
        assert page == "history" or response.status_code == 403


class TestPage:
    def test_tables_that_would_gain_are_named(self, staff: Client, shop: Connection) -> None:
        page = staff.get(reverse("optimizer:maintenance", args=["catalog"])).text
        waiting = page[page.index("Tables that would gain from it") : page.index("Latest runs")]
        assert "shop.items" in waiting

    def test_operations_that_the_user_may_not_run_have_no_button(self, sign_in: SignIn) -> None:
        client = sign_in("view_console", "run_analyze")
        page = client.get(reverse("optimizer:maintenance", args=["catalog"])).text
        assert f'href="{address("analyze")}"' in page
        assert f'href="{address("reindex")}"' not in page
        assert "REINDEX CONCURRENTLY: your account may not" in page


@pytest.mark.parametrize(
    ("figures", "waits"),
    [
        ({"n_live_tup": 9_000, "n_dead_tup": 1_000}, True),
        ({"n_live_tup": 9_100, "n_dead_tup": 999}, False),
        ({"n_live_tup": 99_000, "n_dead_tup": 1_000}, False),
        ({"row_count": 10_000, "n_mod_since_analyze": 1_000}, True),
        ({"row_count": 10_001, "n_mod_since_analyze": 1_000}, False),
        ({"row_count": 0, "n_mod_since_analyze": 1_000}, True),
    ],
)
def test_a_table_waits_for_maintenance_from_a_tenth_on(
    figures: dict[str, int], waits: bool
) -> None:
    assert waits_for_maintenance(table(**figures)) is waits
