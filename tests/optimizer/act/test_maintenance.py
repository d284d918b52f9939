from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connections
from psycopg import sql

from optimizer.act import locks, maintenance, targets
from optimizer.act.runs import move
from optimizer.connect import connection_parameters
from optimizer.exceptions import (
    DatabaseUnavailable,
    InsufficientPrivilege,
    MaintenanceRefused,
    UnknownAlias,
    UnknownTable,
)
from optimizer.models import MaintenanceRun, Operation, Origin, RunStatus
from optimizer.service import db_optimizer
from tests.optimizer.conftest import BLIND

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def orders(catalog: Connection) -> None:
    catalog.execute(
        """CREATE TABLE orders (id int PRIMARY KEY, sku varchar(40)) WITH (autovacuum_enabled = off);
           CREATE INDEX orders_sku ON orders (sku);
           INSERT INTO orders SELECT i, 'sku' || i FROM generate_series(1, 2000) AS i;
           UPDATE orders SET sku = sku || 'x';
           SELECT pg_stat_force_next_flush()"""
    )
    catalog.execute("SELECT 1")  # the flush happens when the next statement has ended


def request(operation: Operation, table: str | None = "shop.orders", **more: Any) -> MaintenanceRun:
    given = {"using": "catalog", "requested_by": "anna", "origin": Origin.ADMIN} | more
    return maintenance.request(operation=operation, table_name=table, **given)


def run(operation: Operation, table: str | None = "shop.orders", **more: Any) -> MaintenanceRun:
    return maintenance.execute(request(operation, table, **more).pk)


def test_vacuum_removes_dead_rows_and_is_recorded() -> None:
    assert db_optimizer.get_table_stats("catalog", "shop.orders").n_dead_tup == 2000

    done = run(Operation.VACUUM)

    assert (done.status, done.error, done.notices) == (RunStatus.SUCCEEDED, "", [])
    assert (done.alias, done.schema_name, done.table_name) == ("catalog", "shop", "orders")
    assert (done.requested_by, done.origin) == ("anna", Origin.ADMIN)
    assert done.statements == ['VACUUM "shop"."orders"']
    assert done.queued_at <= done.started_at <= done.finished_at  # type: ignore[operator]
    assert done.size_before is not None
    assert done.size_before > 0
    after = db_optimizer.get_table_stats("catalog", "shop.orders")
    assert done.size_after == after.size_bytes
    assert after.n_dead_tup == 0
    assert after.last_vacuum is not None
    assert after.last_analyze is None


def test_analyze_and_vacuum_analyze_do_what_they_say() -> None:
    assert run(Operation.ANALYZE).status == RunStatus.SUCCEEDED
    analysed = db_optimizer.get_table_stats("catalog", "shop.orders")
    assert analysed.last_vacuum is None
    assert analysed.last_analyze is not None

    assert run(Operation.VACUUM_ANALYZE).status == RunStatus.SUCCEEDED
    both = db_optimizer.get_table_stats("catalog", "shop.orders")
    assert both.last_vacuum is not None
    assert both.last_analyze is not None
    assert both.last_analyze > analysed.last_analyze


def test_reindex_shrinks_a_bloated_index(catalog: Connection) -> None:
    catalog.execute("DELETE FROM orders WHERE id > 10")

    done = run(Operation.REINDEX)

    assert done.status == RunStatus.SUCCEEDED, done.error
    assert done.statements == ['REINDEX TABLE CONCURRENTLY "shop"."orders"']
    assert done.size_after < done.size_before  # type: ignore[operator]


