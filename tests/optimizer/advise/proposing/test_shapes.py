from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.advise.proposing.shapes import IndexShape, KeyColumn, Method, existing_shape
from optimizer.advise.understanding.access import Constant, ConstantCondition
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
                   is_sold boolean, gone_at timestamptz, data jsonb, "Order" integer, "a""b" integer,
                   code text COLLATE "C");
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
        "(id) WHERE title = 'open'",
        "(id) WHERE \"Order\" = 5 AND note = E'a\\\\b' AND title IN ('it''s', 'open')",
        "(id) WHERE id IN (1, 2) AND note IS NOT NULL",
        "(id) WHERE \"Order\" = '-5'",
        "((lower(note)))",
        "((lower(note)) DESC, id)",
        "((lower(code)))",
        "((upper(title)) text_pattern_ops)",
        '((id + "Order"))',
        "((CAST(timezone('UTC', at) AS date)))",
        "((data ->> 'key'))",
        "((\"extract\"('year', timezone('UTC', at))))",
        "((\"position\"(note, 'a')))",
        "((substring(note, 1, 3)))",
        "((btrim(note)))",
        "((overlay(note, 'x', 1)))",
        "((lower(note)), id) INCLUDE (at) WHERE is_sold",
        "USING hash (title)",
        "USING hash ((lower(note)))",
        "USING brin (at)",
        "USING gin (data)",
        "USING gin (data jsonb_path_ops)",
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
        "(id) WHERE id > 5",
        "(id) WHERE is_sold OR gone_at IS NULL",
        '(note COLLATE "C")',
        '(lower(note) COLLATE "C")',
        "(id) WHERE id IN (1, NULL)",
        "(id) WHERE lower(note) = 'x'",
        "USING gist (tstzrange(at, at))",
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


def test_what_an_update_has_to_leave_alone(shelf: Connection) -> None:
    definition = "((lower(title || note)), id) INCLUDE (at) WHERE is_sold"
    found = existing_shape(built(shelf, definition), table_of(shelf, "goods"))
    assert found is not None
    assert found.touched_by == {"title", "note", "id", "at", "is_sold"}


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


@pytest.mark.parametrize(
    ("written", "as_another_would"),
    [
        ("(upper(title))", "(upper(title::text))"),
        ("(((at AT TIME ZONE 'UTC')::date))", "((timezone('UTC', at)::date))"),
        ("((data ->> 'key'))", "((data ->> 'key'::text))"),
        (
            "(EXTRACT(year FROM at AT TIME ZONE 'UTC'))",
            "(pg_catalog.\"extract\"('year', timezone('UTC', at)))",
        ),
        ("(id) WHERE title = 'open'", "(id) WHERE title::text = 'open'::text"),
        ("(id) WHERE title IN ('a', 'b')", "(id) WHERE title = ANY (ARRAY['b', 'a'])"),
    ],
)
def test_two_ways_to_write_it_are_one_shape(
    shelf: Connection, written: str, as_another_would: str
) -> None:
    goods = table_of(shelf, "goods")
    one = existing_shape(built(shelf, written), goods)
    other = existing_shape(built(shelf, as_another_would), goods)
    assert one is not None
    assert one == other


def test_a_b_tree_serves_for_a_hash_and_for_block_ranges(shelf: Connection) -> None:
    goods = table_of(shelf, "goods")
    tree = shape(goods, "id", "at")
    for method in (Method.HASH, Method.BRIN):
        assert IndexShape(goods, (KeyColumn("id"),), method=method).is_served_by(tree)
        assert not IndexShape(goods, (KeyColumn("at"),), method=method).is_served_by(tree)
        assert not shape(goods, "id").is_served_by(
            IndexShape(goods, (KeyColumn("id"),), method=method)
        )


def test_a_condition_implies_those_that_leave_more(shelf: Connection) -> None:
    one = ConstantCondition("title", Constant.VALUE, ("a",))
    two = ConstantCondition("title", Constant.VALUES, ("a", "b"))
    present = ConstantCondition("title", Constant.NOT_NULL)
    assert one.implies(two)
    assert one.implies(present)
    assert two.implies(present)
    assert not two.implies(one)
    assert not present.implies(one)
    assert not ConstantCondition("title", Constant.VALUE, ("c",)).implies(two)
    assert not ConstantCondition("title", Constant.NULL).implies(present)
    assert not one.implies(ConstantCondition("note", Constant.NOT_NULL))
