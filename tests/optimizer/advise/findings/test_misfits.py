from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from optimizer.advise.findings import misfits as misfits_module
from optimizer.advise.findings.misfits import misfit_findings
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload
from optimizer.observe.indexes import indexes
from optimizer.records import Finding, Verdict, WorkloadStatement
from tests.optimizer.advise.conftest import Connection, fill, scratch_database, superuser_in
from tests.optimizer.advise.helpers import workload

TABLES = """
CREATE TABLE goods (id bigint PRIMARY KEY, sku text, code char(8), price int, weight numeric,
                    key uuid, at timestamptz, note text);
INSERT INTO goods SELECT n, 'sku-' || n, n, n, n, NULL, '2025-01-01'::timestamptz + n * interval '1 h',
                         'note' FROM generate_series(1, 120000) AS n;
CREATE TABLE makers (id int PRIMARY KEY, name text, share numeric);
INSERT INTO makers SELECT n, 'maker ' || n, n FROM generate_series(1, 2000) AS n;
CREATE TABLE kinds (id int, name text, price int);
INSERT INTO kinds SELECT n, 'kind ' || n, n FROM generate_series(1, 10) AS n;
CREATE TABLE visits (id bigint, path text, at date) PARTITION BY RANGE (at);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO visits SELECT n, '/page/' || n, '2025-01-01'::date + n % 300 FROM generate_series(1, 2000) n;
"""


@pytest.fixture(scope="module")
def shop() -> Iterator[Connection]:
    with scratch_database("misfits") as connection:
        fill(connection, TABLES)
        yield connection


def found(connection: Connection, *sources: WorkloadStatement) -> list[Finding]:
    catalogue = Catalogue(connection)
    understood = understand_workload(sources, catalogue=catalogue)
    assert not understood.skipped, understood.skipped
    return misfit_findings(
        connection, understood.statements, catalogue, indexes=indexes(connection)
    )


def codes(connection: Connection, query: str) -> list[str]:
    return [finding.code for finding in found(connection, *workload(query))]


