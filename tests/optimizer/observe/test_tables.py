from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from optimizer.records import TableStats
from optimizer.service import db_optimizer

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]

PARTITIONED = """
CREATE TABLE logs (id int, at date, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2025-02-01') TO ('2025-03-01')
    PARTITION BY RANGE (id);
CREATE TABLE logs_2a PARTITION OF logs_2 FOR VALUES FROM (0) TO (100);
CREATE TABLE logs_2b PARTITION OF logs_2 FOR VALUES FROM (100) TO (1000);
CREATE INDEX logs_at ON logs (at)
"""


def stats(name: str) -> TableStats:
    return db_optimizer.get_table_stats("catalog", name)


def total_size(connection: Connection, name: str) -> int:
    row = connection.execute("SELECT pg_total_relation_size(%s::regclass)", (name,)).fetchone()
    assert row is not None
    return int(row[0])


def settled(connection: Connection) -> None:
    """Make this session's counters visible to others now, not within a second."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    connection.execute("SELECT 1")


def test_sizes_are_those_of_postgresql(catalog: Connection) -> None:
    catalog.execute(
        """CREATE TABLE orders (id int PRIMARY KEY, note text);
           ALTER TABLE orders ALTER note SET STORAGE EXTERNAL;
           CREATE INDEX ON orders (note) WHERE id < 0;
           INSERT INTO orders SELECT i, repeat('x', 5000) FROM generate_series(1, 200) AS i"""
    )

    found = stats("shop.orders")

    assert found.size_bytes == total_size(catalog, "orders")
    assert found.size_bytes == found.heap_bytes + found.index_bytes + found.toast_bytes
    assert found.toast_bytes > 200 * 5000
    assert found.index_bytes == total_size(catalog, "orders_pkey") + total_size(
        catalog, "orders_note_idx"
    )


def test_rows_and_tuples_are_counted(catalog: Connection) -> None:
    catalog.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, qty int) WITH (autovacuum_enabled=off)"
    )
    catalog.execute("INSERT INTO orders SELECT i, 0 FROM generate_series(1, 1000) AS i")
    catalog.execute("UPDATE orders SET qty = 1 WHERE id <= 300")
    catalog.execute("DELETE FROM orders WHERE id > 900")
    catalog.execute("SELECT * FROM orders WHERE id = 5")
    settled(catalog)

    found = stats("shop.orders")

    assert (found.n_tup_ins, found.n_tup_upd, found.n_tup_del) == (1000, 300, 100)
    assert (found.n_live_tup, found.n_dead_tup) == (900, 400)
    assert found.row_count == 900  # no estimate of the planner yet
    assert found.dead_share == pytest.approx(400 / 1300)
    assert found.idx_scan >= 1
    assert found.seq_scan >= 1
    assert found.n_mod_since_analyze == 1400
    assert found.last_vacuum is None
    assert found.last_analyze is None


def test_after_maintenance_its_time_and_the_estimate_are_told(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int) WITH (autovacuum_enabled=off)")
    catalog.execute("INSERT INTO orders SELECT generate_series(1, 1000)")
    catalog.execute("VACUUM ANALYZE orders")

    found = stats("shop.orders")

    assert found.row_count == 1000
    now = datetime.now(UTC)
    assert found.last_vacuum is not None
    assert found.last_analyze is not None
    assert now - timedelta(minutes=1) < found.last_vacuum <= now
    assert now - timedelta(minutes=1) < found.last_analyze <= now


def test_partitions_are_summed_into_their_parent(catalog: Connection) -> None:
    catalog.execute(PARTITIONED)
    catalog.execute("INSERT INTO logs SELECT i, '2025-01-15', 'x' FROM generate_series(1, 50) i")
    catalog.execute("INSERT INTO logs SELECT i, '2025-02-15', 'x' FROM generate_series(1, 500) i")
    settled(catalog)
    leaves = ("logs_1", "logs_2a", "logs_2b")

    found = stats("shop.logs")

    assert found.partitions == 3
    assert found.row_count == found.n_live_tup == found.n_tup_ins == 550
    assert found.size_bytes == sum(total_size(catalog, leaf) for leaf in leaves)
    assert found.index_bytes > 0
    listed = {table.table_name for table in db_optimizer.all_table_stats("catalog")}
    assert "logs" in listed
    assert not listed & {"logs_1", "logs_2", "logs_2a", "logs_2b"}


def test_a_partition_can_be_looked_at_by_itself(catalog: Connection) -> None:
    catalog.execute(PARTITIONED)

    assert stats("shop.logs_2").partitions == 2
    assert stats("shop.logs_1").partitions == 0


def test_the_largest_table_is_first(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE small (id int); CREATE TABLE large AS SELECT 1 AS id")
    catalog.execute("INSERT INTO large SELECT generate_series(1, 10000)")

    sizes = [table.size_bytes for table in db_optimizer.all_table_stats("catalog")]

    assert sizes == sorted(sizes, reverse=True)


def test_materialised_views_are_tables_and_views_are_not(catalog: Connection) -> None:
    catalog.execute("CREATE MATERIALIZED VIEW sums AS SELECT 1 AS id; CREATE VIEW seen AS SELECT 1")

    listed = {table.table_name for table in db_optimizer.all_table_stats("catalog")}

    assert "sums" in listed
    assert "seen" not in listed


def test_an_exclusively_locked_table_does_not_hang_the_report(
    catalog: Connection, superuser: Connection
) -> None:
    catalog.execute("CREATE TABLE orders (id int PRIMARY KEY)")
    catalog.execute("INSERT INTO orders SELECT generate_series(1, 5000)")
    catalog.execute("VACUUM orders")
    expected = stats("shop.orders").heap_bytes
    with superuser.transaction():
        superuser.execute("LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE")
        begin = time.monotonic()

        found = stats("shop.orders")

    assert time.monotonic() - begin < 2
    # Its last known pages, without the free space map that only an open table tells of.
    assert 0 < found.heap_bytes <= expected
    assert found.index_bytes > 0
