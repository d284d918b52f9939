from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from optimizer.models import MaintenanceRun, Origin, RunStatus
from optimizer.service import db_optimizer
from tests.optimizer.conftest import BLIND
from tests.optimizer.management.helpers import optimize, optimize_json, refusal

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


def test_the_report_has_conclusions_first_and_statements_to_copy() -> None:
    report = optimize("catalog")

    headings = ["Conclusions", "Slow queries", "Suggestions", "Tables"]
    places = [report.index(f"\n{heading}\n") for heading in headings]
    assert places == sorted(places)
    lines = [line.strip() for line in report.splitlines()]
    assert "WHERE sku = $1" in lines
    (create,) = [line for line in lines if line.startswith("CREATE INDEX CONCURRENTLY")]
    assert "shop.orders (sku)" in create
    assert "\x1b" not in report
    assert "\N{NO-BREAK SPACE}" not in report


def test_sentences_fit_into_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    report = optimize("catalog", "--stats")

    assert max(map(len, report.splitlines())) <= 80
    assert not [line for line in report.splitlines() if line.endswith(" ")]
    assert "20,000" in report


def test_json_is_one_object_with_everything() -> None:
    document = optimize_json("catalog", "--limit", "3")

    assert document["database"] == "catalog"
    heaviest = document["slow_queries"][0]
    assert len(document["slow_queries"]) <= 3
    assert "WHERE sku = $1" in heaviest["query"]
    assert heaviest["call_count"] == 200
    assert heaviest["total_time"] == pytest.approx(heaviest["avg_time"] * 200)
    assert heaviest["plan"]["total_cost"] > 0
    assert heaviest["rows_per_call"] == pytest.approx(199 / 200)
    (suggestion,) = [one for one in document["suggestions"] if one["table_name"] == "orders"]
    assert suggestion["columns"] == ["sku"]
    assert {"create_sql", "estimated_benefit", "size_bytes", "evidence", "method"} <= set(
        suggestion
    )
    assert {"include", "predicate"} <= set(suggestion)
    (table,) = [one for one in document["table_stats"] if one["table_name"] == "orders"]
    assert table["row_count"] == 20_000
    assert table["last_analyze"].startswith("20")
    advice = document["advice"]
    assert advice["cost_with_suggestions"] < advice["baseline_cost"]
    assert advice["planner_calls"] > 0
    assert advice["seconds"] > 0
    assert document["maintenance"] == document["failures"] == []
    assert {finding["code"] for finding in document["findings"]} >= {"connections"}


@pytest.mark.parametrize(
    ("option", "part"),
    [
        ("--slow-queries", "slow_queries"),
        ("--suggest", "suggestions"),
        ("--stats", "table_stats"),
    ],
)
def test_a_part_can_be_asked_for_alone(option: str, part: str) -> None:
    document = optimize_json("catalog", option)

    parts = {"slow_queries", "suggestions", "table_stats"}
    assert {name for name in parts if document[name]} == {part}


def test_a_table_narrows_everything(catalog: Connection) -> None:
    catalog.execute("CREATE TABLE lines (id int); CREATE INDEX ON orders (id)")
    catalog.execute("SELECT * FROM shop.lines")

    document = optimize_json("catalog", "--table", "orders")

    assert [table["table_name"] for table in document["table_stats"]] == ["orders"]
    assert all("orders" in query["query"] for query in document["slow_queries"])
    assert {one["table_name"] for one in document["suggestions"]} == {"orders"}
    assert [finding["subject"] for finding in document["findings"]] == ["shop.orders_id_idx"]


@pytest.mark.parametrize(
    ("options", "statement"),
    [
        (["--vacuum"], "VACUUM"),
        (["--analyze"], "ANALYZE"),
        (["--vacuum", "--analyze"], "VACUUM (ANALYZE)"),
        (["--reindex"], "REINDEX TABLE CONCURRENTLY"),
    ],
)
def test_maintenance_is_run_and_recorded(options: list[str], statement: str) -> None:
    document = optimize_json("catalog", "--table", "shop.orders", *options)

    (done,) = document["maintenance"]
    assert done["success"] is True
    assert done["statements"] == [f'{statement} "shop"."orders"']
    assert done["execution_time"] > 0
    assert document["slow_queries"] == document["table_stats"] == []
    run = MaintenanceRun.objects.get()
    assert (run.origin, run.status) == (Origin.COMMAND, RunStatus.SUCCEEDED)


