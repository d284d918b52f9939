"""VACUUM, ANALYZE and REINDEX CONCURRENTLY: asked for, recorded, run, verified.

`request` records, `execute` runs. Between them lies a queue, or nothing.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql

from optimizer.act import locks
from optimizer.act.execution import Execution, OnProgress, untold
from optimizer.act.runs import move, recordable
from optimizer.act.targets import Selection, select_targets
from optimizer.connect import open_connection
from optimizer.exceptions import MaintenanceRefused, OptimizerError, UnknownTable
from optimizer.models import MaintenanceRun, Operation, Origin, RunStatus
from optimizer.observe.names import find_table
from optimizer.observe.tables import table_stats

PREFLIGHT_TIMEOUT_S: Final = 10
# REINDEX CONCURRENTLY waits for its lock as long as it takes: stopped halfway it leaves debris.
LOCK_TIMEOUT_S: Final = {
    Operation.VACUUM: 5,
    Operation.ANALYZE: 5,
    Operation.VACUUM_ANALYZE: 5,
    Operation.REINDEX: 0,
}


def dry_run(*, using: str, operation: Operation, table_name: str | None = None) -> list[str]:
    """The statements that `execute` would send, in their order; raises what `request` does."""
    return _preflight(using=using, operation=operation, table_name=table_name)[0].statements(
        operation
    )


def request(
    *,
    using: str,
    operation: Operation,
    table_name: str | None = None,
    requested_by: str,
    origin: Origin,
) -> MaintenanceRun:
    """Record a maintenance of one table, or of every table where none is named.

    Raises `UnknownAlias`, `UnknownTable`, `DatabaseUnavailable`, `InsufficientPrivilege`, and
    `MaintenanceRefused` where the console's own database cannot record it.
    """
    selection, schema, table = _preflight(using=using, operation=operation, table_name=table_name)
    with recordable():
        return MaintenanceRun.objects.create(
            alias=using,
            operation=operation,
            schema_name=schema,
            table_name=table,
            requested_by=requested_by,
            origin=origin,
            statements=selection.statements(operation),
        )


def execute(run_id: int, *, on_progress: OnProgress = untold) -> MaintenanceRun:
    """Run what was requested and return its record, ended.

    Raises `MaintenanceRefused` where it is no longer waiting, and where it cannot be recorded.
    """
    with recordable():
        run = MaintenanceRun.objects.get(pk=run_id)
    if run.status != RunStatus.QUEUED:
        raise MaintenanceRefused(_("This maintenance was already run."))
    try:
        _execute(run, on_progress)
    except MaintenanceRefused:
        raise
    except OptimizerError as exc:
        move(run_id, to=RunStatus.FAILED, error=str(exc))
    except BaseException as exc:
        cause = type(exc).__name__
        move(run_id, to=RunStatus.FAILED, error=_("It was interrupted (%s).") % cause)
        raise
    run.refresh_from_db()
    return run


def fail_abandoned() -> int:
    """Mark as failed what runs according to its record but holds no lock: its process has died.

    Returns how many. A database that does not answer is left for the next time.
    """
    running = MaintenanceRun.objects.filter(status=RunStatus.RUNNING)
    abandoned = 0
    for alias in running.order_by().values_list("alias", flat=True).distinct():
        try:
            dead = _without_lock(list(running.filter(alias=alias)), using=alias)
        except OptimizerError:
            continue
        reason = _("The process that ran it has ended. Look for invalid indexes.")
        abandoned += sum(move(run.pk, to=RunStatus.FAILED, error=reason) for run in dead)
    return abandoned


def _preflight(
    *, using: str, operation: Operation, table_name: str | None
) -> tuple[Selection, str, str]:
    with open_connection(
        using=using,
        purpose="preflight",
        statement_timeout=PREFLIGHT_TIMEOUT_S,
        lock_timeout=PREFLIGHT_TIMEOUT_S,
    ) as connection:
        selection = select_targets(connection, operation=operation, table_name=table_name)
    if table_name is None:
        return selection, "", ""
    return selection, selection.targets[0].schema_name, selection.targets[0].name


def _execute(run: MaintenanceRun, on_progress: OnProgress) -> None:
    operation = Operation(run.operation)
    with open_connection(
        using=run.alias,
        purpose="maintenance",
        statement_timeout=0,
        lock_timeout=LOCK_TIMEOUT_S[operation],
    ) as connection:
        selection = select_targets(connection, operation=operation, table_name=_table_name(run))
        oid = selection.targets[0].oid if run.table_name else locks.WHOLE_DATABASE
        if not locks.try_lock(connection, oid):
            move(run.pk, to=RunStatus.REFUSED, error=_who_holds(connection, run, oid))
            return
        try:
            _execute_locked(connection, run, selection, oid, on_progress)
        finally:
            # Closing the connection would release it too, but only some time later.
            if not connection.broken:
                locks.unlock(connection, oid)


def _execute_locked(
    connection: psycopg.Connection[Any],
    run: MaintenanceRun,
    selection: Selection,
    oid: int,
    on_progress: OnProgress,
) -> None:
    operation = Operation(run.operation)
    begun = move(
        run.pk,
        to=RunStatus.RUNNING,
        statements=selection.statements(operation),
        size_before=_size(connection, selection),
    )
    if not begun:
        raise MaintenanceRefused(_("This maintenance was already run."))
    execution = Execution(connection, using=run.alias, operation=operation)
    try:
        execution.run(selection, locked=oid, on_progress=on_progress)
    except BaseException:
        # What was cleaned up and what was left is told even where the connection was lost.
        MaintenanceRun.objects.filter(pk=run.pk).update(notices=execution.notices)
        raise
    move(
        run.pk,
        to=RunStatus.FAILED if execution.failures else RunStatus.SUCCEEDED,
        notices=execution.notices,
        error="\n".join(execution.failures),
        size_after=_size(connection, selection),
    )


def _who_holds(connection: psycopg.Connection[Any], run: MaintenanceRun, oid: int) -> str:
    other = MaintenanceRun.objects.filter(
        alias=run.alias,
        status=RunStatus.RUNNING,
        schema_name=run.schema_name,
        table_name=run.table_name,
    ).first()
    if other is None:
        pid = locks.holders(connection).get(oid)
        return _("Another maintenance is running there (server process %s).") % pid
    return _("Run %(number)d of %(who)s is running there since %(since)s.") % {
        "number": other.pk,
        "who": other.requested_by or other.get_origin_display(),
        "since": f"{other.started_at:%Y-%m-%d %H:%M:%S %Z}",
    }


def _size(connection: psycopg.Connection[Any], selection: Selection) -> int:
    if len(selection.targets) == 1:
        return table_stats(connection, table=selection.targets[0].table)[0].size_bytes
    names = {(target.schema_name, target.name) for target in selection.targets}
    return sum(
        stats.size_bytes
        for stats in table_stats(connection)
        if (stats.schema_name, stats.table_name) in names
    )


def _without_lock(runs: list[MaintenanceRun], *, using: str) -> list[MaintenanceRun]:
    with open_connection(
        using=using,
        purpose="preflight",
        statement_timeout=PREFLIGHT_TIMEOUT_S,
        lock_timeout=PREFLIGHT_TIMEOUT_S,
    ) as connection:
        held = locks.holders(connection)
        return [run for run in runs if _lock_oid(connection, run) not in held]


def _lock_oid(connection: psycopg.Connection[Any], run: MaintenanceRun) -> int | None:
    if not run.table_name:
        return locks.WHOLE_DATABASE
    try:
        return find_table(connection, _table_name(run) or "").oid
    except UnknownTable:
        return None  # dropped meanwhile


def _table_name(run: MaintenanceRun) -> str | None:
    if not run.table_name:
        return None
    return sql.Identifier(run.schema_name, run.table_name).as_string(None)