@pytest.mark.parametrize(
    ("code", "query"),
    [
        ("function-on-column", "SELECT * FROM goods WHERE date_trunc('day', at) = '2025-02-03'"),
        ("function-on-column", "SELECT * FROM goods g WHERE date_trunc($1, g.at) = $2"),
        ("function-on-column", "SELECT * FROM goods WHERE EXTRACT(year FROM at) = 2025"),
        ("function-on-column", "SELECT * FROM goods WHERE to_char(at, 'YYYY-MM') IN ('2025-02')"),
        ("function-on-column", "SELECT * FROM goods WHERE '2025-02' = to_char(at, 'YYYY-MM')"),
        ("function-on-column", "DELETE FROM goods WHERE age(at) > interval '1 year'"),
        ("function-on-column", "SELECT * FROM makers m JOIN goods g ON to_char(g.at, 'YY') = m.name"),
        ("arithmetic-on-column", "SELECT * FROM goods WHERE price * 2 > 1000"),
        ("arithmetic-on-column", "SELECT * FROM goods WHERE at + interval '1 day' BETWEEN $1 AND $2"),
        ("cast-of-column", "SELECT * FROM goods WHERE at::date = '2025-02-03'"),
        ("cast-of-column", "SELECT * FROM goods WHERE id::text = '77'"),
        ("cast-of-column", "SELECT * FROM goods WHERE key::text = ANY ($1)"),
        ("implicit-cast", "SELECT * FROM goods WHERE price = 12.5"),
        ("implicit-cast", "SELECT * FROM goods WHERE 12.5 < price"),
        ("implicit-cast", "SELECT * FROM goods WHERE code = 'x'::text"),
        ("implicit-cast", "SELECT * FROM goods g JOIN makers m ON g.price = m.share"),
        ("leading-wildcard", "SELECT * FROM goods WHERE sku LIKE '%77'"),
        ("leading-wildcard", "SELECT * FROM goods WHERE upper(sku) LIKE '%77%'"),
        ("leading-wildcard", "SELECT * FROM goods WHERE sku ILIKE '%77%'"),
        ("or-across-tables", "SELECT * FROM goods g JOIN makers m ON m.id = g.id "
                             "WHERE g.sku = 'x' OR m.name = 'y'"),
        ("not-in-subquery", "SELECT * FROM makers WHERE id NOT IN (SELECT price FROM goods)"),
        ("not-in-subquery", "SELECT * FROM makers WHERE id <> ALL (SELECT price FROM goods)"),
        ("deep-offset", "SELECT * FROM goods ORDER BY id LIMIT 20 OFFSET 50000"),
        ("count-of-everything", "SELECT count(*) FROM goods"),
    ],
)  # fmt: skip
def test_what_no_index_helps_is_told(shop: Connection, code: str, query: str) -> None:
    (finding,) = found(shop, *workload(query))
    assert (finding.code, finding.verdict) == (code, Verdict.PROBLEM)
    assert finding.detail == query
    assert finding.subject.startswith("public.")
    assert finding.message.endswith(".")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM goods WHERE sku = 'x' AND price > 5 AND at > now() - interval '1 day'",
        "SELECT * FROM goods WHERE sku::text = 'x' AND note::varchar = 'y'",
        "SELECT * FROM goods WHERE price = 12 OR price = $1",
        "SELECT * FROM goods WHERE price > 2 * $1 AND id = $2::int + 1",
        "SELECT * FROM goods WHERE weight = 12.5 AND code = 'x'",
        "SELECT * FROM goods WHERE lower(sku) = 'x'",  # an index on the expression would help
        "SELECT * FROM kinds WHERE price * 2 > 5 AND to_char(price, '9') = '2'",
        "SELECT * FROM goods WHERE price - 5 > id",
        "SELECT * FROM goods WHERE sku LIKE 'sku-7%'",
        "SELECT * FROM kinds WHERE name LIKE '%7%'",
        "SELECT * FROM goods WHERE sku NOT LIKE '%7%'",
        "SELECT * FROM goods g JOIN makers m ON m.id = g.id WHERE g.sku = 'x' OR g.price = 5",
        "SELECT * FROM goods g JOIN makers m ON m.id = g.id "
        "WHERE (g.sku = 'x' AND m.name = 'y') OR (g.sku = 'z' AND m.name = 'a')",
        "SELECT * FROM makers WHERE id NOT IN (1, 2, 3)",
        "SELECT * FROM makers WHERE id IN (SELECT price FROM goods)",
        "SELECT * FROM makers m WHERE NOT EXISTS (SELECT FROM goods g WHERE g.price = m.id)",
        "SELECT * FROM goods ORDER BY id LIMIT 20 OFFSET 40",
        "SELECT count(*) FROM makers",
        "SELECT count(*) FROM goods WHERE price = 5",
        "SELECT count(*) FROM goods GROUP BY price",
        "SELECT * FROM goods WHERE NOT (sku LIKE '%77')",
        "SELECT to_char(at, 'YYYY') FROM goods WHERE id = 5",
    ],
)
def test_what_an_index_can_serve_is_left_alone(shop: Connection, query: str) -> None:
    assert codes(shop, query) == []


def test_it_is_found_in_queries_within_queries(shop: Connection) -> None:
    query = "WITH w AS (SELECT * FROM goods WHERE price + 1 = 3) SELECT * FROM w WHERE id IN (SELECT id FROM makers WHERE share / 2 = 1)"
    assert codes(shop, query) == ["arithmetic-on-column", "arithmetic-on-column"]


