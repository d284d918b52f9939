# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.advise.understanding.access import Role
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import Workload, understand_workload
from optimizer.records import WorkloadStatement
from tests.optimizer.advise.conftest import COMPANY, Connection, scratch_database
from tests.optimizer.advise.understanding.cases import DJANGO, PLAIN_SQL
from tests.optimizer.advise.understanding.cases_conditions import CONDITION_CASES
from tests.optimizer.advise.understanding.cases_queries import MORE_TABLES, QUERY_CASES
from tests.optimizer.advise.understanding.describe import describe


def understood(connection: Connection, *queries: str) -> Workload:
    sources = [WorkloadStatement(number, text, 1, 0.0) for number, text in enumerate(queries)]
    return understand_workload(sources, catalogue=Catalogue(connection))


def cases(table: str) -> Iterator[tuple[str, list[str]]]:
    statement, expected = "", list[str]()
    for line in table.strip().splitlines():
        if line.startswith(" "):
            expected.append(line.strip())
            continue
        if statement:
            yield statement, expected
        statement, expected = line, []
    yield statement, expected


ALL_CASES = [*cases(PLAIN_SQL), *cases(DJANGO), *cases(CONDITION_CASES), *cases(QUERY_CASES)]


@pytest.fixture(scope="module")
def shop() -> Iterator[Connection]:
    """The company's tables and more, without rows."""
    with scratch_database("shop") as connection:
        connection.execute(re.sub(r"INSERT INTO [^;]+;", "", COMPANY) + MORE_TABLES)
        yield connection


@pytest.mark.parametrize(("query", "expected"), ALL_CASES)
def test_what_a_statement_asks_of_its_tables(
    shop: Connection, query: str, expected: list[str]
) -> None:
    workload = understood(shop, query)
    assert [reason.reason for reason in workload.skipped] == []
    assert describe(workload.statements[0]) == expected


def test_the_cases_are_many_and_postgresql_accepts_them(shop: Connection) -> None:
    assert len(ALL_CASES) >= 200
    for query, _expected in cases(CONDITION_CASES + QUERY_CASES):
        shop.execute(f"PREPARE probe AS {query}")
        shop.execute("DEALLOCATE probe")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT ((", "cannot be parsed"),
        ("VACUUM products", "Only SELECT"),
        ("CREATE TABLE t AS SELECT * FROM products", "Only SELECT"),
        ("SELECT 1; SELECT 2", "single statement"),
        ("SELECT $1", "no table"),
        ("SELECT * FROM pg_class WHERE relname = $1", "no table"),
        ("SELECT * FROM nowhere WHERE id = $1", "no table"),
        ("SELECT pg_terminate_backend(id::int) FROM products", "for safety"),
        ("INSERT INTO suppliers (name, country) VALUES ($1, $2)", "only writes"),
    ],
)
def test_what_cannot_be_judged_is_listed_with_the_reason(
    company: Connection, query: str, reason: str
) -> None:
    workload = understood(company, query, "SELECT id FROM products WHERE sku = $1")
    assert [skipped.query for skipped in workload.skipped] == [query]
    assert reason in workload.skipped[0].reason
    assert len(workload.statements) == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT " + "+".join(["1"] * 50_000),
        "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
        " UNION ALL ".join(["SELECT id FROM products"] * 20_000),
        "SELECT * FROM " + "(SELECT * FROM " * 600 + "products" + ") x" * 600,
        "SELECT 1 WHERE " + "NOT " * 9_000 + "true",
    ],
    ids=["sum", "parentheses", "union", "subqueries", "not"],
)
def test_a_statement_nested_too_deeply_ends_nothing(company: Connection, query: str) -> None:
    workload = understood(company, query, "SELECT id FROM products WHERE sku = $1")
    assert len(workload.skipped) == 1
    assert len(workload.statements) == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM products WHERE sku = $1 AND " + " AND ".join(["stock > $2"] * 4_000),
        "SELECT id FROM products WHERE id IN ("
        + ", ".join(f"${number}" for number in range(1, 20_000))
        + ")",
        "SELECT * FROM " + "(SELECT * FROM " * 100 + "products" + ") x" * 100,
    ],
    ids=["and", "list", "subqueries"],
)
def test_a_long_statement_is_understood(company: Connection, query: str) -> None:
    assert len(understood(company, query).statements) == 1


def test_statements_that_differ_in_constants_only_count_together(company: Connection) -> None:
    catalogue = Catalogue(company)
    sources = [
        WorkloadStatement(1, "SELECT id FROM products WHERE id IN ($1, $2)", 10, 1.0),
        WorkloadStatement(2, "SELECT id FROM products WHERE id IN ($1, $2, $3)", 5, 0.5),
    ]
    (statement,) = understand_workload(sources, catalogue=catalogue).statements
    assert (statement.source.queryid, statement.weight) == (1, 15)
    assert statement.source.total_time == 1.5


def test_the_weight_a_file_gives_counts_instead_of_the_calls(company: Connection) -> None:
    query = "SELECT id FROM products WHERE id IN ({})"
    sources = [
        WorkloadStatement(None, query.format("$1, $2"), 10, 1.0, weight=0.5),
        WorkloadStatement(None, query.format("$1"), 10, 1.0, weight=2.5),
        WorkloadStatement(None, "SELECT id FROM products WHERE sku = $1", 10, 1.0),
    ]
    found = understand_workload(sources, catalogue=Catalogue(company)).statements
    assert [statement.weight for statement in found] == [3.0, 10.0]


def test_constants_without_parameters_are_the_statements_own(company: Connection) -> None:
    queries = [f"SELECT id FROM products WHERE title LIKE '{start}'" for start in ("A%", "%A")]
    assert len(understood(company, *queries).statements) == 2


