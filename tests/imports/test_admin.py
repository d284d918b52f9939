"""The pages of imports: what they ask of the databases, and what staff can do with them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from imports import partitions
from imports.models import ImportConfig, ImportJob, ImportLog, ImportRowError, JobStatus
from tests.factories import (
    ImportConfigFactory,
    ImportFileFactory,
    ImportJobFactory,
    ImportLogFactory,
    ImportRowErrorFactory,
    ImportScheduleFactory,
    ImportStatisticsFactory,
    Rows,
    SupplierFactory,
)
from tests.lists import (
    counts_for,
    fill,
    get,
    has_sort,
    indexes,
    list_of,
    list_statement,
    nodes,
    page_of,
    plan,
    sorted_whole,
)

pytestmark = pytest.mark.django_db(databases="__all__")

# Session and user on `default`; then on each alias its count, its rows, and the ids of others.
LISTS = [
    (ImportConfigFactory, {"default": 2, "catalog": 1, "imports": 2}),
    (ImportScheduleFactory, {"default": 2, "imports": 2}),
    (ImportFileFactory, {"default": 2, "imports": 2}),
    (ImportJobFactory, {"default": 3, "catalog": 1, "imports": 2}),
    (ImportRowErrorFactory, {"default": 2, "imports": 2}),
    (ImportLogFactory, {"default": 2, "imports": 2}),
    # ... and first day, last day, and the years between them
    (ImportStatisticsFactory, {"default": 2, "catalog": 1, "imports": 4}),
]


@pytest.fixture(autouse=True)
def logged_in(client: Client, superuser: User) -> None:
    client.force_login(superuser)


@pytest.mark.parametrize(("rows", "expected"), LISTS, ids=lambda v: getattr(v, "__name__", ""))
def test_a_list_asks_as_much_of_60_rows_as_of_3(
    client: Client, rows: type[Rows], expected: dict[str, int]
) -> None:
    assert counts_for(client, rows, 3) == expected
    assert counts_for(client, rows, 57) == expected


def test_a_job_page_asks_as_much_of_many_errors_as_of_few(client: Client) -> None:
    def page_with(count: int) -> dict[str, int]:
        job = ImportJobFactory.create()
        ImportRowErrorFactory.create_batch(count, job=job)
        ImportLogFactory.create_batch(count, job=job)
        get(client, page_of(job))  # the content types are remembered from here on
        return get(client, page_of(job)).counts

    # The job, its configuration and file, its first errors and latest log lines.
    expected = {"default": 3, "catalog": 1, "imports": 5}
    assert page_with(2) == expected
    assert page_with(30) == expected


def test_the_list_of_jobs_shows_suppliers_by_name(client: Client) -> None:
    supplier = SupplierFactory.create(name="Nordlicht")
    ImportJobFactory.create(config__supplier_id=supplier.pk)
    text = get(client, list_of(ImportJob)).text
    assert f'<a href="/admin/catalog/supplier/{supplier.pk}/change/"' in text
    assert "Nordlicht" in text


@pytest.mark.parametrize("term", ["{0}", "#{0}"])
def test_a_job_is_found_by_its_number(client: Client, term: str) -> None:
    first, second = ImportJobFactory.create_batch(2)
    text = get(client, list_of(ImportJob), q=term.format(first.pk)).text
    assert page_of(first) in text
    assert page_of(second) not in text


def test_jobs_are_filtered_by_supplier(client: Client) -> None:
    first, second = ImportJobFactory.create_batch(2)
    page = get(client, list_of(ImportJob), supplier_id=first.supplier_id)
    assert page_of(first) in page.text
    assert page_of(second) not in page.text


def test_an_unreadable_supplier_leads_back_to_the_list(client: Client) -> None:
    assert client.get(list_of(ImportJob), {"supplier_id": "x"}).status_code == 302


@pytest.mark.parametrize("parameter", ["supplier_id", "job__id__exact", "config__id__exact", "q"])
def test_a_number_too_large_to_be_an_id_finds_nothing(client: Client, parameter: str) -> None:
    job = ImportJobFactory.create()
    model = ImportLog if parameter == "job__id__exact" else ImportJob
    page = get(client, list_of(model), **{parameter: "9" * 30})
    assert page.status == 200
    assert page_of(job) not in page.text


def test_pending_jobs_are_cancelled_and_others_left(client: Client) -> None:
    pending, running = ImportJobFactory.create(), ImportJobFactory.create(running=True)
    chosen = [pending.pk, running.pk]
    sent = {"action": "cancel", "_selected_action": chosen}
    text = client.post(list_of(ImportJob), sent, follow=True).content.decode()
    assert "1 job cancelled." in text
    assert "Jobs that are no longer pending were left as they are." in text
    pending.refresh_from_db()
    running.refresh_from_db()
    assert (pending.status, running.status) == (JobStatus.CANCELLED, JobStatus.RUNNING)
    assert list(LogEntry.objects.values_list("object_id", flat=True)) == [str(pending.pk)]


def test_who_may_only_look_cancels_nothing(client: Client, staff: User) -> None:
    client.force_login(staff)
    job = ImportJobFactory.create()
    sent = {"action": "cancel", "_selected_action": [job.pk]}
    client.post(list_of(ImportJob), sent)
    job.refresh_from_db()
    assert job.status == JobStatus.PENDING

    staff.user_permissions.add(Permission.objects.get(codename="change_importjob"))
    client.post(list_of(ImportJob), sent)
    job.refresh_from_db()
    assert job.status == JobStatus.CANCELLED


@pytest.mark.parametrize(
    "rows",
    [
        ImportFileFactory,
        ImportJobFactory,
        ImportRowErrorFactory,
        ImportLogFactory,
        ImportStatisticsFactory,
    ],
)
def test_what_happened_is_only_looked_at(client: Client, rows: type[Rows]) -> None:
    row = rows.create()
    assert client.get(page_of(row)).status_code == 200
    assert client.post(page_of(row), {}).status_code == 403
    assert client.get(f"{list_of(type(row))}add/").status_code == 403
    assert client.get(page_of(row).replace("change", "delete")).status_code == 403


def test_a_configuration_is_made_for_a_supplier_of_the_catalogue(client: Client) -> None:
    supplier = SupplierFactory.create()
    sent = {
        "name": "Daily",
        "supplier_id": supplier.pk,
        "file_format": "csv",
        "encoding": "utf-8",
        "decimal_separator": ".",
        "date_format": "%Y-%m-%d",
        "currency": "EUR",
        "max_error_share": "0.05",
        "max_deactivated_share": "0.1",
        "mappings-TOTAL_FORMS": 0,
        "mappings-INITIAL_FORMS": 0,
        "schedules-TOTAL_FORMS": 0,
        "schedules-INITIAL_FORMS": 0,
    }
    url = f"{list_of(ImportConfig)}add/"
    refused = client.post(url, sent | {"supplier_id": supplier.pk + 1}).content.decode()
    assert f"There is no supplier #{supplier.pk + 1}; choose another." in refused
    client.post(url, sent)
    assert ImportConfig.objects.get().supplier_id == supplier.pk


# The log


@pytest.fixture
def a_year_of_log() -> None:
    """20,000 jobs; 10,000 lines over the last year, and 60,000 over the last month."""
    month = partitions.Month.of(datetime.now(UTC))
    partitions.create(using="imports", months=[month + -n for n in range(1, 15)])
    ImportJobFactory.create(id=20_001)
    fill(YEAR_OF_LOG, using="imports", tables=["import_jobs", "import_logs"])


YEAR_OF_LOG = """
INSERT INTO import_jobs (id, config_id, supplier_id, status, rows_total, rows_inserted,
                         rows_updated, rows_unchanged, rows_rejected, rows_deactivated, error,
                         created_at, started_at, finished_at)
