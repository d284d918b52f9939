from __future__ import annotations

from typing import Any

import psycopg
import pytest

from optimizer import overview as overview_module
from optimizer.connect import connection_parameters
from optimizer.exceptions import UnknownAlias
from optimizer.overview import Overview, overview
from optimizer.records import Finding, Severity, Verdict
from tests.optimizer.conftest import BLIND

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


def found(code: str, seen: Overview) -> Finding:
    return next(finding for finding in seen.findings if finding.code == code)


def test_an_overview_begins_with_conclusions(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)")

    seen = overview("catalog")

    assert seen.is_up
    assert {"connections", "cache", "slow-statements", "long-transactions"} <= {
        finding.code for finding in seen.findings
    }
    assert all(finding.message.endswith((".", ";")) for finding in seen.findings)
    assert seen.totals is not None
    assert seen.totals.tables >= 10
    assert seen.totals.size_bytes > seen.totals.index_bytes > 0
    assert seen.capabilities is not None
    assert seen.top_queries


def test_problems_come_before_what_is_fine(catalog: Connection) -> None:
    catalog.execute(
        """CREATE TABLE orders (id int) WITH (autovacuum_enabled = off);
           INSERT INTO orders SELECT generate_series(1, 2000);
           CREATE INDEX one ON orders (id); CREATE INDEX two_of_one ON orders (id);
           SELECT pg_stat_force_next_flush()"""
    )
    catalog.execute("SELECT 1")

    seen = overview("catalog")

    never = found("never-analysed", seen)
    assert "shop.orders" in never.message
    assert never.remedy.startswith("manage.py optimize_db catalog --analyze")
    assert found("duplicate-index", seen).remedy.startswith("DROP INDEX CONCURRENTLY")
    verdicts = [finding.verdict for finding in seen.findings]
    assert verdicts == sorted(verdicts, key=[Verdict.PROBLEM, Verdict.UNKNOWN, Verdict.OK].index)


def test_keys_that_are_missing_or_run_out_are_told(catalog: Connection) -> None:
    assert found("schema", overview("catalog")).verdict == Verdict.OK
    catalog.execute(
        """CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY);
           SELECT setval('shop.orders_id_seq', 2000000000)"""
    )

    seen = overview("catalog")

    assert found("missing-primary-key", seen).subject == "shop.orders"
    assert found("key-overflow", seen).severity == Severity.CRITICAL
    assert "schema" not in {finding.code for finding in seen.findings}


def test_a_database_that_is_down_shows_as_down(down: str) -> None:
    seen = overview(down)

    assert not seen.is_up
    (finding,) = seen.findings
    assert (finding.code, finding.severity) == ("database-down", Severity.CRITICAL)
    assert "does not answer" in finding.message
    assert finding.remedy == "manage.py check --database down"
    assert seen.totals is None


def test_an_unknown_alias_is_an_error() -> None:
    with pytest.raises(UnknownAlias):
        overview("katalog")


def test_one_part_that_fails_leaves_the_others(
    catalog: Connection, superuser: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(connection: Connection) -> None:
        connection.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")

    monkeypatch.setattr(overview_module, "table_stats", too_slow)

    seen = overview("catalog")

    assert found("tables", seen).verdict == Verdict.UNKNOWN
    assert "statement timeout" in found("tables", seen).message
    assert found("connections", seen).verdict == Verdict.OK
    assert seen.totals is None


def test_without_pg_stat_statements_the_rest_is_told(superuser: Connection) -> None:
    superuser.execute("DROP EXTENSION pg_stat_statements; DROP EXTENSION hypopg")
    try:
        seen = overview("catalog")
    finally:
        superuser.execute("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg")

    assert "CREATE EXTENSION pg_stat_statements" in found("statements-unavailable", seen).message
    assert "CREATE EXTENSION hypopg" in found("hypopg-missing", seen).message
    assert [finding.code for finding in seen.findings].count("statements-unavailable") == 1
    assert not [finding for finding in seen.findings if finding.code == "slow-statements"]
    assert seen.top_queries == ()
    assert seen.totals is not None


def test_a_forgotten_transaction_is_found_with_its_cure(
    catalog: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.judgement.LONG_TRANSACTION_S", 0)
    with psycopg.connect(
        **connection_parameters(using="catalog") | {"application_name": "forgotten"}
    ) as forgotten:
        forgotten.execute("SELECT 1")

        findings = overview("catalog").findings
        remedy = f"SELECT pg_terminate_backend({forgotten.info.backend_pid});"

    (finding,) = [finding for finding in findings if "(forgotten)" in finding.message]
    assert finding.verdict == Verdict.PROBLEM
    assert finding.remedy == remedy


def test_a_role_that_sees_little_is_told_so(blind: str) -> None:
    seen = overview(blind)

    assert found("statements-hidden", seen).remedy == (f"GRANT pg_read_all_stats TO {BLIND};")
    assert seen.is_up
