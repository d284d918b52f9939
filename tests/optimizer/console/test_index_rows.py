from __future__ import annotations

from optimizer.console.index_rows import index_rows
from tests.optimizer.console.examples import index


def test_the_index_of_a_partitioned_table_counts_what_its_partitions_have() -> None:
    indexes = [
        index(oid=1, table_name="logs", name="logs_pkey", is_partitioned=True, size_bytes=0),
        index(oid=2, table_name="logs_01", parent_oid=1, is_partitioned=True, size_bytes=0),
        index(oid=3, table_name="logs_01a", parent_oid=2, size_bytes=100, idx_scan=3),
        index(oid=4, table_name="logs_02", parent_oid=1, size_bytes=50, idx_scan=4),
    ]
    (row,) = index_rows(indexes, schema_name="public", table_name="logs")
    assert (row.index.name, row.size_bytes, row.idx_scan) == ("logs_pkey", 150, 7)


def test_the_largest_index_stands_first_and_other_tables_do_not_show() -> None:
    indexes = [
        index(oid=1, name="small", size_bytes=1),
        index(oid=2, name="large", size_bytes=2),
        index(oid=3, name="foreign", schema_name="other"),
        index(oid=4, name="another", table_name="brands"),
    ]
    rows = index_rows(indexes, schema_name="public", table_name="products")
    assert [row.index.name for row in rows] == ["large", "small"]
