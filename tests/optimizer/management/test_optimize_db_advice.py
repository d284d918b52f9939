"""What the command does about indexes."""

from __future__ import annotations

import dataclasses
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from optimizer.advise.advisor import advise
from optimizer.exceptions import MigrationRefused
from optimizer.migration_writer.plan import MigrationPlan
from optimizer.records import (
    Advice,
    AdviceLimits,
    Declined,
    Evidence,
    IndexSuggestion,
    ServedStatement,
)
from optimizer.service import DatabaseOptimizer, db_optimizer
from tests.optimizer.management.helpers import optimize, optimize_json
from tests.optimizer.migration_writer.helpers import next_migration, on_table

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]
COMMAND = "optimizer.management.commands.optimize_db"


@pytest.fixture
def workload(tmp_path: Path) -> str:
    path = tmp_path / "workload.sql"
    path.write_text(
        """-- name: by sku
           -- weight: 3
           SELECT id FROM shop.orders WHERE sku = 'sku1';
           SET work_mem = '1MB';
           SELEC 1;
        """
    )
    return str(path)


def test_a_workload_from_a_file_needs_no_statistics_of_statements(
    superuser: Connection, workload: str
) -> None:
    superuser.execute("DROP EXTENSION pg_stat_statements")
    try:
        document = optimize_json("catalog", "--workload", workload)
    finally:
        superuser.execute("CREATE EXTENSION pg_stat_statements")

    assert document["slow_queries"] == document["table_stats"] == document["failures"] == []
    (suggestion,) = [one for one in document["suggestions"] if one["table_name"] == "orders"]
    assert suggestion["columns"] == ["sku"]
    (statement,) = suggestion["statements"]
    assert statement["query"] == "SELECT id FROM shop.orders WHERE sku = 'sku1'"
    assert statement["cost_after"] < statement["cost_before"]
    advice = document["advice"]
    assert advice["statements_analysed"] == 1
    assert advice["size_bytes"] == sum(one["size_bytes"] for one in document["suggestions"])
    assert {one["query"] for one in advice["skipped"]} == {"SET work_mem = '1MB'", "SELEC 1"}
    assert "statements-unavailable" not in {one["code"] for one in document["findings"]}


def test_every_fact_of_a_suggestion_is_in_the_json(workload: str) -> None:
    document = optimize_json("catalog", "--workload", workload, "--table", "orders")

    assert set(document["suggestions"][0]) == {
        field.name for field in dataclasses.fields(IndexSuggestion)
    }
    assert set(document["suggestions"][0]["statements"][0]) == {
        field.name for field in dataclasses.fields(ServedStatement)
    }
    assert {
        "baseline_cost",
        "cost_with_suggestions",
        "planner_calls",
        "seconds",
        "budget_bytes",
        "size_bytes",
        "is_complete",
        "statements_analysed",
        "skipped",
    } <= set(document["advice"])
    assert isinstance(document["declined"], list)
    assert document["migration"] is None


def test_parts_may_be_named_beside_a_workload(workload: str) -> None:
    document = optimize_json("catalog", "--workload", workload, "--stats")

    assert document["table_stats"]
    assert document["suggestions"]
    assert document["slow_queries"] == []


