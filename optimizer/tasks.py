"""Maintenance in the background. A worker of the queue `maintenance` runs it."""

from __future__ import annotations

from django.db import router, transaction
from procrastinate.contrib.django import app

from optimizer.act import maintenance
from optimizer.act.runs import recordable
from optimizer.models import MaintenanceRun, Operation, Origin


@app.task(queue="maintenance")
def execute_maintenance(run_id: int) -> None:
    maintenance.execute(run_id)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="maintenance", queueing_lock="fail_abandoned_maintenance")
def fail_abandoned_maintenance(timestamp: int) -> None:
    """So that a run whose worker was killed does not look as if it were running for ever."""
    maintenance.fail_abandoned()


def enqueue_maintenance(
    *,
    using: str,
    operation: Operation,
    table_name: str | None = None,
    requested_by: str,
    origin: Origin,
) -> MaintenanceRun:
    """Record a maintenance and leave it to a worker; raises what `maintenance.request` does.

    Record and job commit together: neither is ever there without the other.
    """
    with recordable(), transaction.atomic(using=router.db_for_write(MaintenanceRun)):
        run = maintenance.request(
            using=using,
            operation=operation,
            table_name=table_name,
            requested_by=requested_by,
            origin=origin,
        )
        execute_maintenance.defer(run_id=run.pk)
    return run
