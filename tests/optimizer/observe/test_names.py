from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql

from optimizer.exceptions import UnknownTable
from optimizer.observe.names import find_table, quoted

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]

LONG = "x" * 63
HOSTILE = [
    "Upper Case",
    'with"quotes',
    "with'apostrophe",
    "with.a.dot",
    "with%percent%s",
    "order",
    "schön",
    '"; DROP TABLE shop.orders; --',
    "back\\slash",
    LONG,
]


@pytest.fixture(autouse=True)
def odd_schema(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int)")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_found_by_every_spelling(catalog: Connection, name: str) -> None:
    identifier = sql.Identifier("shop", name)
    catalog.execute(sql.SQL("CREATE TABLE {} (id int)").format(identifier))

    for spelling in (name, f"shop.{name}", identifier.as_string(), f"shop.{quoted(name)}"):
        found = find_table(catalog, spelling)
        assert (found.schema_name, found.name) == ("shop", name)
        assert find_table(catalog, found.qualified_name) == found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_quoted_name_is_read_by_postgresql_as_meant(catalog: Connection, name: str) -> None:
    catalog.execute(f"CREATE TEMPORARY TABLE {quoted(name)} ()")

    found = catalog.execute("SELECT relname FROM pg_class WHERE relpersistence = 't'").fetchall()
    assert (name,) in found


def test_public_comes_first(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE shop.products (id int)")

    assert find_table(catalog, "products").schema_name == "public"
    assert find_table(catalog, "shop.products").schema_name == "shop"


def test_a_name_in_one_other_schema_is_found(catalog: Connection) -> None:
    assert find_table(catalog, "orders").schema_name == "shop"


def test_a_name_in_several_schemas_has_to_be_qualified(catalog: Connection) -> None:
    catalog.execute("DROP SCHEMA IF EXISTS depot CASCADE; CREATE SCHEMA depot")
    catalog.execute("CREATE TABLE depot.orders (id int)")
    try:
        with pytest.raises(UnknownTable, match=r"depot\.orders, shop\.orders"):
            find_table(catalog, "orders")
    finally:
        catalog.execute("DROP SCHEMA depot CASCADE")


@pytest.mark.parametrize("name", ["ordres", "shop.ordrs", "oders"])
def test_an_unknown_name_gets_the_nearest(catalog: Connection, name: str) -> None:
    with pytest.raises(UnknownTable, match=r"shop\.orders"):
        find_table(catalog, name)


@pytest.mark.parametrize("name", ["", ".", "pg_class", "pg_catalog.pg_class", "zzz", "a\x00b"])
def test_what_is_no_user_table_is_unknown(catalog: Connection, name: str) -> None:
    with pytest.raises(UnknownTable):
        find_table(catalog, name)


def test_views_and_indexes_are_no_tables(catalog: Connection) -> None:
    catalog.execute("CREATE VIEW seen AS SELECT 1; CREATE INDEX orders_id ON orders (id)")

    for name in ("shop.seen", "shop.orders_id"):
        with pytest.raises(UnknownTable):
            find_table(catalog, name)
