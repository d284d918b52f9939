"""A table that is read by a column without an index, often."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql

Connection = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def orders(catalog: Connection, fresh_statements: None) -> None:
    catalog.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, sku text) WITH (autovacuum_enabled=off)"
    )
    catalog.execute("INSERT INTO orders SELECT i, 'sku' || i FROM generate_series(1, 20000) AS i")
    catalog.execute("ANALYZE orders")
    for number in range(200):
        catalog.execute(sql.SQL("SELECT id FROM shop.orders WHERE sku = {}").format(f"sku{number}"))
