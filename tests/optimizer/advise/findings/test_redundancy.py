from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from optimizer.advise.findings import redundancy
from optimizer.advise.findings.foreign_keys import foreign_keys
from optimizer.advise.findings.redundancy import MIN_UNUSED_BYTES, index_findings
from optimizer.observe.indexes import indexes
from optimizer.records import Finding, Index, Verdict
from tests.optimizer.advise.conftest import Connection, scratch_database

NOW = datetime(2026, 1, 31, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=36)

TABLES = """
CREATE TABLE makers (id bigint PRIMARY KEY);
CREATE TABLE goods (id bigint PRIMARY KEY, maker_id bigint REFERENCES makers, sku text, title text,
                    price numeric, at timestamptz, is_sold boolean);
CREATE TABLE visits (goods_id bigint, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    with scratch_database("store") as connection:
        yield connection


@pytest.fixture
def store(database: Connection) -> Iterator[Connection]:
    database.execute(TABLES)
    yield database
    database.execute('DROP TABLE visits, goods, makers; DROP SCHEMA IF EXISTS "a.b" CASCADE')


def found(
    connection: Connection,
    known: Sequence[Index] | None = None,
    *,
    stats_since: datetime | None = LONG_AGO,
) -> list[Finding]:
    return index_findings(
        indexes(connection) if known is None else known,
        foreign_keys=foreign_keys(connection),
        stats_since=stats_since,
        now=NOW,
    )


def told(findings: Sequence[Finding]) -> set[str]:
    return {f"{finding.code} {finding.subject}" for finding in findings}


def large(known: Sequence[Index]) -> list[Index]:
    return [
        index if index.is_partitioned else replace(index, size_bytes=MIN_UNUSED_BYTES)
        for index in known
    ]


def test_a_sound_database_has_no_finding(store: Connection) -> None:
    store.execute("CREATE INDEX ON goods (sku); CREATE INDEX ON visits (goods_id)")
    assert found(store) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("goods (sku)", "goods (sku)"),
        ("goods (sku, price)", "goods (sku, price)"),
        ("goods (at DESC)", "goods (at)"),
        ("goods (sku) WHERE is_sold", "goods (sku) WHERE is_sold"),
        ("goods USING hash (sku)", "goods USING hash (sku)"),
        ("visits (goods_id)", "visits (goods_id)"),
    ],
)
def test_of_twins_the_one_with_the_plainer_name_stays(
    store: Connection, first: str, second: str
) -> None:
    for name, definition in (("idx_b", first), ("idx_a", second)):
        store.execute(f"CREATE INDEX {name} ON {definition}")
    findings = found(store)
    assert [finding.subject for finding in findings] == ["public.idx_b"]
    assert "idx_b" in findings[0].remedy


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("goods (sku)", "goods (sku, price)"),
        ("goods (at)", "goods (at DESC, price)"),
        ("goods (sku) INCLUDE (price)", "goods (sku, at) INCLUDE (price)"),
        ("goods (sku)", "goods (sku) INCLUDE (price)"),
        ("goods (lower(sku))", "goods (lower(sku), at)"),
    ],
)
def test_what_another_index_begins_with_is_redundant(
    store: Connection, monkeypatch: pytest.MonkeyPatch, narrow: str, wide: str
) -> None:
    monkeypatch.setattr(redundancy, "MIN_CONTAINED_BYTES", 0)
    store.execute(f"CREATE INDEX narrow ON {narrow}; CREATE INDEX wide ON {wide}")
    (finding,) = found(store)
    assert (finding.code, finding.subject) == ("redundant-index", "public.narrow")
    assert finding.remedy == 'DROP INDEX CONCURRENTLY "public"."narrow";'
    store.execute(finding.remedy.encode())
    assert found(store) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("goods (sku)", "goods (price, sku)"),
        ("goods (sku DESC, price)", "goods (sku, price, at)"),
        ("goods (sku)", "goods (sku text_pattern_ops, price)"),
        ("goods (sku)", 'goods (sku COLLATE "C", price)'),
        ("goods (sku)", "goods (sku, price) WHERE is_sold"),
        ("goods (sku)", "goods USING hash (sku)"),
        ("goods (sku) INCLUDE (price)", "goods (sku, at)"),
        ("goods (sku)", "goods (lower(sku), at)"),
        ("goods USING brin (at)", "goods USING brin (at, price)"),
        ("visits_1 (goods_id)", "visits_2 (goods_id)"),
    ],
)
def test_what_only_looks_alike_is_not_redundant(store: Connection, first: str, second: str) -> None:
    store.execute(f"CREATE INDEX a ON {first}; CREATE INDEX b ON {second}")
    assert found(store) == []


def test_what_guards_the_data_is_never_superfluous(store: Connection) -> None:
    store.execute(
        """CREATE UNIQUE INDEX one ON goods (sku);
           CREATE UNIQUE INDEX one_too ON goods (sku, price);
           CREATE INDEX wide ON goods (sku, price, at);
           ALTER TABLE goods ADD CONSTRAINT pair UNIQUE (sku, price);
           ALTER TABLE goods ADD EXCLUDE USING btree (title WITH =);
           CREATE INDEX titles ON goods (title, at);
           ALTER TABLE goods ALTER sku SET NOT NULL;
           ALTER TABLE goods REPLICA IDENTITY USING INDEX one"""
    )
    assert told(found(store, large(indexes(store)))) == {
        "unused-index public.wide",
        "unused-index public.titles",
    }


def test_a_plain_index_beside_a_unique_one_is_redundant(store: Connection) -> None:
    store.execute("CREATE UNIQUE INDEX one ON goods (sku); CREATE INDEX same ON goods (sku)")
    assert told(found(store)) == {"duplicate-index public.same"}


def test_one_of_a_small_table_that_another_contains_is_not_worth_a_word(store: Connection) -> None:
    store.execute("CREATE INDEX narrow ON goods (sku); CREATE INDEX wide ON goods (sku, price)")
    assert found(store) == []


def test_the_one_that_stays_is_named(store: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redundancy, "MIN_CONTAINED_BYTES", 0)
    store.execute(
        """CREATE INDEX a ON goods (sku); CREATE INDEX b ON goods (sku, price);
           CREATE INDEX c ON goods (sku, price, at)"""
    )
    assert [finding.message.rsplit(" ", 1)[1] for finding in found(store)] == ["public.c."] * 2


def test_a_partition_that_repeats_what_its_parent_gives_it(store: Connection) -> None:
    store.execute("CREATE INDEX own ON visits_1 (goods_id)")
    store.execute("CREATE INDEX whole ON ONLY visits (goods_id)")
    store.execute(
        "CREATE INDEX part ON visits_1 (goods_id); ALTER INDEX whole ATTACH PARTITION part"
    )
    assert told(found(store)) == {"duplicate-index public.own"}


def test_an_invalid_index_is_built_again(store: Connection) -> None:
    store.execute("INSERT INTO goods (id, sku) VALUES (1, 'x'), (2, 'x')")
    with pytest.raises(Exception, match="could not create unique index"):
        store.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON goods (sku)")
    (finding,) = found(store)
    assert (finding.code, finding.verdict) == ("invalid-index", Verdict.PROBLEM)
    assert finding.remedy == 'REINDEX INDEX CONCURRENTLY "public"."broken";'
    store.execute("UPDATE goods SET sku = id::text")
    store.execute(finding.remedy.encode())
    assert found(store) == []


def test_a_leftover_of_reindexing_is_dropped(store: Connection) -> None:
    store.execute("CREATE INDEX skus ON goods (sku)")
    (index,) = [known for known in indexes(store) if known.name == "skus"]
    for name in ("skus_ccnew", "skus_ccnew1", "skus_ccold"):
        leftover = replace(index, oid=1, name=name, is_valid=False)
        (finding,) = found(store, [index, leftover])
        assert finding.remedy == f'DROP INDEX CONCURRENTLY "public"."{name}";'


def test_an_index_under_construction_is_no_problem(store: Connection) -> None:
    store.execute("CREATE INDEX skus ON goods (sku)")
    (index,) = [known for known in indexes(store) if known.name == "skus"]
    assert found(store, [replace(index, is_valid=False, build_in_progress=True)]) == []


def test_a_parent_is_invalid_by_right_until_all_parts_are_attached(store: Connection) -> None:
    store.execute("CREATE INDEX whole ON ONLY visits (goods_id)")
    store.execute(
        "CREATE INDEX part ON visits_1 (goods_id); ALTER INDEX whole ATTACH PARTITION part"
    )
    assert not next(index for index in indexes(store) if index.name == "whole").is_valid
    assert found(store) == []


def test_a_large_index_that_is_never_used_is_told_after_35_days(store: Connection) -> None:
    store.execute("CREATE INDEX skus ON goods (sku)")
    known = large(indexes(store))
    (finding,) = found(store, known)
    assert (finding.code, finding.subject) == ("unused-index", "public.skus")
    assert finding.remedy == 'DROP INDEX CONCURRENTLY "public"."skus";'
    assert "CREATE INDEX skus" in finding.detail


@pytest.mark.parametrize("stats_since", [NOW - timedelta(days=34), None])
def test_before_that_one_finding_says_that_it_is_too_early(
    store: Connection, stats_since: datetime | None
) -> None:
    store.execute("CREATE INDEX skus ON goods (sku); CREATE INDEX titles ON goods (title)")
    (finding,) = found(store, large(indexes(store)), stats_since=stats_since)
    assert (finding.code, finding.verdict) == ("unused-index", Verdict.UNKNOWN)
    assert finding.remedy == ""
    assert finding.detail == "public.skus, public.titles"


def test_small_and_used_indexes_are_left_alone(store: Connection) -> None:
    store.execute("CREATE INDEX skus ON goods (sku); CREATE INDEX titles ON goods (title)")
    known = [
        replace(index, idx_scan=1)
        if index.name == "skus"
        else replace(index, size_bytes=MIN_UNUSED_BYTES - 1)
        for index in large(indexes(store))
    ]
    assert found(store, known) == []


def test_an_index_that_serves_a_foreign_key_is_not_unused(store: Connection) -> None:
    store.execute("CREATE INDEX makers_of ON goods (maker_id)")
    assert found(store, large(indexes(store))) == []


def test_partitions_count_for_their_parent(store: Connection) -> None:
    store.execute("CREATE INDEX whole ON visits (goods_id)")
    known = large(indexes(store))
    (finding,) = found(store, known)
    assert finding.subject == "public.whole"
    assert finding.remedy == 'DROP INDEX "public"."whole";'
    used = [
        replace(index, idx_scan=1) if index.table_name == "visits_2" else index for index in known
    ]
    assert found(store, used) == []


def test_names_are_quoted_in_the_remedy(store: Connection) -> None:
    store.execute('CREATE SCHEMA "a.b"; CREATE TABLE "a.b"."T""" (x int)')
    store.execute('CREATE INDEX "In dex" ON "a.b"."T""" (x); CREATE INDEX z ON "a.b"."T""" (x)')
    (finding,) = found(store)
    store.execute(finding.remedy.encode())
    assert found(store) == []
