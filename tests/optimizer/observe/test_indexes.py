from __future__ import annotations

from typing import Any

import psycopg
import pytest

from optimizer.observe.indexes import indexes
from optimizer.observe.names import find_table
from optimizer.records import Index

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def orders(catalog: Connection) -> None:
    catalog.execute(
        """CREATE TABLE orders (id int PRIMARY KEY, sku text, "Upper" text, at timestamptz,
                                EXCLUDE USING btree (at WITH =))"""
    )


def indexes_of(connection: Connection, name: str) -> dict[str, Index]:
    table = find_table(connection, name)
    return {index.name: index for index in indexes(connection, table=table)}


def test_an_index_is_described(catalog: Connection) -> None:
    catalog.execute(
        """CREATE INDEX orders_x ON orders (lower(sku) DESC, "Upper") INCLUDE (at)
            WHERE id > 3"""
    )

    found = indexes_of(catalog, "shop.orders")["orders_x"]

    assert found.columns == ("lower(sku)", '"Upper"')
    assert found.include == ("at",)
    assert found.predicate == "(id > 3)"
    assert found.method == "btree"
    assert found.definition.startswith("CREATE INDEX orders_x ON shop.orders USING btree")
    assert found.size_bytes == 8192
    assert found.is_valid
    assert [found.is_unique, found.is_primary, found.is_constraint] == [False] * 3
    assert not found.build_in_progress


def test_constraints_are_told_apart(catalog: Connection) -> None:
    catalog.execute("CREATE UNIQUE INDEX orders_sku ON orders (sku)")

    found = indexes_of(catalog, "shop.orders")

    assert found["orders_pkey"].is_primary
    assert found["orders_pkey"].is_constraint
    assert found["orders_at_excl"].is_constraint
    assert not found["orders_at_excl"].is_unique
    assert found["orders_sku"].is_unique
    assert not found["orders_sku"].is_constraint


def test_an_index_that_a_foreign_key_points_at_is_no_constraint_for_that(
    catalog: Connection,
) -> None:
    catalog.execute("CREATE UNIQUE INDEX orders_sku ON orders (sku)")
    catalog.execute("CREATE TABLE lines (sku text REFERENCES orders (sku))")

    assert not indexes_of(catalog, "shop.orders")["orders_sku"].is_constraint


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("(sku)", "(sku)", True),
        ("(sku)", "(sku ASC NULLS LAST)", True),
        ("(sku)", "(sku DESC)", False),
        ("(sku)", "(sku NULLS FIRST)", False),
        ("(sku)", "(sku text_pattern_ops)", False),
        ("(sku)", '(sku COLLATE "C")', False),
        ("(sku)", "(lower(sku))", False),
        ("(lower(sku))", "(LOWER( sku ))", True),
    ],
)
def test_signatures_are_equal_where_indexes_are_interchangeable(
    catalog: Connection, one: str, other: str, same: bool
) -> None:
    catalog.execute(f"CREATE INDEX one ON orders {one}; CREATE INDEX other ON orders {other}")

    found = indexes_of(catalog, "shop.orders")

    assert (found["one"].key_signature == found["other"].key_signature) is same


def test_indexes_of_partitions_know_their_parent(catalog: Connection) -> None:
    catalog.execute(
        """CREATE TABLE logs (at date) PARTITION BY RANGE (at);
           CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
           CREATE INDEX logs_at ON logs (at)"""
    )

    found = {index.name: index for index in indexes(catalog)}

    assert found["logs_at"].is_partitioned
    assert found["logs_at"].parent_oid is None
    assert found["logs_at"].size_bytes == 0
    assert found["logs_1_at_idx"].parent_oid == found["logs_at"].oid
    assert not found["logs_1_at_idx"].is_partitioned


def test_scans_and_replica_identity_are_told(catalog: Connection) -> None:
    catalog.execute("ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_pkey")
    catalog.execute("SET enable_seqscan = off")
    catalog.execute("SELECT * FROM orders WHERE id = 1")
    catalog.execute("SELECT pg_stat_force_next_flush()")
    catalog.execute("SELECT 1")

    found = indexes_of(catalog, "shop.orders")

    assert found["orders_pkey"].is_replica_identity
    assert found["orders_pkey"].idx_scan == 1
    assert found["orders_at_excl"].idx_scan == 0


def test_a_failed_build_is_invalid_and_a_running_one_is_in_progress(
    catalog: Connection, superuser: Connection
) -> None:
    catalog.execute("INSERT INTO orders (id, sku) VALUES (1, 'a'), (2, 'a')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        catalog.execute("CREATE UNIQUE INDEX CONCURRENTLY orders_sku ON orders (sku)")

    assert not indexes_of(catalog, "shop.orders")["orders_sku"].is_valid
    assert not indexes_of(catalog, "shop.orders")["orders_sku"].build_in_progress
    with superuser.transaction():
        # The lock that a concurrent build holds from its beginning to its end.
        superuser.execute("LOCK TABLE shop.orders IN SHARE UPDATE EXCLUSIVE MODE")
        assert indexes_of(catalog, "shop.orders")["orders_sku"].build_in_progress
