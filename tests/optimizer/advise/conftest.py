"""Scratch databases for the advisor: made once, filled with rows, dropped at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from optimizer.connect import connection_parameters

Connection = psycopg.Connection[Any]

# The shapes of the company's critical tables, with the skew of real life.
COMPANY = """
CREATE TABLE suppliers (id bigserial PRIMARY KEY, name text NOT NULL, country text NOT NULL);
INSERT INTO suppliers (name, country)
SELECT 'Supplier ' || n, (ARRAY['FR', 'BE', 'CH'])[1 + n % 3] FROM generate_series(1, 60) AS n;

CREATE TABLE products (
    id bigserial PRIMARY KEY, supplier_id bigint NOT NULL REFERENCES suppliers,
    sku varchar(64) NOT NULL, title varchar(255) NOT NULL, description text, price numeric(12, 2),
    stock integer NOT NULL, is_active boolean NOT NULL, attributes jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
INSERT INTO products (supplier_id, sku, title, description, price, stock, is_active,
                      created_at, updated_at)
SELECT 1 + (59 * power(random(), 2))::int, 'SKU-' || n, 'Product ' || md5(n::text),
       repeat('text ', 20), random() * 1000, (random() * 100)::int, random() < 0.95,
       '2025-01-01'::timestamptz + random() * interval '300 days', now()
FROM generate_series(1, 20000) AS n;

CREATE TABLE import_jobs (
    id bigserial PRIMARY KEY, supplier_id bigint NOT NULL, status varchar(20) NOT NULL,
    file_name text NOT NULL, created_at timestamptz NOT NULL, finished_at timestamptz);
INSERT INTO import_jobs (supplier_id, status, file_name, created_at, finished_at)
SELECT 1 + (random() * 59)::int,
       CASE WHEN random() < 0.9 THEN 'completed' WHEN random() < 0.7 THEN 'failed'
            WHEN random() < 0.8 THEN 'pending' ELSE 'running' END,
       'file-' || n || '.csv', '2025-01-01'::timestamptz + n * interval '20 minutes', NULL
FROM generate_series(1, 20000) AS n;

CREATE TABLE import_logs (
    id bigint GENERATED ALWAYS AS IDENTITY, job_id bigint NOT NULL, log_level varchar(10) NOT NULL,
    message text NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE import_logs_2025_01 PARTITION OF import_logs
    FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE import_logs_2025_02 PARTITION OF import_logs
    FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
CREATE TABLE import_logs_2025_03 PARTITION OF import_logs
    FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');
INSERT INTO import_logs (job_id, log_level, message, created_at)
SELECT 1 + (random() * 299)::int,
       CASE WHEN random() < 0.9 THEN 'INFO' WHEN random() < 0.7 THEN 'WARNING' ELSE 'ERROR' END,
       'line ' || n || repeat('x', 60), '2025-01-01'::timestamptz + random() * interval '89 days'
FROM generate_series(1, 60000) AS n;

CREATE TABLE notifications (
    id bigserial PRIMARY KEY, user_id bigint NOT NULL, body text NOT NULL,
    is_read boolean NOT NULL, read_at timestamptz, created_at timestamptz NOT NULL);
INSERT INTO notifications (user_id, body, is_read, read_at, created_at)
SELECT 1 + (random() * 299)::int, 'message ' || n || repeat('y', 40), n % 20 <> 0,
       CASE WHEN n % 20 <> 0 THEN now() END,
       '2025-01-01'::timestamptz + random() * interval '300 days'
FROM generate_series(1, 40000) AS n;

CREATE VIEW active_products AS SELECT * FROM products WHERE is_active;

CREATE SCHEMA "Odd Schema";
CREATE TABLE "Odd Schema"."Odd.Table" (
    id bigserial PRIMARY KEY, "order" integer NOT NULL, "select" text NOT NULL,
    "Group" boolean NOT NULL, "a""b" integer NOT NULL,
    "column_whose_name_takes_all_of_the_sixty_three_bytes_there_are_x" integer NOT NULL);
INSERT INTO "Odd Schema"."Odd.Table"
SELECT n, n % 1000, 'value ' || n % 5000, n % 50 = 0, n % 3000, n % 2000
FROM generate_series(1, 20000) AS n;
"""


FORGET_STATEMENTS = """SELECT pg_stat_statements_reset(0, oid, 0)
    FROM pg_database WHERE datname = current_database()"""


@contextmanager
def scratch_database(name: str) -> Iterator[Connection]:
    """An own database of the application's role, gone afterwards."""
    parameters = connection_parameters(using="catalog")
    name = f"scratch_{name}_{os.getpid()}"
    identifier = sql.Identifier(name)
    with psycopg.connect(**parameters, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(identifier))
        server.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
    try:
        with psycopg.connect(**parameters | {"dbname": name}, autocommit=True) as connection:
            yield connection
    finally:
        # Autovacuum may be at work there, and only a superuser may send it away.
        with psycopg.connect(os.environ["TEST_SUPERUSER_URL"], autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@contextmanager
def superuser_in(connection: Connection) -> Iterator[Connection]:
    """A superuser in the same database."""
    url = os.environ["TEST_SUPERUSER_URL"]
    with psycopg.connect(url, dbname=connection.info.dbname, autocommit=True) as superuser:
        yield superuser


def fill(connection: Connection, script: str) -> None:
    """Run a script and leave statistics and visibility as after a quiet night."""
    connection.execute(script)
    tables = connection.execute(
        """SELECT n.nspname, c.relname, c.relkind = 'r' AS has_rows
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
           ORDER BY 1, 2"""
    ).fetchall()
    for schema, name, has_rows in tables:
        table = sql.Identifier(schema, name)
        if has_rows:
            # Or autovacuum takes another sample between two tests.
            connection.execute(
                sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(table)
            )
        connection.execute(sql.SQL("VACUUM ANALYZE {}").format(table))


@pytest.fixture(scope="session")
def company() -> Iterator[Connection]:
    """Products, jobs, logs and notifications with primary keys only. Leave it as it is."""
    with scratch_database("company") as connection:
        fill(connection, COMPANY)
        yield connection
