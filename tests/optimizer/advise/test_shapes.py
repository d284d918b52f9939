from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.advise.access import Constant, ConstantCondition
from optimizer.advise.shapes import IndexShape, KeyColumn, existing_shape
from optimizer.observe.indexes import indexes
from optimizer.records import Index
from tests.optimizer.advise.conftest import Connection, scratch_database
from tests.optimizer.advise.helpers import shape, table_of

ODD = ("Odd Schema", "Odd.Table")


@pytest.fixture(scope="module")
def shelf() -> Iterator[Connection]:
    with scratch_database("shapes") as connection:
        connection.execute(
            """CREATE TABLE goods (id bigint, title varchar(80), note text, at timestamptz,
                   is_sold boolean, gone_at timestamptz, "Order" integer, "a""b" integer);
               CREATE UNIQUE INDEX ON goods (id)"""
        )
        yield connection


def built(connection: Connection, definition: str) -> Index:
    """The catalogue's entry for an index that is really built."""
    connection.execute("DROP INDEX IF EXISTS probe")
    connection.execute(f"CREATE INDEX probe ON goods {definition}")
    (index,) = [found for found in indexes(connection) if found.name == "probe"]
    return index


@pytest.mark.parametrize(
    "definition",
    [
        "(id)",
        "(id DESC)",
        "(id, at DESC NULLS LAST)",
        "(id NULLS FIRST)",
        '("Order", "a""b")',
        "(id) INCLUDE (note)",
        '(id) INCLUDE ("Order", "a""b")',
        "(id) WHERE is_sold",
        "(id) WHERE NOT is_sold",
        "(id) WHERE gone_at IS NULL AND is_sold",
        "(id) WHERE gone_at IS NOT NULL",
        "(title varchar_pattern_ops, id)",
        "(note text_pattern_ops)",
    ],
)
def test_an_existing_index_is_read_back_as_it_was_written(
    shelf: Connection, definition: str
) -> None:
    found = existing_shape(built(shelf, definition), table_of(shelf, "goods"))
    assert found is not None
    assert found.definition() == definition


def test_an_explicit_truth_is_the_same_condition(shelf: Connection) -> None:
    goods = table_of(shelf, "goods")
    plain = existing_shape(built(shelf, "(id) WHERE is_sold"), goods)
    explicit = existing_shape(built(shelf, "(id) WHERE is_sold = true"), goods)
    assert plain == explicit


@pytest.mark.parametrize(
    "definition",
    [
        "(lower(note))",
        "USING hash (id)",
        "(id) WHERE id > 5",
        "(id) WHERE is_sold OR gone_at IS NULL",
        '(note COLLATE "C")',
        "USING brin (at)",
    ],
)
def test_what_no_candidate_can_be_like_has_no_shape(shelf: Connection, definition: str) -> None:
    assert existing_shape(built(shelf, definition), table_of(shelf, "goods")) is None


def test_an_index_serves_for_its_first_columns(shelf: Connection) -> None:
    goods = table_of(shelf, "goods")
    wide = shape(goods, "id", "at desc", include=("note",))
    assert shape(goods, "id").is_served_by(wide)
    assert shape(goods, "id", "at desc").is_served_by(wide)
    assert shape(goods, "id", include=("at", "note")).is_served_by(wide)
    assert not shape(goods, "at desc").is_served_by(wide)
    assert not shape(goods, "id", "at").is_served_by(wide)
    assert not shape(goods, "id", include=("title",)).is_served_by(wide)


def test_an_index_is_read_backwards_too(shelf: Connection) -> None:
    goods = table_of(shelf, "goods")
    assert shape(goods, "at desc").is_served_by(shape(goods, "at"))
    assert shape(goods, "id desc", "at").is_served_by(shape(goods, "id", "at desc"))


def test_a_partial_index_serves_only_for_the_same_condition(shelf: Connection) -> None:
    goods = table_of(shelf, "goods")
    sold = IndexShape(goods, (KeyColumn("id"),), (), (ConstantCondition("is_sold", Constant.TRUE),))
    assert not sold.is_served_by(shape(goods, "id"))
    assert not shape(goods, "id").is_served_by(sold)
    assert sold.is_served_by(sold)
