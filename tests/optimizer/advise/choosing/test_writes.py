from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from optimizer.advise.choosing import writes as writes_module
from optimizer.advise.choosing.writes import TableWrites, table_writes, upkeep, write_price
from optimizer.advise.proposing.shapes import IndexShape, KeyColumn, Method
from optimizer.advise.understanding.access import Constant, ConstantCondition, Statement
from optimizer.advise.understanding.catalogue import Catalogue, Table
from optimizer.advise.understanding.expressions import Expression
from optimizer.advise.understanding.statements import understand_workload
from optimizer.records import WorkloadStatement
from tests.optimizer.advise.conftest import Connection, fill, scratch_database, superuser_in
from tests.optimizer.advise.helpers import shape

HOUR = timedelta(hours=1)

# The seller is indexed already, so an update of it is never HOT.
SHOP = """
CREATE TABLE sales (id bigint PRIMARY KEY, seller int, price int, state text, is_open boolean,
                    sold_at date) WITH (fillfactor = 30);
CREATE INDEX ON sales (seller);
CREATE TABLE archive (LIKE sales) PARTITION BY RANGE (id);
CREATE TABLE archive_1 PARTITION OF archive FOR VALUES FROM (0) TO (1000);
CREATE TABLE archive_2 PARTITION OF archive FOR VALUES FROM (1000) TO (10000);
INSERT INTO sales SELECT n, n % 50, n, 'new', n % 10 = 0 FROM generate_series(1, 2000) AS n;
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Connection]:
    with scratch_database("writes") as connection:
        fill(connection, SHOP)
        yield connection


class Written:
    """One workload: its statements, and what they write to the tables of the shop."""

    def __init__(self, connection: Connection, *sources: WorkloadStatement) -> None:
        self._connection = connection
        self._catalogue = Catalogue(connection)
        found = understand_workload(sources, catalogue=self._catalogue)
        self.statements: tuple[Statement, ...] = found.statements + found.inserts
        assert len(self.statements) == len(sources), found.skipped

    def table(self, name: str = "sales") -> Table:
        self._catalogue.read([(None, name)])
        table = self._catalogue.find((None, name))
        assert isinstance(table, Table)
        return table

    def index(self, *columns: str, include: tuple[str, ...] = ()) -> IndexShape:
        return shape(self.table(), *columns, include=include)

    def to(self, name: str = "sales", *, window: timedelta | None = HOUR) -> TableWrites:
        table = self.table(name)
        return table_writes(self._connection, [table], self.statements, window=window)[table]


@contextmanager
def reset_statistics(connection: Connection) -> Iterator[None]:
    """Counters begin at zero, and what the block does is in them when it ends."""
    flush_statistics(connection)
    with superuser_in(connection) as superuser:
        superuser.execute("SELECT pg_stat_reset()")
    yield
    flush_statistics(connection)


def flush_statistics(connection: Connection) -> None:
    connection.execute("SELECT pg_stat_force_next_flush()")
    connection.execute("SELECT 1")


def measured(query: str, rows: int) -> WorkloadStatement:
    return WorkloadStatement(queryid=None, query=query, calls=1, total_time=1.0, rows=rows)


def from_file(query: str, weight: int) -> WorkloadStatement:
    return WorkloadStatement(queryid=None, query=query, calls=weight, total_time=0.0, weight=weight)


SET_PRICE = "UPDATE sales SET price = $1 WHERE id = $2"
SET_SELLER = "UPDATE sales SET seller = $1 WHERE id = $2"
SET_STATE = "UPDATE sales SET state = $1 WHERE id = $2"
REMOVE = "DELETE FROM sales WHERE id = $1"
COPY_OVER = "INSERT INTO sales SELECT * FROM archive WHERE seller = $1"


def test_young_statistics_leave_it_to_the_statements(shop: Connection) -> None:
    written = Written(shop, measured(SET_PRICE, 3600), measured(REMOVE, 36), measured(COPY_OVER, 7))
    writes = written.to()
    assert writes.in_workload == writes_module.RowsWritten(inserted=7, updated=3600, deleted=36)
    assert writes.per_second is not None
    assert writes.per_second.updated == pytest.approx(1.0)
    assert writes.index_count == 2


def test_without_a_window_there_is_no_rate(shop: Connection) -> None:
    written = Written(shop, measured(SET_PRICE, 3600))
    writes = written.to(window=None)
    assert writes.per_second is None
    price = write_price(written.index("price"), writes)
    assert (price.rows_per_second, price.hot_updates_per_second, price.wal_bytes_per_second) == (
        None,
        None,
        None,
    )
    assert upkeep(written.index("price"), writes) > 3600


def test_only_updates_of_what_the_index_holds_touch_it(shop: Connection) -> None:
    written = Written(shop, measured(SET_PRICE, 3600), measured(SET_STATE, 7200))
    writes = written.to()

    def rows(*columns: str, include: tuple[str, ...] = ()) -> float | None:
        return write_price(written.index(*columns, include=include), writes).rows_per_second

    assert rows("sold_at") == 0
    assert rows("price") == pytest.approx(1.0)
    assert rows("state") == pytest.approx(2.0)
    assert rows("sold_at", include=("state",)) == pytest.approx(2.0)
    assert rows("state", "price") == pytest.approx(3.0)


def test_a_predicate_counts_as_held_and_limits_the_rows(shop: Connection) -> None:
    opening = "UPDATE sales SET is_open = $1 WHERE id = $2"
    written = Written(shop, measured(opening, 3600), measured(COPY_OVER, 36_000))
    writes = written.to()
    everything = write_price(written.index("sold_at"), writes).rows_per_second
    partial = replace(
        written.index("sold_at"), predicate=(ConstantCondition("is_open", Constant.TRUE),)
    )
    assert everything == pytest.approx(10.0)
    assert write_price(partial, writes).rows_per_second == pytest.approx(1.1, rel=0.01)


def test_an_update_of_an_indexed_column_writes_every_index(shop: Connection) -> None:
    written = Written(shop, measured(SET_SELLER, 3600), measured(SET_PRICE, 7200))
    price = write_price(written.index("sold_at"), written.to())
    assert price.rows_per_second == pytest.approx(1.0)
    assert price.hot_updates_per_second == 0


def test_hot_updates_are_at_risk_where_they_set_a_column_of_the_index(shop: Connection) -> None:
    written = Written(shop, measured(SET_SELLER, 3600), measured(SET_PRICE, 7200))
    writes = written.to()
    price = write_price(written.index("price"), writes)
    assert price.hot_updates_per_second == pytest.approx(2.0)
    assert price.rows_per_second == pytest.approx(3.0)
    # Each of them will write the two indexes that there are, too.
    assert upkeep(written.index("price"), writes) == pytest.approx(3 * 3600 + 2 * 2 * 3600)
    assert price.wal_bytes_per_second is not None
    assert price.wal_bytes_per_second > (3 + 2 * 2) * writes_module.WAL_OVERHEAD


def test_where_no_update_is_known_those_that_are_not_hot_count(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes_module, "MIN_STATISTICS_AGE", timedelta(0))
    with reset_statistics(shop):
        shop.execute("UPDATE sales SET price = price + 1 WHERE id <= 300")
        shop.execute("UPDATE sales SET seller = seller + 1 WHERE id <= 100")
    written = Written(shop)
    writes = written.to()
    assert writes.per_second is not None
    (part,) = writes.updates
    assert (part.columns, part.share) == (None, 1.0)
    assert part.hot == pytest.approx(0.75)
    price = write_price(written.index("sold_at"), writes)
    assert price.rows_per_second == pytest.approx(writes.per_second.updated / 4)
    assert price.hot_updates_per_second is None


def test_old_statistics_count_what_the_server_counted(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes_module, "MIN_STATISTICS_AGE", timedelta(0))
    with reset_statistics(shop):
        shop.execute("INSERT INTO sales SELECT n FROM generate_series(9001, 9100) AS n")
        shop.execute("DELETE FROM sales WHERE id > 9050")
        shop.execute("INSERT INTO archive SELECT n FROM generate_series(901, 1100) AS n")
    written = Written(shop, measured(SET_PRICE, 3600))
    writes, archive = written.to(), written.to("archive")
    assert writes.per_second is not None
    assert archive.per_second is not None
    assert writes.per_second.inserted == pytest.approx(2 * writes.per_second.deleted)
    assert writes.per_second.updated == 0
    # Each part of it flushes its counters when it likes.
    assert archive.per_second.inserted > 0
    assert writes.in_workload == writes.per_second.times(3600)


def test_the_server_does_not_count_for_a_workload_that_nobody_measured(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes_module, "MIN_STATISTICS_AGE", timedelta(0))
    with reset_statistics(shop):
        shop.execute("INSERT INTO sales SELECT n FROM generate_series(9201, 9300) AS n")
    written = Written(shop, from_file(SET_PRICE, 20))
    writes = written.to(window=None)
    assert writes.in_workload == writes_module.RowsWritten(updated=20)
    assert writes.per_second is not None
    assert writes.per_second.inserted > 0


def test_of_a_file_the_planner_tells_how_many_rows_are_written(shop: Connection) -> None:
    written = Written(
        shop,
        from_file("INSERT INTO sales SELECT id + 50000 FROM sales WHERE seller = 7", 3),
        from_file("UPDATE sales SET price = 1 WHERE id = 5", 10),
        from_file(
            "WITH gone AS (DELETE FROM sales WHERE id = 9 RETURNING id) SELECT * FROM gone", 4
        ),
    )
    rows = written.to(window=None).in_workload
    assert rows.inserted == pytest.approx(3 * 40, rel=0.2)
    assert rows.updated == 10
    assert rows.deleted == 4


def test_values_are_counted(shop: Connection) -> None:
    written = Written(
        shop,
        from_file("INSERT INTO sales (id) VALUES (77001), (77002), (77003)", 5),
        from_file("INSERT INTO public.sales (id) VALUES (77004)", 2),
    )
    assert written.to(window=None).in_workload.inserted == 17


def test_more_writes_and_wider_entries_cost_more_wal(shop: Connection) -> None:
    written = Written(shop, measured(COPY_OVER, 3600))
    writes = written.to()
    narrow = write_price(written.index("price"), writes).wal_bytes_per_second
    wide = write_price(written.index("price", include=("state", "id")), writes).wal_bytes_per_second
    assert narrow is not None
    assert wide is not None
    assert 50 < narrow < 150
    assert wide > narrow


def test_a_table_that_is_never_written_has_no_price(shop: Connection) -> None:
    written = Written(shop, measured("SELECT * FROM sales WHERE price = $1", 900))
    assert upkeep(written.index("price"), written.to()) == 0


def test_removed_rows_cost_less_than_new_ones(shop: Connection) -> None:
    index = Written(shop).index("price")
    added = upkeep(index, Written(shop, measured(COPY_OVER, 1000)).to())
    removed = upkeep(index, Written(shop, measured(REMOVE, 1000)).to())
    assert 0 < removed < added / 5


def test_brin_costs_next_to_nothing(shop: Connection) -> None:
    written = Written(shop, measured(COPY_OVER, 1000), measured(REMOVE, 1000))
    tree = written.index("price")
    ranges = replace(tree, method=Method.BRIN)
    writes = written.to()
    assert 0 < upkeep(ranges, writes) < upkeep(tree, writes) / 10
    assert write_price(ranges, writes).wal_bytes_per_second == 0


def test_what_an_expression_is_made_of_counts_as_held(shop: Connection) -> None:
    written = Written(shop, measured(SET_STATE, 3600))
    plain = written.index("sold_at")
    lower = Expression("lower(state)", ("state",), plain.table.columns["state"])
    index = replace(plain, keys=(KeyColumn(lower.text, expression=lower),))
    price = write_price(index, written.to())
    assert price.rows_per_second == pytest.approx(1.0)
