"""The pages of the analytics: what they ask of the databases, and what staff can do with them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from analytics import actions
from analytics.models import Event, Metric, MetricRollup, Notification
from tests.factories import (
    EventFactory,
    MetricFactory,
    MetricRollupFactory,
    NotificationFactory,
    ReportFactory,
    ReportRunFactory,
    Rows,
    SupplierFactory,
    UserFactory,
)
from tests.lists import (
    counts_for,
    fill,
    get,
    has_sort,
    indexes,
    list_of,
    list_statement,
    page_of,
    plan,
    sorted_whole,
)

pytestmark = pytest.mark.django_db(databases="__all__")

# Session and user on `default`; then on each alias its count, its rows, what a filter offers, and
# the ids of others.
LISTS = [
    (MetricFactory, {"default": 2, "catalog": 1, "analytics": 3}),
    (MetricRollupFactory, {"default": 2, "catalog": 1, "analytics": 3}),
    (ReportFactory, {"default": 2, "analytics": 2}),
    (ReportRunFactory, {"default": 3, "analytics": 3}),
    (NotificationFactory, {"default": 3, "analytics": 2}),
    (EventFactory, {"default": 3, "analytics": 2}),
]

MANY = """
INSERT INTO notifications (user_id, level, title, body, url, created_at, read_at)
SELECT 1 + n % 40, CASE WHEN n % 25 = 0 THEN 'error' ELSE 'info' END, 'Import ' || n, '', '',
       now() - (40000 - n) * interval '1 minute', CASE WHEN n % 10 <> 0 THEN now() END
  FROM generate_series(1, 40000) AS n;
INSERT INTO metrics (name, value, unit, recorded_at)
SELECT 'metric.' || n % 5, n, '', now() - (40000 - n) * interval '1 minute'
  FROM generate_series(1, 40000) AS n;