@pytest.mark.parametrize("operation", Operation)
def test_a_partitioned_table_is_maintained_with_its_partitions(
    catalog: Connection, operation: Operation
) -> None:
    catalog.execute(
        """CREATE TABLE logs (id int, at date) PARTITION BY RANGE (at);
           CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
           CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
           CREATE INDEX logs_at ON logs (at);
           INSERT INTO logs SELECT i, '2025-01-15' FROM generate_series(1, 100) AS i"""
    )

    done = run(operation, "shop.logs")

    assert done.status == RunStatus.SUCCEEDED, done.error
    assert len(done.statements) == 1
    for name in ("shop.logs_1", "shop.logs_2"):
        stats = db_optimizer.get_table_stats("catalog", name)
        assert (stats.last_vacuum is not None) is ("vacuum" in operation)
        assert (stats.last_analyze is not None) is ("analyze" in operation)


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("name", ['with"quotes.and.dots', "Upper Case", "order", "%s", "x" * 63])
def test_a_hostile_name_does_no_harm(catalog: Connection, operation: Operation, name: str) -> None:
    identifier = sql.Identifier("shop", name)
    catalog.execute(sql.SQL("CREATE TABLE {} (id int PRIMARY KEY)").format(identifier))

    done = run(operation, identifier.as_string())

    assert done.status == RunStatus.SUCCEEDED, done.error
    assert done.table_name == name


