from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from optimizer.advise.findings.key_overflow import overflow_findings
from optimizer.observe.names import find_table
from optimizer.records import Finding, Severity, Verdict
from tests.optimizer.advise.conftest import Connection, scratch_database

HALF = 2**30
NEAR = 2**31 * 8 // 10
VERY_NEAR = 2**31 * 95 // 100

TABLES = """
CREATE SCHEMA odd;
CREATE TABLE orders (id serial PRIMARY KEY, number int GENERATED ALWAYS AS IDENTITY UNIQUE);
CREATE TABLE lines (id bigserial PRIMARY KEY, order_id int REFERENCES orders,
                    "Of.Number" bigint REFERENCES orders (number));
CREATE TABLE odd."Notes" (line_id int REFERENCES lines, short smallserial);
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    with scratch_database("overflow") as connection:
        yield connection


@pytest.fixture
def shop(database: Connection) -> Iterator[Connection]:
    database.execute(TABLES)
    yield database
    database.execute("DROP SCHEMA odd CASCADE; DROP TABLE lines, orders")


def advance(connection: Connection, table: str, column: str, to: int) -> None:
    connection.execute(
        "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (table, column, to)
    ).fetchall()


def apply(connection: Connection, finding: Finding) -> None:
    connection.execute(finding.remedy.encode())


def test_keys_far_from_their_end_are_fine(shop: Connection) -> None:
    advance(shop, "orders", "id", HALF)
    advance(shop, "lines", "id", HALF)
    shop.execute("SET search_path TO public")
    assert overflow_findings(shop) == []


@pytest.mark.parametrize(
    ("to", "severity"), [(NEAR, Severity.WARNING), (VERY_NEAR, Severity.CRITICAL)]
)
def test_a_key_near_its_end_is_named_with_what_refers_to_it(
    shop: Connection, to: int, severity: Severity
) -> None:
    advance(shop, "orders", "id", to)
    (finding,) = overflow_findings(shop)
    assert (finding.code, finding.verdict) == ("key-overflow", Verdict.PROBLEM)
    assert (finding.subject, finding.severity) == ("public.orders", severity)
    assert "public.orders.id (integer)" in finding.message
    assert "public.lines.order_id" in finding.detail
    assert '"public"."lines" ALTER COLUMN "order_id"' in finding.remedy
    apply(shop, finding)
    assert overflow_findings(shop) == []
    advance(shop, "orders", "id", 2**40)


def test_an_identity_column_counts_and_a_wide_reference_needs_nothing(shop: Connection) -> None:
    advance(shop, "orders", "number", NEAR)
    (finding,) = overflow_findings(shop)
    assert "public.orders.number" in finding.message
    assert "lines" not in finding.remedy
    apply(shop, finding)
    assert overflow_findings(shop) == []
    advance(shop, "orders", "number", 2**40)


def test_smallint_ends_early(shop: Connection) -> None:
    advance(shop, 'odd."Notes"', "short", 25_000)
    (finding,) = overflow_findings(shop)
    assert 'odd."Notes".short (smallint)' in finding.message


def test_a_default_that_asks_a_sequence_counts(shop: Connection) -> None:
    shop.execute(
        f"CREATE SEQUENCE odd.shared START {NEAR}; "
        "ALTER TABLE lines ADD stamp int DEFAULT nextval('odd.shared'); "
        "SELECT nextval('odd.shared')"
    )
    (finding,) = overflow_findings(shop)
    assert "public.lines.stamp" in finding.message
    shop.execute("ALTER SEQUENCE odd.shared CYCLE")
    assert overflow_findings(shop) == []


def test_a_sequence_may_end_before_its_column(shop: Connection) -> None:
    shop.execute("ALTER SEQUENCE lines_id_seq MAXVALUE 1000")
    advance(shop, "lines", "id", 990)
    (finding,) = overflow_findings(shop)
    assert finding.severity is Severity.CRITICAL
    apply(shop, finding)
    assert overflow_findings(shop) == []


def test_a_narrow_column_that_refers_to_a_bigint_is_found_by_the_key(shop: Connection) -> None:
    advance(shop, "lines", "id", NEAR)
    (finding,) = overflow_findings(shop)
    assert 'odd."Notes".line_id (integer) refers to the bigint public.lines.id' in finding.message
    apply(shop, finding)
    assert overflow_findings(shop) == []


def test_or_by_the_largest_value_that_was_seen(shop: Connection) -> None:
    shop.execute(
        """INSERT INTO lines (id) SELECT n FROM generate_series(2000000000, 2000000500) AS n;
           INSERT INTO odd."Notes" (line_id) SELECT id FROM lines"""
    )
    assert overflow_findings(shop) == []
    shop.execute('ANALYZE odd."Notes"')
    (finding,) = overflow_findings(shop)
    assert finding.severity is Severity.CRITICAL
    assert 'odd."Notes".line_id' in finding.message
    assert overflow_findings(shop, table=find_table(shop, "lines")) == []
    assert len(overflow_findings(shop, table=find_table(shop, 'odd."Notes"'))) == 1


def test_what_refers_to_a_reference_is_widened_too(shop: Connection) -> None:
    shop.execute(
        """CREATE TABLE receipts (order_id int PRIMARY KEY REFERENCES orders);
           CREATE TABLE stamps (receipt int REFERENCES receipts)"""
    )
    try:
        advance(shop, "orders", "id", NEAR)
        (finding,) = overflow_findings(shop)
        assert "public.stamps.receipt" in finding.detail
    finally:
        shop.execute("DROP TABLE stamps, receipts")


def test_sequences_that_may_not_be_read_are_told(shop: Connection) -> None:
    shop.execute("REVOKE ALL ON SEQUENCE orders_id_seq FROM CURRENT_USER")
    (finding,) = overflow_findings(shop)
    assert finding.verdict is Verdict.UNKNOWN
    assert "public.orders_id_seq" in finding.message
    apply(shop, finding)
    with pytest.raises(psycopg.Error, match="permission denied"):
        shop.execute("SELECT nextval('orders_id_seq')")
    assert overflow_findings(shop) == []
