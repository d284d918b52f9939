from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.proposing.sizes import index_size
from optimizer.advise.understanding.access import Constant, ConstantCondition
from tests.optimizer.advise.conftest import Connection, fill, scratch_database
from tests.optimizer.advise.helpers import shape, table_of, understand

ROWS = """
CREATE TABLE measured AS
SELECT n::bigint AS unique_number, (n % 40)::integer AS few, (n % 5000)::bigint AS some,
       n % 20 = 0 AS is_rare, CASE WHEN n % 2 = 0 THEN n END AS half_empty,
       md5(n::text) AS digest, 'group ' || abs(hashtext(n::text)) % 300 AS label, (n / 7.0)::numeric(12, 2) AS price,
       '2025-01-01'::timestamptz + n * interval '1 minute' AS at
FROM generate_series(1, 100000) AS n;
CREATE TABLE parted (shared bigint, at timestamptz) PARTITION BY HASH (at);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO parted SELECT m.some, m.at FROM measured AS m;
"""


@pytest.fixture(scope="module")
def measured() -> Iterator[Connection]:
    with scratch_database("sizes") as connection:
        fill(connection, ROWS)
        yield connection


def real_size(connection: Connection, candidate: IndexShape) -> int:
    connection.execute(f"CREATE INDEX probe ON measured {candidate.definition()}")
    row = connection.execute("SELECT pg_relation_size('probe')").fetchone()
    connection.execute("DROP INDEX probe")
    assert row is not None
    size = row[0]
    assert isinstance(size, int)
    return size


@pytest.mark.parametrize(
    ("columns", "include"),
    [
        (("unique_number",), ()),
        (("few",), ()),
        (("some",), ()),
        (("is_rare",), ()),
        (("half_empty",), ()),
        (("digest",), ()),
        (("label",), ()),
        (("price",), ()),
        (("few", "at desc"), ()),
        (("label", "few"), ()),
        (("some",), ("unique_number", "price")),
        (("few",), ("digest",)),
    ],
)
def test_an_estimate_is_within_a_fifth_of_the_real_size(
    measured: Connection, columns: tuple[str, ...], include: tuple[str, ...]
) -> None:
    candidate = shape(table_of(measured, "measured"), *columns, include=include)
    assert index_size(candidate) == pytest.approx(real_size(measured, candidate), rel=0.2)


@pytest.mark.parametrize("column", ["shared", "at"])
def test_each_partition_has_a_tree_of_its_own(measured: Connection, column: str) -> None:
    candidate = shape(table_of(measured, "parted"), column)
    measured.execute(f"CREATE INDEX probe ON parted {candidate.definition()}")
    row = measured.execute(
        "SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree('probe')"
    ).fetchone()
    measured.execute("DROP INDEX probe")
    assert row is not None
    assert index_size(candidate) == pytest.approx(float(row[0]), rel=0.2)


def test_a_partial_index_holds_its_rows_only(measured: Connection) -> None:
    rare = (ConstantCondition("is_rare", Constant.TRUE),)
    whole = shape(table_of(measured, "measured"), "unique_number")
    part = IndexShape(whole.table, whole.keys, (), rare)
    assert index_size(part) < index_size(whole) / 10
    assert index_size(part) == pytest.approx(real_size(measured, part), rel=0.2)


def test_a_partial_index_on_a_state_holds_its_rows_only(measured: Connection) -> None:
    whole = shape(table_of(measured, "measured"), "unique_number")
    for constant, values in ((Constant.VALUE, ("7",)), (Constant.VALUES, ("7", "8", "9"))):
        part = replace(whole, predicate=(ConstantCondition("few", constant, values),))
        assert index_size(part) == pytest.approx(real_size(measured, part), rel=0.2)


def test_an_expression_is_taken_to_be_as_its_column(measured: Connection) -> None:
    statement = understand(measured, "SELECT * FROM measured WHERE upper(label) = $1")
    (candidate,) = [item for item in candidates([statement])[statement] if not item.include]
    assert candidate.definition() == "((upper(label)))"
    assert index_size(candidate) == pytest.approx(real_size(measured, candidate), rel=0.2)