def test_trigrams_are_the_cure_for_a_leading_wildcard(shop: Connection) -> None:
    query = "SELECT * FROM goods WHERE sku LIKE '%77'"
    (finding,) = found(shop, *workload(query))
    with superuser_in(shop) as superuser:
        superuser.execute("CREATE EXTENSION pg_trgm")
        try:
            for line in finding.remedy.splitlines():
                shop.execute(line.encode())
            assert codes(shop, query) == []
        finally:
            superuser.execute("DROP EXTENSION pg_trgm CASCADE")


def test_a_partitioned_table_is_not_indexed_concurrently(shop: Connection) -> None:
    (finding,) = found(shop, *workload("SELECT * FROM visits WHERE path LIKE '%7'"))
    assert "CONCURRENTLY" not in finding.remedy


def captured(query: str, *values: str) -> WorkloadStatement:
    (source,) = workload(query)
    return replace(source, captured=tuple((value,) for value in values))


@pytest.mark.parametrize(
    ("query", "values", "verdicts"),
    [
        ("SELECT * FROM goods WHERE sku LIKE $1", (), [Verdict.UNKNOWN]),
        ("SELECT * FROM goods WHERE sku LIKE $1", ("sku%", "%7%"), [Verdict.PROBLEM]),
        ("SELECT * FROM goods WHERE sku LIKE $1", ("sku%",), []),
        ("SELECT * FROM goods ORDER BY id OFFSET $1", (), [Verdict.UNKNOWN]),
        ("SELECT * FROM goods ORDER BY id OFFSET $1", ("20", "5000"), [Verdict.PROBLEM]),
        ("SELECT * FROM goods ORDER BY id OFFSET $1", ("20", "40"), []),
    ],
)
def test_of_a_parameter_the_captured_values_tell(
    shop: Connection, query: str, values: tuple[str, ...], verdicts: list[Verdict]
) -> None:
    assert [finding.verdict for finding in found(shop, captured(query, *values))] == verdicts


def measured(query: str, *, calls: int, total_time: float, rows: int = 0) -> WorkloadStatement:
    return WorkloadStatement(queryid=1, query=query, calls=calls, total_time=total_time, rows=rows)


def test_returning_most_of_a_table_is_told_where_the_rows_were_counted(shop: Connection) -> None:
    query = "SELECT sku FROM goods WHERE price > $1"
    (finding,) = found(shop, measured(query, calls=10, total_time=1, rows=900_000))
    assert finding.code == "returns-most"
    assert found(shop, measured(query, calls=10, total_time=1, rows=590_000)) == []


def test_only_what_takes_its_share_of_the_time_is_told(shop: Connection) -> None:
    heavy = measured("SELECT * FROM goods WHERE price * 2 > $1", calls=10_000, total_time=50)
    light = measured("SELECT * FROM goods WHERE price * 3 > $1", calls=10_000, total_time=0.3)
    slow = measured("SELECT * FROM goods WHERE price * 4 > $1", calls=10, total_time=0.3)
    assert [finding.detail for finding in found(shop, light, slow, heavy)] == [
        heavy.query,
        slow.query,
    ]


def test_what_may_be_is_told_of_slow_statements_only(shop: Connection) -> None:
    query = "SELECT * FROM goods WHERE sku LIKE $1"
    assert found(shop, measured(query, calls=10_000, total_time=50)) == []
    assert len(found(shop, measured(query, calls=100, total_time=50))) == 1


def test_statements_that_share_a_reason_share_a_finding(shop: Connection) -> None:
    select = "SELECT id FROM goods WHERE price * 2 > $1"
    queries = [select.replace("id", column) for column in ("id", "sku", "code", "note", "at")]
    (finding,) = found(shop, *workload(*queries))
    assert finding.detail.endswith("and 2 statements more")
    assert queries[0] in finding.detail


def test_statements_are_bounded(shop: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misfits_module, "MAX_STATEMENTS", 1)
    queries = ("SELECT * FROM goods WHERE price * 2 > 1", "SELECT * FROM goods WHERE price / 2 > 1")
    assert len(found(shop, *workload(*queries))) == 1
