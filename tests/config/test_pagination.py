"""How long a list is, without counting it."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from analytics.models import Event
from config.pagination import BoundedPaginator, Precision, estimated_rows, size_of
from imports.models import ImportLog
from tests.factories import ImportJobFactory, ImportLogFactory
from tests.lists import fill

pytestmark = pytest.mark.django_db(databases="__all__")


MANY_EVENTS = """
TRUNCATE events;
INSERT INTO events (kind, subject, payload)
SELECT 'kind.' || n % 2, '', '{}' FROM generate_series(1, 100000) AS n LIMIT """


def events(count: int, *, analyze: bool = True) -> None:
    # TRUNCATE makes the planner forget what an ANALYZE of another test, rolled back, left behind.
    fill(MANY_EVENTS + str(count), using="analytics", tables=["events"] if analyze else [])


def test_a_short_list_is_counted() -> None:
    events(3)
    size = size_of(Event.objects.all(), using="analytics")
    assert (size.rows, size.precision) == (3, Precision.EXACT)
    assert str(size) == "3 entries"


def test_the_last_length_that_is_counted() -> None:
    events(10_000)
    assert str(size_of(Event.objects.all(), using="analytics")) == "10,000 entries"


def test_a_long_list_is_estimated() -> None:
    events(12_345)
    size = size_of(Event.objects.all(), using="analytics")
    assert size.precision is Precision.ABOUT
    assert str(size) == "about 12,300 entries"


def test_a_long_list_that_nobody_analysed_is_longer_than_what_was_counted() -> None:
    events(10_001, analyze=False)
    assert str(size_of(Event.objects.all(), using="analytics")) == "more than 10,000 entries"


def test_a_filtered_list_is_not_estimated() -> None:
    events(24_000)
    filtered = Event.objects.filter(kind="kind.1")
    assert str(size_of(filtered, using="analytics")) == "more than 10,000 entries"


def test_counting_stops_early() -> None:
    events(12_000)
    with CaptureQueriesContext(connections["analytics"]) as sent:
        size_of(Event.objects.order_by("kind").filter(subject=""), using="analytics")
    (count,) = [q["sql"] for q in sent.captured_queries]
    assert "LIMIT 10001" in count
    assert "ORDER BY" not in count


def test_partitions_are_summed() -> None:
    ImportLogFactory.create_batch(7, job=ImportJobFactory.create())
    with connections["imports"].cursor() as cursor:
        cursor.execute("ANALYZE import_logs")
    assert estimated_rows(ImportLog._meta.db_table, using="imports") == 7


def test_pages_lead_no_further_than_rows_were_counted() -> None:
    events(12_345)
    paginator = BoundedPaginator(Event.objects.order_by("-pk"), 50)
    assert (paginator.count, paginator.num_pages) == (10_000, 200)
    assert paginator.is_cut
    assert len(paginator.page(200)) == 50