def test_a_dry_run_prints_the_statements_and_runs_none() -> None:
    report = optimize("catalog", "--table", "orders", "--vacuum", "--reindex", "--dry-run")

    assert 'VACUUM "shop"."orders";' in report.splitlines()
    assert 'REINDEX TABLE CONCURRENTLY "shop"."orders";' in report.splitlines()
    assert not MaintenanceRun.objects.exists()
    assert db_optimizer.get_table_stats("catalog", "shop.orders").last_vacuum is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["katalog"],
        ["catalog", "--table", "no_such_table"],
        ["catalog", "--table", "no_such_table", "--vacuum"],
        ["catalog", "--limit", "0"],
        ["catalog", "--limit", "-3"],
        ["catalog", "--apply", "1", "2"],
        ["catalog", "--budget", "much"],
        ["catalog", "--budget", "0"],
        ["katalog", "--budget", "25%"],
        ["catalog", "--seconds", "0"],
        ["catalog", "--seconds", "nan"],
        ["catalog", "--workload", "no_such_file.sql"],
    ],
)
def test_wrong_usage_ends_with_status_2(arguments: list[str]) -> None:
    assert refusal(*arguments).returncode == 2


def test_what_comes_later_says_so() -> None:
    assert "comes with a later release" in str(refusal("catalog", "--apply", "1"))


def test_a_database_that_is_down_ends_with_status_1(down: str) -> None:
    for options in ([], ["--stats"], ["--vacuum"], ["--budget=25%"], ["--write-migration"]):
        failure = refusal(down, *options)
        assert failure.returncode == 1
        assert "does not answer" in str(failure)


def test_refused_maintenance_ends_with_status_1(superuser: Connection, blind: str) -> None:
    superuser.execute(f"GRANT USAGE ON SCHEMA shop TO {BLIND}")

    failure = refusal(blind, "--table", "shop.orders", "--vacuum")

    assert failure.returncode == 1
    assert "shop.orders" in str(failure)


def test_failed_maintenance_is_shown_and_ends_with_status_1(catalog: Connection) -> None:
    catalog.execute("INSERT INTO orders VALUES (0, 'sku1')")
    with pytest.raises(psycopg.errors.UniqueViolation):
        catalog.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON orders (sku)")
    out = StringIO()

    with pytest.raises(CommandError) as failure:
        call_command(
            "optimize_db", "catalog", "--table=orders", "--reindex", "--format=json", stdout=out
        )

    assert failure.value.returncode == 1
    assert "broken" in str(failure.value)
    (done,) = json.loads(out.getvalue())["maintenance"]
    assert done["success"] is False


def test_without_statements_the_rest_is_still_reported(superuser: Connection) -> None:
    superuser.execute("DROP EXTENSION pg_stat_statements")
    try:
        document = optimize_json("catalog")
        failure = refusal("catalog", "--slow-queries")
    finally:
        superuser.execute("CREATE EXTENSION pg_stat_statements")

    assert document["table_stats"]
    assert document["slow_queries"] == []
    assert "statements-unavailable" in {one["code"] for one in document["findings"]}
    assert failure.returncode == 1


def as_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it, against the test database."""
    settings = connections["catalog"].settings_dict
    place = f"{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    url = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{place}"
    return subprocess.run(
        [sys.executable, "manage.py", "optimize_db", *arguments],
        cwd=Path(__file__).resolve().parents[3],
        env=os.environ | {"CATALOG_DATABASE_URL": url} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_exit_status_of_the_process_is_as_promised() -> None:
    # The console's own database is not there: a report has to do without it.
    nowhere = "postgres://nobody:secret@127.0.0.1:1/nothing"

    done = as_process("catalog", "--stats", "--format", "json", DATABASE_URL=nowhere)
    refused = as_process("catalog", "--table", "orders", "--vacuum", DATABASE_URL=nowhere)
    wrong = as_process("katalog")
    unknown_option = as_process("catalog", "--nonsense")

    assert done.returncode == 0, done.stderr
    assert "orders" in {table["table_name"] for table in json.loads(done.stdout)["table_stats"]}
    assert refused.returncode == 1
    assert "cannot be recorded" in refused.stderr
    assert "secret" not in refused.stderr + refused.stdout
    assert (wrong.returncode, unknown_option.returncode) == (2, 2)
    assert "Traceback" not in wrong.stderr


def test_a_database_without_django_and_extensions_is_reported_too(
    catalog: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = f"{catalog.info.dbname}_bare"
    catalog.execute(f"DROP DATABASE IF EXISTS {name}")
    catalog.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    monkeypatch.setitem(
        connections.settings, "bare", connections.settings["catalog"] | {"NAME": name}
    )
    workload = tmp_path / "workload.sql"
    workload.write_text("SELECT * FROM pg_class; SELECT * FROM no_such_table")
    try:
        document = optimize_json("bare")
        advice = optimize_json("bare", "--workload", str(workload), "--budget=1GB")["advice"]
    finally:
        catalog.execute(f"DROP DATABASE {name} WITH (FORCE)")

    assert document["database"] == "bare"
    assert document["table_stats"] == document["slow_queries"] == []
    assert {"statements-unavailable", "hypopg-missing"} <= {
        finding["code"] for finding in document["findings"]
    }
    assert len(advice["skipped"]) == 2
