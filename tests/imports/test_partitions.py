"""The monthly partitions of import_logs: created ahead, retired in two steps, never by mistake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from imports import checks, partitions
from imports.partitions import Month, Step

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "imports"])

NOW = datetime(2015, 3, 15, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=7)


@pytest.fixture(autouse=True)
def only_the_partitions_of_this_test() -> Iterator[None]:
    """Tests work in years of their own and leave none of their tables behind."""
    yield
    for part in partitions.existing(using="imports"):
        if part.month.year <= 2020:
            run(f'DROP TABLE "{part.name}"')


def run(statement: str, *parameters: datetime) -> list[tuple[object, ...]]:
    with connections["imports"].cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def names() -> set[str]:
    found = partitions.existing(using="imports")
    return {part.name for part in found if part.month.year <= 2020}


def create(*months: Month) -> list[Step]:
    return partitions.create(using="imports", months=list(months))


def test_months_are_counted_across_the_turn_of_a_year() -> None:
    assert Month(2015, 11) + 3 == Month(2016, 2)
    assert Month(2015, 1) + -1 == Month(2014, 12)
    assert Month.of_partition("import_logs_2015_03") == Month(2015, 3)


def test_a_month_begins_at_utc_midnight_wherever_the_asker_is() -> None:
    moment = datetime.fromisoformat("2015-03-01T00:30:00+02:00")
    assert Month.of(moment) == Month(2015, 2)


def test_the_current_month_and_those_ahead_are_created_once() -> None:
    first = partitions.create_ahead(using="imports", months=2, now=NOW)
    assert [step.partition for step in first] == [
        "import_logs_2015_03",
        "import_logs_2015_04",
        "import_logs_2015_05",
    ]
    assert partitions.create_ahead(using="imports", months=2, now=NOW) == []
    assert partitions.months_ahead(using="imports", now=NOW) == 2


def test_a_line_lands_in_the_month_of_its_moment() -> None:
    create(Month(2015, 3), Month(2015, 4))
    moment = datetime(2015, 4, 1, tzinfo=UTC)
    for at in (moment - timedelta(microseconds=1), moment):
        run(
            "INSERT INTO import_logs (job_id, log_level, message, created_at)"
            " VALUES (1, 'info', 'x', %s)",
            at,
        )
    rows = run(
        "SELECT tableoid::regclass::text FROM import_logs WHERE job_id = 1 ORDER BY created_at"
    )
    assert rows == [("import_logs_2015_03",), ("import_logs_2015_04",)]


def test_a_new_partition_gets_the_index_of_the_parent() -> None:
    create(Month(2015, 3))
    indexes = run("SELECT indexdef FROM pg_indexes WHERE tablename = 'import_logs_2015_03'")
    assert any("(job_id, created_at DESC, log_level)" in str(row[0]) for row in indexes)


def test_a_dry_run_says_what_it_would_do_and_does_nothing() -> None:
    steps = partitions.create_ahead(using="imports", months=0, now=NOW, dry_run=True)
    assert steps == [Step("create", "import_logs_2015_03")]
    assert names() == set()


def retire(at: datetime, keep: int = 6, *, dry_run: bool = False) -> list[Step]:
    return [
        step
        for step in partitions.retire(using="imports", keep=keep, now=at, dry_run=dry_run)
        if Month.of_partition(step.partition).year <= 2020
    ]


def test_an_old_partition_is_detached_kept_and_dropped_after_the_grace_time() -> None:
    create(Month(2014, 1))
    assert retire(NOW) == [Step("detach", "import_logs_2014_01")]
    assert names() == {"import_logs_2014_01"}
    assert retire(LATER - timedelta(seconds=1)) == []
    assert retire(LATER) == [Step("drop", "import_logs_2014_01")]
    assert names() == set()


def test_retention_does_not_stop_at_a_gap() -> None:
    create(Month(2014, 1), Month(2014, 4))
    assert {step.partition for step in retire(NOW)} == {
        "import_logs_2014_01",
        "import_logs_2014_04",
    }


def test_what_somebody_else_detached_is_never_dropped() -> None:
    create(Month(2014, 1))
    run("ALTER TABLE import_logs DETACH PARTITION import_logs_2014_01")
    assert retire(NOW + timedelta(days=1000), keep=600) == []
    assert names() == {"import_logs_2014_01"}


def test_a_mark_that_came_to_nothing_does_not_stay() -> None:
    create(Month(2014, 1), Month(2014, 12))
    assert retire(NOW) == [Step("detach", "import_logs_2014_01")]
    run(
        "ALTER TABLE import_logs ATTACH PARTITION import_logs_2014_01"
        " FOR VALUES FROM ('2014-01-01T00:00:00+00') TO ('2014-02-01T00:00:00+00')"
    )
    run(
        "COMMENT ON TABLE import_logs_2014_12 IS 'suppliers-import: retired 2014-12-31T00:00:00+00:00'"
    )
    assert retire(NOW) == [Step("detach", "import_logs_2014_01")]
    run("ALTER TABLE import_logs DETACH PARTITION import_logs_2014_12")
    assert retire(LATER, keep=600) == [Step("drop", "import_logs_2014_01")]
    assert names() == {"import_logs_2014_12"}


def test_an_interrupted_detach_is_finished() -> None:
    create(Month(2014, 1))
    blocker = another_connection()
    blocker.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    blocker.execute("SELECT count(*) FROM import_logs")  # a reader that DETACH waits for
    with pytest.raises(psycopg.errors.LockNotAvailable):
        retire(NOW)
    blocker.execute("COMMIT")
    blocker.close()
    pending = [p for p in partitions.existing(using="imports") if p.is_detach_pending]
    assert [part.name for part in pending] == ["import_logs_2014_01"]
    assert retire(NOW) == [Step("finalize", "import_logs_2014_01")]
    assert retire(LATER) == [Step("drop", "import_logs_2014_01")]


def another_connection() -> psycopg.Connection:
    return psycopg.connect(**connections["imports"].get_connection_params(), autocommit=True)


def test_two_machines_at_once_do_it_once() -> None:
    months = [Month(2015, n) for n in range(1, 13)]
    done: list[Step] = []
    busy: list[partitions.PartitionsBusy] = []

    def machine() -> None:
        try:
            done.extend(create(*months))
        except partitions.PartitionsBusy as exc:
            busy.append(exc)
        finally:
            connections["imports"].close()

    threads = [threading.Thread(target=machine) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert names() == {month.partition for month in months}
    assert len(done) == 12
    assert len({step.partition for step in done}) == 12


def test_the_command_reports_and_refuses_nonsense() -> None:
    out = StringIO()
    call_command("maintain_partitions", "--dry-run", "--ahead", "3", stdout=out)
    assert "Nothing to do" in out.getvalue()
    with pytest.raises(CommandError, match="--keep"):
        call_command("maintain_partitions", "--keep", "0")


def test_fewer_than_two_months_ahead_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.partitions_are_ahead(app_configs=None, databases=["imports"]) == []
    monkeypatch.setattr(checks, "MONTHS_AHEAD_WANTED", 400)
    (message,) = checks.partitions_are_ahead(app_configs=None, databases=["imports"])
    assert message.id == "imports.W001"
    assert "maintain_partitions" in str(message.hint)