def test_a_whole_database_is_done_table_by_table_with_progress(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE lines (id int); CREATE MATERIALIZED VIEW sums AS SELECT 1 AS one")
    told: list[tuple[int, int, str]] = []

    done = maintenance.execute(
        request(Operation.VACUUM_ANALYZE, None).pk,
        on_progress=lambda *progress: told.append(progress),
    )

    assert done.status == RunStatus.SUCCEEDED, done.error
    assert done.table_name == ""
    assert {
        'VACUUM (ANALYZE) "shop"."orders"',
        'VACUUM (ANALYZE) "shop"."lines"',
        'VACUUM (ANALYZE) "shop"."sums"',
        'VACUUM (ANALYZE) "public"."products"',
    } <= set(done.statements)
    total = len(done.statements)
    assert told == [
        *((number, total, text) for number, text in enumerate(done.statements)),
        (total, total, ""),
    ]


def test_one_table_that_fails_does_not_end_the_rest(
    catalog: Connection, superuser: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog.execute("CREATE TABLE aaa (id int)")
    monkeypatch.setitem(maintenance.LOCK_TIMEOUT_S, Operation.VACUUM, 0.2)
    with superuser.transaction():
        superuser.execute("LOCK TABLE shop.aaa")
        done = run(Operation.VACUUM, None)

    assert done.status == RunStatus.FAILED
    assert done.error == "shop.aaa: canceling statement due to lock timeout"
    assert db_optimizer.get_table_stats("catalog", "shop.orders").last_vacuum is not None


def test_the_tables_of_others_are_left_out_and_said(
    catalog: Connection, superuser: Connection, blind: str
) -> None:
    superuser.execute("CREATE SCHEMA others; GRANT USAGE ON SCHEMA others TO PUBLIC")
    superuser.execute("CREATE TABLE others.own (id int)")
    superuser.execute(f"ALTER TABLE others.own OWNER TO {BLIND}")
    try:
        done = run(Operation.ANALYZE, None, using=blind)
    finally:
        superuser.execute("DROP SCHEMA others CASCADE")

    assert done.status == RunStatus.SUCCEEDED, done.error
    assert done.statements == ['ANALYZE "others"."own"']
    assert "shop.orders" in done.notices[0]


@pytest.mark.parametrize("operation", Operation)
def test_who_may_not_is_refused_before_anything_is_run(
    superuser: Connection, blind: str, operation: Operation
) -> None:
    superuser.execute(f"GRANT USAGE ON SCHEMA shop TO {BLIND}")

    with pytest.raises(InsufficientPrivilege, match=r"shop\.orders"):
        request(operation, using=blind)

    assert not MaintenanceRun.objects.exists()


def test_the_privilege_to_maintain_is_enough(
    catalog: Connection, superuser: Connection, blind: str
) -> None:
    if catalog.info.server_version < 170000:
        pytest.skip("MAINTAIN came with PostgreSQL 17")
    superuser.execute(f"GRANT USAGE ON SCHEMA shop TO {BLIND}")
    superuser.execute(f"GRANT MAINTAIN ON shop.orders TO {BLIND}")

    for operation in Operation:
        done = run(operation, using=blind)
        assert done.status == RunStatus.SUCCEEDED, done.error


def test_a_warning_is_not_success(
    catalog: Connection, superuser: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the question who may and the VACUUM, the owner changes: PostgreSQL only warns."""
    pending = request(Operation.VACUUM)
    original = locks.try_lock
    database = catalog.info.dbname

    def take_away(connection: Connection, oid: int) -> bool:
        superuser.execute(f"ALTER TABLE shop.orders OWNER TO {superuser.info.user}")
        superuser.execute(f"ALTER DATABASE {database} OWNER TO {superuser.info.user}")
        return original(connection, oid)

    monkeypatch.setattr(locks, "try_lock", take_away)
    try:
        done = maintenance.execute(pending.pk)
    finally:
        superuser.execute(f"ALTER TABLE shop.orders OWNER TO {catalog.info.user}")
        superuser.execute(f"ALTER DATABASE {database} OWNER TO {catalog.info.user}")

    assert done.status == RunStatus.FAILED
    assert done.error.startswith("shop.orders: ")
    assert done.notices[0].startswith("WARNING: ")
    assert done.notices[0].removeprefix("WARNING: ") in done.error


def test_what_leaves_no_trace_in_the_statistics_is_not_believed(
    catalog: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(targets.STATEMENTS, Operation.VACUUM, sql.SQL("ANALYZE {}"))

    done = run(Operation.VACUUM)

    assert done.status == RunStatus.FAILED
    assert "shop.orders" in done.error


def test_a_dry_run_shows_the_statements_and_touches_nothing() -> None:
    def dry(operation: Operation, table: str | None) -> list[str]:
        return maintenance.dry_run(using="catalog", operation=operation, table_name=table)

    assert dry(Operation.VACUUM, "orders") == ['VACUUM "shop"."orders"']
    assert dry(Operation.ANALYZE, "orders") == ['ANALYZE "shop"."orders"']
    assert 'REINDEX TABLE CONCURRENTLY "shop"."orders"' in dry(Operation.REINDEX, None)
    assert db_optimizer.get_table_stats("catalog", "shop.orders").last_vacuum is None
    assert not MaintenanceRun.objects.exists()


def test_what_is_not_there_is_refused_up_front(down: str) -> None:
    with pytest.raises(UnknownTable):
        request(Operation.VACUUM, "no_such_table")
    with pytest.raises(UnknownAlias):
        request(Operation.VACUUM, using="katalog")
    with pytest.raises(DatabaseUnavailable):
        request(Operation.VACUUM, using=down)

    assert not MaintenanceRun.objects.exists()


def test_a_table_that_was_dropped_meanwhile_fails_the_run(catalog: Connection) -> None:
    pending = request(Operation.VACUUM)
    catalog.execute("DROP TABLE orders")

    done = maintenance.execute(pending.pk)

    assert done.status == RunStatus.FAILED
    assert "orders" in done.error
    assert done.started_at is None


def test_a_run_is_executed_once() -> None:
    done = run(Operation.ANALYZE)

    with pytest.raises(MaintenanceRefused):
        maintenance.execute(done.pk)


@pytest.fixture
def working(catalog: Connection) -> Iterator[Connection]:
    """Another session at work on the table: it holds the lock of single flight."""
    with psycopg.connect(**connection_parameters(using="catalog"), autocommit=True) as connection:
        yield connection


def oid_of(connection: Connection, name: str) -> int:
    row = connection.execute("SELECT %s::regclass::oid", (name,)).fetchone()
    assert row is not None
    return int(row[0])


def test_a_second_maintenance_of_a_table_is_refused_with_who_holds_it(
    catalog: Connection, working: Connection
) -> None:
    assert locks.try_lock(working, oid_of(catalog, "orders"))
    first = request(Operation.REINDEX)
    move(first.pk, to=RunStatus.RUNNING)

    second = run(Operation.VACUUM, requested_by="bert")

    assert second.status == RunStatus.REFUSED
    assert f"Run {first.pk} of anna" in second.error
    assert second.started_at is None
    assert db_optimizer.get_table_stats("catalog", "shop.orders").last_vacuum is None


def test_a_lock_without_a_record_is_named_by_its_process(
    catalog: Connection, working: Connection
) -> None:
    locks.try_lock(working, oid_of(catalog, "orders"))

    assert str(working.info.backend_pid) in run(Operation.VACUUM).error


def test_other_tables_are_not_held_up(catalog: Connection, working: Connection) -> None:
    catalog.execute("CREATE TABLE lines (id int)")
    locks.try_lock(working, oid_of(catalog, "lines"))

    assert run(Operation.VACUUM).status == RunStatus.SUCCEEDED
    whole = run(Operation.VACUUM, None)
    assert whole.status == RunStatus.FAILED
    assert whole.error == "shop.lines: another maintenance is running there."


def test_the_lock_is_released_at_the_end(catalog: Connection) -> None:
    run(Operation.VACUUM)
    run(Operation.VACUUM, None)

    assert locks.holders(catalog) == {}


def test_a_run_whose_process_died_is_failed(catalog: Connection, working: Connection) -> None:
    catalog.execute("CREATE TABLE lines (id int)")
    alive, dead, waiting = (
        request(Operation.VACUUM),
        request(Operation.VACUUM, "shop.lines"),
        request(Operation.VACUUM, None),
    )
    locks.try_lock(working, oid_of(catalog, "orders"))
    for started in (alive, dead):
        move(started.pk, to=RunStatus.RUNNING)

    assert maintenance.fail_abandoned() == 1

    states = dict(MaintenanceRun.objects.values_list("pk", "status"))
    assert states == {
        alive.pk: RunStatus.RUNNING,
        dead.pk: RunStatus.FAILED,
        waiting.pk: RunStatus.QUEUED,
    }


def test_a_database_that_is_down_leaves_its_runs_alone(down: str) -> None:
    pending = request(Operation.VACUUM)
    MaintenanceRun.objects.filter(pk=pending.pk).update(alias=down)
    move(pending.pk, to=RunStatus.RUNNING)

    assert maintenance.fail_abandoned() == 0


def test_a_database_that_went_down_fails_the_run(down: str) -> None:
    pending = request(Operation.VACUUM)
    MaintenanceRun.objects.filter(pk=pending.pk).update(alias=down)

    done = maintenance.execute(pending.pk)

    assert done.status == RunStatus.FAILED
    assert "does not answer" in done.error


def test_an_interrupt_is_recorded() -> None:
    pending = request(Operation.VACUUM)

    def interrupt(done: int, total: int, statement: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        maintenance.execute(pending.pk, on_progress=interrupt)

    pending.refresh_from_db()
    assert pending.status == RunStatus.FAILED
    assert "KeyboardInterrupt" in pending.error


@pytest.mark.parametrize(
    ("before", "to", "legal"),
    [
        (RunStatus.QUEUED, RunStatus.RUNNING, True),
        (RunStatus.QUEUED, RunStatus.REFUSED, True),
        (RunStatus.QUEUED, RunStatus.FAILED, True),
        (RunStatus.QUEUED, RunStatus.SUCCEEDED, False),
        (RunStatus.RUNNING, RunStatus.SUCCEEDED, True),
        (RunStatus.RUNNING, RunStatus.FAILED, True),
        (RunStatus.RUNNING, RunStatus.REFUSED, False),
        (RunStatus.RUNNING, RunStatus.RUNNING, False),
        (RunStatus.SUCCEEDED, RunStatus.FAILED, False),
        (RunStatus.FAILED, RunStatus.RUNNING, False),
        (RunStatus.REFUSED, RunStatus.RUNNING, False),
    ],
)
def test_only_legal_transitions_happen(before: RunStatus, to: RunStatus, legal: bool) -> None:
    pending = request(Operation.VACUUM)
    if before in (RunStatus.RUNNING, RunStatus.SUCCEEDED):
        move(pending.pk, to=RunStatus.RUNNING)
    if before not in (RunStatus.QUEUED, RunStatus.RUNNING):
        move(pending.pk, to=before)

    assert move(pending.pk, to=to) is legal

    pending.refresh_from_db()
    assert pending.status == (to if legal else before)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"status": "paused"},
        {"operation": "drop"},
        {"origin": "rumour"},
        {"status": RunStatus.SUCCEEDED},
        {"status": RunStatus.RUNNING},
    ],
)
def test_the_database_refuses_records_that_make_no_sense(nonsense: dict[str, str]) -> None:
    pending = request(Operation.VACUUM)

    with pytest.raises(DatabaseError, match="maintenance_run"):
        MaintenanceRun.objects.filter(pk=pending.pk).update(**nonsense)


def test_what_cannot_be_recorded_is_not_run() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("DROP TABLE optimizer_maintenance_runs")

    with pytest.raises(MaintenanceRefused, match=r"cannot be recorded.*manage\.py migrate"):
        request(Operation.VACUUM)

    outcome = db_optimizer.vacuum_analyze("catalog", "shop.orders")
    assert not outcome["success"]
    assert "cannot be recorded" in outcome["error"]
    assert db_optimizer.get_table_stats("catalog", "shop.orders").last_vacuum is None


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("pg_cancel_backend", "canceling statement due to user request"),
        ("pg_terminate_backend", "does not answer"),
    ],
)
def test_reindex_that_was_stopped_leaves_nothing(
    catalog: Connection, superuser: Connection, function: str, reason: str
) -> None:
    """REINDEX CONCURRENTLY waits for an old transaction and is stopped there: it leaves copies."""
    pending = request(Operation.REINDEX)
    stopped = threading.Event()
    with psycopg.connect(**connection_parameters(using="catalog")) as old:
        old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT count(*) FROM shop.orders")
        stopper = threading.Thread(target=stop_reindex, args=(superuser, old, function, stopped))
        stopper.start()
        done = maintenance.execute(pending.pk)
        stopper.join()

    assert stopped.is_set()
    assert done.status == RunStatus.FAILED
    assert reason in done.error
    assert sorted(done.notices) == [
        "The unfinished index shop.orders_pkey_ccnew was dropped.",
        "The unfinished index shop.orders_sku_ccnew was dropped.",
    ]
    invalid = catalog.execute("SELECT 1 FROM pg_index WHERE NOT indisvalid").fetchall()
    assert invalid == []
    assert run(Operation.REINDEX).status == RunStatus.SUCCEEDED


def stop_reindex(
    superuser: Connection, old: Connection, function: str, stopped: threading.Event
) -> None:
    """Stop the REINDEX once it has made its copies, then let the old transaction go."""
    waiting = sql.SQL(
        """SELECT {}(pid) FROM pg_stat_activity
            WHERE datname = current_database()
              AND query LIKE 'REINDEX%' AND wait_event = 'virtualxid'
              AND (SELECT count(*) FROM pg_class WHERE relname LIKE '%_ccnew') = 2"""
    ).format(sql.SQL(function))
    for _attempt in range(200):
        if superuser.execute(waiting).fetchone() is not None:
            stopped.set()
            break
        time.sleep(0.05)
    old.rollback()


def test_the_debris_of_others_is_reported_and_kept(catalog: Connection) -> None:
    catalog.execute("INSERT INTO orders VALUES (-1, 'twin'), (-2, 'twin')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        catalog.execute("CREATE UNIQUE INDEX CONCURRENTLY orders_sku_ccnew ON orders (sku)")

    done = run(Operation.REINDEX)

    assert done.status == RunStatus.FAILED
    assert 'DROP INDEX CONCURRENTLY "shop"."orders_sku_ccnew"' in done.error
    names = catalog.execute("SELECT 1 FROM pg_class WHERE relname = 'orders_sku_ccnew'").fetchall()
    assert len(names) == 1


def test_a_lost_connection_fails_the_run(superuser: Connection) -> None:
    pending = request(Operation.VACUUM, None)

    def cut(done: int, total: int, statement: str) -> None:
        superuser.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'suppliers-import optimizer: maintenance'
                  AND datname = current_database()"""
        )

    done = maintenance.execute(pending.pk, on_progress=cut)

    assert done.status == RunStatus.FAILED
    assert "does not answer" in done.error
    assert connections["default"].is_usable()