SELECT n, config_id, 1 + n % 60, CASE WHEN n % 37 = 0 THEN 'failed' ELSE 'completed' END,
       0, 0, 0, 0, 0, 0, '', at, at, at
  FROM (SELECT n, now() - (20000 - n) * interval '30 minutes' AS at
          FROM generate_series(1, 20000) AS n) AS jobs,
       (SELECT config_id FROM import_jobs) AS first;
INSERT INTO import_logs (job_id, log_level, message, created_at)
SELECT 1 + n / 400, CASE WHEN n % 50 = 0 THEN 'error' ELSE 'info' END, 'Line ' || n,
       CASE WHEN n <= 10000 THEN now() - interval '30 days' - (10000 - n) * interval '48 minutes'
            ELSE now() - (70000 - n) * interval '43 seconds' END
  FROM generate_series(1, 69999) AS n
"""


def partitions_read(statement: str) -> set[str]:
    return {
        node["Relation Name"]
        for node in nodes(plan(statement, using="imports"))
        if node.get("Relation Name", "").startswith("import_logs_")
    }


def test_the_log_without_a_job_reads_the_last_days_only(
    client: Client, a_year_of_log: None
) -> None:
    page = get(client, list_of(ImportLog))
    statement = list_statement(page, ImportLog)
    week = {partitions.Month.of(datetime.now(UTC) - timedelta(days=n)).partition for n in (0, 7)}
    ahead = {name for name in partitions_read(statement) if name > max(week)}
    assert partitions_read(statement) - ahead == week
    assert "Line 69999" in page.text


def test_the_log_of_a_job_is_complete(client: Client, a_year_of_log: None) -> None:
    assert "399 entries" in get(client, list_of(ImportLog), job__id__exact=1).text


JOB = "job__id__exact"


def test_jobs_and_log_are_put_in_order_by_an_index(client: Client, a_year_of_log: None) -> None:
    job = "100"
    states: list[tuple[type[ImportJob | ImportLog], dict[str, str]]] = [
        (ImportJob, {}),
        (ImportJob, {"p": "150"}),
        *((ImportJob, {"status__exact": status}) for status in JobStatus.values),
        (ImportJob, {"supplier_id": "7"}),
        (ImportJob, {"supplier_id": "7", "status__exact": "failed"}),
        (ImportLog, {}),
        (ImportLog, {"days": "1"}),
        (ImportLog, {"days": "31"}),
        (ImportLog, {"log_level__exact": "info"}),
        (ImportLog, {JOB: job}),
        (ImportLog, {JOB: job, "log_level__exact": "error"}),
        (ImportLog, {JOB: job, "q": "39"}),
    ]
    sorted_in_memory = []
    for model, state in states:
        statement = list_statement(get(client, list_of(model), **state), model)
        if sorted_whole(plan(statement, using="imports"), model._meta.db_table):
            sorted_in_memory.append((model.__name__, state))
    assert sorted_in_memory == []


@pytest.mark.parametrize(
    ("state", "index"),
    [
        ({"status__exact": "failed"}, "idx_import_jobs_status_created"),
        ({"supplier_id": "7"}, "idx_import_jobs_supplier"),
    ],
)
def test_filtered_jobs_are_read_in_the_order_of_the_index(
    client: Client, a_year_of_log: None, state: dict[str, str], index: str
) -> None:
    page = get(client, list_of(ImportJob), **state)
    found = plan(list_statement(page, ImportJob), using="imports")
    assert index in indexes(found)
    assert not has_sort(found)


def test_the_errors_of_a_job_are_in_the_order_of_the_file(client: Client) -> None:
    job = ImportJobFactory.create()
    for line in (30, 10, 20):
        ImportRowErrorFactory.create(job=job, line_number=line)
    page = get(client, list_of(ImportRowError), job__id__exact=job.pk)
    assert list_statement(page, ImportRowError).endswith(
        'ORDER BY "import_errors"."line_number" ASC, "import_errors"."id" ASC'
    )