INSERT INTO events (kind, subject, payload)
SELECT 'product.updated', 'catalog.Product', '{}' FROM generate_series(1, 40000) AS n;
"""
STATES: list[tuple[type[Model], dict[str, str]]] = [
    (Notification, {}),
    (Notification, {"user_id": "11"}),
    (Notification, {"user_id": "999"}),
    (Notification, {"user_id": "11", "level__exact": "error"}),
    (Notification, {"state": "all"}),
    (Notification, {"state": "all", "p": "150"}),
    (Notification, {"state": "all", "user_id": "11"}),
    (Metric, {}),
    (Metric, {"name": "metric.3"}),
    (Event, {}),
]


@pytest.fixture(autouse=True)
def logged_in(client: Client, superuser: User) -> None:
    client.force_login(superuser)


@pytest.fixture
def many() -> None:
    fill(MANY, using="analytics", tables=["notifications", "metrics", "events"])


@pytest.mark.parametrize(("rows", "expected"), LISTS, ids=lambda v: getattr(v, "__name__", ""))
def test_a_list_asks_as_much_of_60_rows_as_of_3(
    client: Client, rows: type[Rows], expected: dict[str, int]
) -> None:
    assert counts_for(client, rows, 3) == expected
    assert counts_for(client, rows, 57) == expected


def test_every_list_is_put_in_order_by_an_index(client: Client, many: None) -> None:
    sorted_in_memory = []
    for model, state in STATES:
        statement = list_statement(get(client, list_of(model), **state), model)
        if sorted_whole(plan(statement, using="analytics"), model._meta.db_table):
            sorted_in_memory.append((model.__name__, state))
    assert sorted_in_memory == []


@pytest.mark.parametrize(
    ("model", "state", "index"),
    [
        (Notification, {"user_id": "11"}, "idx_notifications_user_unread"),
        (Metric, {"name": "metric.3"}, "idx_metrics_name_recorded"),
    ],
)
def test_a_filtered_list_is_read_in_the_order_of_its_index(
    client: Client, many: None, model: type[Model], state: dict[str, str], index: str
) -> None:
    found = plan(list_statement(get(client, list_of(model), **state), model), using="analytics")
    assert index in indexes(found)
    assert not has_sort(found)


def test_unread_notifications_are_shown_first(client: Client) -> None:
    unread, read = NotificationFactory.create(), NotificationFactory.create(read_at=timezone.now())
    assert page_of(read) not in get(client, list_of(Notification)).text
    everything = get(client, list_of(Notification), state="all").text
    assert page_of(unread) in everything
    assert page_of(read) in everything


def test_read_notifications_reach_back_so_far_and_no_further(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics.admin.NOTIFICATIONS_BACK", 1)
    older, newer = NotificationFactory.create_batch(2, read_at=timezone.now())
    text = get(client, list_of(Notification), state="all").text
    assert page_of(newer) in text
    assert page_of(older) not in text


def test_levels_are_filtered_within_a_user_only(client: Client) -> None:
    notification = NotificationFactory.create()
    assert 'name="level__exact"' not in get(client, list_of(Notification)).text
    page = get(client, list_of(Notification), user_id=notification.user_id)
    assert 'name="level__exact"' in page.text


def test_staff_see_their_own_notifications(client: Client, staff: User) -> None:
    own, other = NotificationFactory.create(user_id=staff.pk), NotificationFactory.create()
    client.force_login(staff)
    text = get(client, list_of(Notification)).text
    assert page_of(own) in text
    assert page_of(other) not in text
    assert 'name="user_id"' not in text
    assert 'name="level__exact"' in text
    assert client.get(page_of(other)).status_code == 302


def test_notifications_are_marked_as_read(client: Client, staff: User) -> None:
    own, other = NotificationFactory.create(user_id=staff.pk), NotificationFactory.create()
    client.force_login(staff)
    sent = {"action": "mark_read", "_selected_action": [own.pk, other.pk]}
    text = client.post(list_of(Notification), sent, follow=True).content.decode()
    assert "1 notification marked as read." in text
    own.refresh_from_db()
    other.refresh_from_db()
    assert own.read_at
    assert other.read_at is None


def test_what_was_read_keeps_its_time() -> None:
    read_at = timezone.now()
    notification = NotificationFactory.create(read_at=read_at)
    assert actions.mark_read(notification_ids=[notification.pk], using="analytics") == 0
    notification.refresh_from_db()
    assert notification.read_at == read_at


def test_a_notification_leads_nowhere_but_to_pages(client: Client) -> None:
    NotificationFactory.create(url="javascript:alert(1)")
    assert 'href="javascript' not in get(client, list_of(Notification)).text


def test_a_rollup_without_supplier_is_of_all_suppliers(client: Client) -> None:
    supplier = SupplierFactory.create(name="Nordlicht")
    MetricRollupFactory.create(supplier_id=0)
    MetricRollupFactory.create(supplier_id=supplier.pk)
    text = get(client, list_of(MetricRollup)).text
    assert "all suppliers" in text
    assert "Nordlicht" in text


def test_an_event_leads_to_what_it_was_about(client: Client) -> None:
    EventFactory.create(subject="imports.ImportJob", subject_id=7)
    EventFactory.create(subject="former.Table", subject_id=8)
    EventFactory.create(subject="catalog.Product", subject_id=None)
    text = get(client, list_of(Event)).text
    assert '<a href="/admin/imports/importjob/7/change/" class="text-link">' in text
    assert "former.Table #8" in text


@pytest.mark.parametrize(
    "rows",
    [MetricFactory, MetricRollupFactory, ReportRunFactory, NotificationFactory, EventFactory],
)
def test_what_happened_is_only_looked_at(client: Client, rows: type[Rows]) -> None:
    row = rows.create()
    assert client.get(page_of(row)).status_code == 200
    assert client.post(page_of(row), {}).status_code == 403
    assert client.get(f"{list_of(type(row))}add/").status_code == 403
    assert client.get(page_of(row).replace("change", "delete")).status_code == 403


def test_users_are_chosen_by_name(client: Client) -> None:
    user = UserFactory.create(username="jeanne")
    found = client.get("/admin/auth/user/references/", {"term": "jean"}).json()
    assert found["results"] == [{"id": str(user.pk), "text": "jeanne"}]