def test_what_parameters_stand_for(company: Connection) -> None:
    query = """SELECT id FROM products p WHERE sku = $1 AND supplier_id IN ($2, $3)
        AND id = ANY ($4) AND price BETWEEN $5 AND $6 AND created_at >= $7::timestamptz
        AND title LIKE $8 AND stock < $9 LIMIT $10 OFFSET $11"""
    (statement,) = understood(company, query).statements
    assert {number: use.role for number, use in statement.parameters.items()} == {
        1: Role.EQUAL, 2: Role.ELEMENT, 3: Role.ELEMENT, 4: Role.ARRAY, 5: Role.LOW, 6: Role.HIGH,
        7: Role.LOW, 8: Role.PATTERN, 9: Role.HIGH, 10: Role.LIMIT, 11: Role.OFFSET,
    }  # fmt: skip
    assert statement.parameters[3].position == 1


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("UPDATE products SET stock = $1 WHERE id = $2", {"stock"}),
        ("UPDATE products SET (stock, price) = ($1, $2) WHERE id = $3", {"stock", "price"}),
        (
            "UPDATE products p SET stock = s.id FROM suppliers s WHERE s.id = p.supplier_id",
            {"stock"},
        ),
        (
            "MERGE INTO products p USING suppliers s ON s.id = p.supplier_id "
            "WHEN MATCHED AND s.name = $1 THEN UPDATE SET price = $2, title = $3 "
            "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (stock) VALUES ($4)",
            {"price", "title"},
        ),
        (
            "INSERT INTO products (sku) SELECT name FROM suppliers "
            "ON CONFLICT (id) DO UPDATE SET title = excluded.title",
            {"title"},
        ),
        ("DELETE FROM products WHERE id = $1", set()),
    ],
)
def test_what_is_written_is_known(company: Connection, query: str, columns: set[str]) -> None:
    (statement,) = understood(company, query).statements
    assert statement.target is not None
    assert statement.target.name == "products"
    assert statement.target in {statement.target, *statement.tables}
    assert {name for _oid, name in statement.written} == columns
    assert {oid for oid, _name in statement.written} <= {statement.target.oid}
    assert statement.kind == query.split()[0]


def test_a_statement_that_only_reads_has_no_target(company: Connection) -> None:
    (statement,) = understood(company, "SELECT id FROM products WHERE id = $1").statements
    assert (statement.kind, statement.target) == ("SELECT", None)


def test_rows_that_are_only_inserted_are_known_as_writes(company: Connection) -> None:
    workload = understood(
        company,
        "INSERT INTO suppliers (name, country) VALUES ($1, $2)",
        "INSERT INTO nowhere (name) VALUES ($1)",
    )
    assert len(workload.skipped) == 2
    (insert,) = workload.inserts
    assert insert.target is not None
    assert (insert.kind, insert.target.name, insert.accesses) == ("INSERT", "suppliers", ())


def test_an_unqualified_name_is_looked_up_along_the_search_path(company: Connection) -> None:
    company.execute('SET search_path TO "Odd Schema", public')
    try:
        workload = understood(company, 'SELECT id FROM "Odd.Table" WHERE "select" = $1')
    finally:
        company.execute("RESET search_path")
    assert describe(workload.statements[0]) == ["Odd.Table: select=; reads id, select"]


COLUMNS = st.sampled_from(["id", "sku", "p.stock", "is_active", "s.name", "nothing", "description"])
CONDITIONS = st.recursive(
    st.one_of(
        st.builds("{} = $1".format, COLUMNS),
        st.builds("{} IS NULL".format, COLUMNS),
        st.builds("{} IN (SELECT id FROM suppliers WHERE {} > $2)".format, COLUMNS, COLUMNS),
        st.builds("{}".format, COLUMNS),
        st.builds("({}, {}) < ({}, $3)".format, COLUMNS, COLUMNS, COLUMNS),
        st.builds("{} LIKE {}".format, COLUMNS, COLUMNS),
        st.builds("EXISTS (SELECT FROM products p WHERE {} = {})".format, COLUMNS, COLUMNS),
    ),
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT {}".format, inner),
    ),
    max_leaves=8,
)
SOURCES = st.sampled_from(
    [
        "products p", "products p, suppliers s", "products p JOIN suppliers s USING (id)",
        "products p NATURAL JOIN suppliers s", "(products p CROSS JOIN suppliers s)",
        "(SELECT * FROM products) p", "nowhere p", "generate_series(1, 2) AS p (id)",
        "(VALUES (1, 2)) AS p (id, stock)", "active_products p, LATERAL (SELECT p.id) s",
        "products p, products p2, products", "(products p JOIN suppliers s ON true) AS j",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(source=SOURCES, condition=CONDITIONS, order=COLUMNS, group=st.booleans())
def test_no_statement_is_too_odd(
    company: Connection, source: str, condition: str, order: str, group: bool
) -> None:
    grouping = f" GROUP BY {order}, 1" if group else ""
    query = f"SELECT *, {order} AS x, count(*) FROM {source} WHERE {condition}{grouping} ORDER BY {order}, 2, 9"
    workload = understood(company, query)
    assert len(workload.statements) + len(workload.skipped) == 1
    for statement in workload.statements:
        for access in statement.accesses:
            known = access.table.columns.keys() | access.expressions.keys()
            assert {item.column for item in access.conditions} <= known


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=60))
def test_no_text_is_too_odd(company: Connection, text: str) -> None:
    workload = understood(company, text, f"SELECT {text} FROM products")
    assert len(workload.statements) + len(workload.skipped) >= 1