def test_the_limits_reach_the_advisor(workload: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[AdviceLimits] = []

    def remember(*args: Any, limits: AdviceLimits, **kwargs: Any) -> Any:
        asked.append(limits)
        return advise(*args, limits=limits, **kwargs)

    monkeypatch.setattr("optimizer.service.advise", remember)

    optimize("catalog", "--workload", workload, "--budget=1.5 MiB", "--hypopg-sizes")
    optimize("catalog", "--workload", workload, "--seconds=2.5")
    optimize("catalog", "--suggest", "--budget=50%")

    data = sum(
        table.heap_bytes + table.toast_bytes for table in db_optimizer.all_table_stats("catalog")
    )
    assert asked == [
        AdviceLimits(budget_bytes=3 * 2**19, counts_hypopg_sizes=True),
        AdviceLimits(seconds=2.5),
        AdviceLimits(budget_bytes=data // 2),
    ]


def test_the_text_says_how_many_statements_were_skipped_and_why(workload: str) -> None:
    report = optimize("catalog", "--workload", workload)

    assert "2 statements could not be judged:" in report
    assert "1 × The statement cannot be parsed" in report
    assert "shop.orders (sku)" in report
    assert "Confidence: " in report


def test_a_table_without_a_model_gets_plain_sql_and_no_file_is_written(workload: str) -> None:
    document = optimize_json(
        "catalog", "--workload", workload, "--table", "orders", "--write-migration"
    )

    (suggestion,) = document["suggestions"]
    migration = document["migration"]
    assert migration["plain_sql"] == [suggestion["create_sql"]]
    assert migration["files"] == []
    assert "No model of the project owns shop.orders." in migration["notes"][0]
    assert migration["is_written"] is False


def test_without_suggestions_there_is_nothing_to_write(tmp_path: Path) -> None:
    nothing = tmp_path / "workload.sql"
    nothing.write_text("SELECT 1")

    report = optimize("catalog", "--workload", str(nothing), "--table=orders", "--write-migration")

    assert "There is nothing to write." in report


@pytest.fixture
def advice_for_products(monkeypatch: pytest.MonkeyPatch) -> None:
    """One suggestion for a table that a model owns, and one that was declined."""
    advice = Advice(
        suggestions=(on_table("products", "(title)", name="idx_products_title"),),
        baseline_cost=2.0,
        cost_with_suggestions=1.0,
        planner_calls=1,
        seconds=0.1,
        evidence=Evidence.HYPOPG,
        statements_analysed=1,
        skipped=(),
        findings=(),
        declined=(Declined("public", "products", "(price)", "No statement would use it."),),
    )
    monkeypatch.setattr(DatabaseOptimizer, "advise", lambda *_args, **_kwargs: advice)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[MigrationPlan]:
    """The plans that would have changed the project's files."""
    plans: list[MigrationPlan] = []
    monkeypatch.setattr(f"{COMMAND}.write_files", plans.append)
    return plans


@pytest.mark.usefixtures("advice_for_products")
def test_a_dry_run_prints_migration_and_patch(written: list[MigrationPlan]) -> None:
    report = optimize("catalog", "--write-migration", "--dry-run")

    lines = report.splitlines()
    assert "Would be written: catalog/models.py" in lines
    assert '+            Index(fields=["title"], name="idx_products_title"),' in lines
    assert f"+++ b/{next_migration('catalog')}" in lines
    assert "Slow queries" not in lines
    assert written == []


@pytest.mark.usefixtures("advice_for_products")
def test_migrations_are_written_and_listed(written: list[MigrationPlan]) -> None:
    document = optimize_json("catalog", "--write-migration")
    report = optimize("catalog", "--write-migration")

    files = ["catalog/models.py", next_migration("catalog")]
    migration = document["migration"]
    assert migration["is_written"] is True
    assert [file["path"] for file in migration["files"]] == files
    assert migration["diff"] == written[0].diff()
    assert len(written) == 2
    assert [line for line in report.splitlines() if line.startswith("Written: ")] == [
        f"Written: {path}" for path in files
    ]
    assert "@@" not in report


@pytest.mark.usefixtures("advice_for_products")
def test_a_refused_migration_is_shown_and_ends_with_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_plan: MigrationPlan) -> None:
        raise MigrationRefused("catalog/models.py was changed meanwhile.")

    monkeypatch.setattr(f"{COMMAND}.write_files", refuse)
    out = StringIO()

    with pytest.raises(CommandError, match="changed meanwhile") as failure:
        call_command("optimize_db", "catalog", "--write-migration", stdout=out)

    assert failure.value.returncode == 1
    assert "Would be written: catalog/models.py" in out.getvalue()
    assert "+class Migration(migrations.Migration):" in out.getvalue()


@pytest.mark.usefixtures("advice_for_products")
def test_declined_indexes_are_listed_with_their_reasons() -> None:
    report = optimize("catalog", "--suggest", "--table", "products")
    document = optimize_json("catalog", "--suggest", "--table", "products")

    assert "public.products (price)\n   No statement would use it." in report
    assert document["declined"] == [
        {
            "schema_name": "public",
            "table_name": "products",
            "definition": "(price)",
            "reason": "No statement would use it.",
        }
    ]
