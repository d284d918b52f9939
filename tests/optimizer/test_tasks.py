from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connections, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from optimizer.act.runs import move
from optimizer.exceptions import InsufficientPrivilege, MaintenanceRefused, UnknownTable
from optimizer.models import MaintenanceRun, Operation, Origin, RunStatus
from optimizer.service import db_optimizer
from optimizer.tasks import enqueue_maintenance, fail_abandoned_maintenance
from tests.optimizer.conftest import BLIND

Connection = psycopg.Connection[Any]

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])


@pytest.fixture(autouse=True)
def orders(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int)")


def enqueue(table: str = "shop.orders", using: str = "catalog") -> MaintenanceRun:
    return enqueue_maintenance(
        using=using,
        operation=Operation.VACUUM_ANALYZE,
        table_name=table,
        requested_by="anna",
        origin=Origin.ADMIN,
    )


def work() -> None:
    """A real worker, until the queue is empty."""
    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        worker.run_worker(
            queues=["maintenance"], wait=False, listen_notify=False, install_signal_handlers=False
        )


@pytest.mark.django_db(databases=["default", "catalog"], transaction=True)
def test_a_worker_runs_what_was_enqueued() -> None:
    run = enqueue()
    assert run.status == RunStatus.QUEUED

    work()

    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED, run.error
    assert db_optimizer.get_table_stats("catalog", "shop.orders").last_vacuum is not None
    assert ProcrastinateJob.objects.get(task_name__endswith="execute_maintenance").status == (
        "succeeded"
    )


def test_record_and_job_commit_together() -> None:
    with transaction.atomic(using="default"):
        enqueue()
        transaction.set_rollback(True, using="default")

    assert not MaintenanceRun.objects.exists()
    assert not ProcrastinateJob.objects.exists()

    run = enqueue()
    (job,) = ProcrastinateJob.objects.all()
    assert (job.queue_name, job.args) == ("maintenance", {"run_id": run.pk})


def test_what_is_refused_up_front_leaves_neither(superuser: Connection, blind: str) -> None:
    superuser.execute(f"GRANT USAGE ON SCHEMA shop TO {BLIND}")

    with pytest.raises(UnknownTable):
        enqueue("no_such_table")
    with pytest.raises(InsufficientPrivilege):
        enqueue(using=blind)

    assert not MaintenanceRun.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_without_a_queue_it_is_refused() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE procrastinate_jobs RENAME TO elsewhere")

    with pytest.raises(MaintenanceRefused, match=r"cannot be recorded.*procrastinate_jobs"):
        enqueue()

    assert not MaintenanceRun.objects.exists()


def test_the_periodic_task_fails_what_was_abandoned() -> None:
    run = enqueue()
    move(run.pk, to=RunStatus.RUNNING)

    fail_abandoned_maintenance(timestamp=0)

    run.refresh_from_db()
    assert run.status == RunStatus.FAILED
