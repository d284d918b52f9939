"""Against a copy of the project, whose files may be changed, and the test databases."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from config.databases import ALIASES, URL_VARIABLES
from optimizer.connect import connection_parameters
from optimizer.exceptions import MigrationRefused
from optimizer.migration_writer import draft
from optimizer.migration_writer.draft import PlannedFile
from optimizer.migration_writer.plan import MigrationPlan, migration_files, write_files
from optimizer.migration_writer.source import Source
from optimizer.records import IndexSuggestion
from tests.optimizer.migration_writer.helpers import (
    PROJECT,
    last_migration,
    next_migration,
    on_table,
    suggestion,
)

pytestmark = pytest.mark.usefixtures("django_db_setup")

LEFT_OUT = shutil.ignore_patterns(
    ".*", "__pycache__", "docs", "locale", "static", "templates", "tests", "var", "benchmarks"
)
WRITE = """
import dataclasses, json, sys
import django
django.setup()
from optimizer.migration_writer import draft
from optimizer.migration_writer.plan import migration_files, write_files
from optimizer.records import IndexSuggestion
for alias, suggestions in json.load(sys.stdin).items():
    plan = migration_files(alias, [IndexSuggestion(**one) for one in suggestions])
    write_files(plan)
    print(json.dumps(dataclasses.asdict(plan)))
"""
MIGRATE = """
import sys
import django
django.setup()
from django.core.management import call_command
for target in sys.argv[1:]:
    app, _colon, name = target.partition(":")
    call_command("migrate", app, *filter(None, [name]), database=app, verbosity=0)
"""
INDEXES = """
SELECT relname, replace(pg_get_indexdef(oid), 'public.', '')
  FROM pg_class WHERE relkind IN ('i', 'I') AND relname LIKE 'idx\\_new%' ORDER BY relname
"""
INVALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"


def parted(connection: psycopg.Connection[Any], name: str, definition: str) -> IndexSuggestion:
    """The recipe for a partitioned table."""
    lines = [f"CREATE INDEX {name} ON ONLY public.import_logs {definition};"]
    for (partition,) in connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits "
        "WHERE inhparent = 'import_logs'::regclass ORDER BY 1"
    ):
        mine = f"{name}_{partition.removeprefix('import_logs_')}"
        lines.append(f"CREATE INDEX CONCURRENTLY {mine} ON public.{partition} {definition};")
        lines.append(f"ALTER INDEX public.{name} ATTACH PARTITION public.{mine};")
    assert len(lines) > 1
    return suggestion("\n".join(lines), table="import_logs", name=name)


def suggestions() -> dict[str, list[IndexSuggestion]]:
    with connected("imports") as imports:
        partitioned = [
            parted(imports, "idx_new_log", "(line_number, created_at DESC)"),
            parted(imports, "idx_new_expr", "(abs(line_number))"),
        ]
    return {
        "catalog": [
            on_table("products", "(title)", name="idx_new_plain"),
            on_table(
                "products",
                "(brand_id, created_at DESC) INCLUDE (title, price) WHERE is_active "
                "AND category_id IS NOT NULL AND currency IN ('EUR', 'CHF')",
                name="idx_new_partial",
            ),
            on_table("products", "USING hash (ean)", name="idx_new_hash"),
            on_table("products", "(upper(title))", name="idx_new_upper"),
            on_table("brands", "((id + 1))", name="idx_new_sum"),
            on_table("brands", "(website DESC NULLS LAST)", name="idx_new_desc"),
            on_table("price_history", "USING brin (recorded_at)", name="idx_new_brin"),
            on_table("no_such_table", "(id)", name="idx_new_orphan"),
        ],
        "imports": [
            on_table("import_jobs", "(finished_at) WHERE status = 'failed'", name="idx_new_job"),
            *partitioned,
        ],
        "analytics": [on_table("notifications", "(level)", name="idx_new_level")],
    }


def connected(alias: str) -> psycopg.Connection[Any]:
    return psycopg.connect(**connection_parameters(using=alias), autocommit=True)


def new_indexes(*aliases: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for alias in aliases:
        with connected(alias) as connection:
            assert connection.execute(INVALID).fetchall() == []
            found |= dict(connection.execute(INDEXES).fetchall())
    return found


class Copy:
    """The project in a folder of its own, on the test databases."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(PROJECT, folder, ignore=LEFT_OUT)

    def python(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=os.environ | self._databases() | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, wanted: dict[str, list[IndexSuggestion]]) -> dict[str, dict[str, Any]]:
        given = json.dumps({alias: [asdict(one) for one in wanted[alias]] for alias in wanted})
        lines = self.python("-c", WRITE, given=given).splitlines()
        return dict(zip(wanted, map(json.loads, lines), strict=True))

    def _databases(self) -> dict[str, str]:
        found = {}
        for alias in ALIASES:
            known = connections[alias].settings_dict
            place = f"{known['HOST']}:{known['PORT']}/{known['NAME']}"
            found[URL_VARIABLES[alias]] = f"postgres://{known['USER']}:{known['PASSWORD']}@{place}"
        return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("copy") / "project")


@pytest.fixture(scope="module")
def plans(copy: Copy, django_db_setup: None) -> dict[str, dict[str, Any]]:
    return copy.write(suggestions())


def test_each_app_gets_one_migration_beside_its_models(plans: dict[str, dict[str, Any]]) -> None:
    files = {alias: [file["path"] for file in plan["files"]] for alias, plan in plans.items()}

    assert files == {
        app: [f"{app}/models.py", next_migration(app)]
        for app in ("catalog", "imports", "analytics")
    }


def test_what_no_model_can_say_is_said_in_sql(plans: dict[str, dict[str, Any]]) -> None:
    catalog = plans["catalog"]

    assert catalog["plain_sql"] == [
        "CREATE INDEX CONCURRENTLY idx_new_orphan ON public.no_such_table (id);"
    ]
    assert "No model of the project owns public.no_such_table." in catalog["notes"][1]
    assert catalog["notes"][0].startswith("The Meta of catalog.Brand cannot say suggestion 1")
    assert "CREATE INDEX CONCURRENTLY idx_new_sum" in catalog["files"][1]["new_text"]
    assert "idx_new_sum" not in catalog["files"][0]["new_text"]


def test_django_sees_nothing_left_to_migrate(copy: Copy, plans: dict[str, dict[str, Any]]) -> None:
    assert copy.python("manage.py", "makemigrations", "--check") == "No changes detected\n"


def test_the_linter_and_the_formatter_have_nothing_to_say(
    copy: Copy, plans: dict[str, dict[str, Any]]
) -> None:
    files = [file["path"] for plan in plans.values() for file in plan["files"]]

    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [Path(sys.executable).parent / "ruff", *command, "--no-cache", *files],
            cwd=copy.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout


def test_the_migrations_build_exactly_what_was_suggested_and_take_it_back(
    copy: Copy, plans: dict[str, dict[str, Any]]
) -> None:
    aliases = ("catalog", "imports", "analytics")
    backwards = [f"{app}:{last_migration(app)}" for app in aliases]
    try:
        copy.python("-c", MIGRATE, *aliases)
        built = new_indexes(*aliases)
    finally:
        copy.python("-c", MIGRATE, *backwards)

    whole = {name: text.partition(" ON ")[2] for name, text in built.items()}
    partitions = {name for name in whole if name.startswith(("idx_new_log_", "idx_new_expr_"))}
    assert len(partitions) >= 4
    assert {name: whole[name] for name in whole.keys() - partitions} == {
        "idx_new_plain": "products USING btree (title)",
        "idx_new_partial": "products USING btree (brand_id, created_at DESC) "
        "INCLUDE (title, price) WHERE ((category_id IS NOT NULL) AND ((currency)::text = ANY "
        "((ARRAY['CHF'::character varying, 'EUR'::character varying])::text[])) AND is_active)",
        "idx_new_hash": "products USING hash (ean)",
        "idx_new_upper": "products USING btree (upper((title)::text))",
        "idx_new_sum": "brands USING btree (((id + 1)))",
        "idx_new_desc": "brands USING btree (website DESC NULLS LAST)",
        "idx_new_brin": "price_history USING brin (recorded_at)",
        "idx_new_job": "import_jobs USING btree (finished_at) "
        "WHERE ((status)::text = 'failed'::text)",
        "idx_new_log": "ONLY import_logs USING btree (line_number, created_at DESC)",
        "idx_new_expr": "ONLY import_logs USING btree (abs(line_number))",
        "idx_new_level": "notifications USING btree (level)",
    }
    assert new_indexes(*aliases) == {}


def test_asked_again_it_writes_nothing_twice(copy: Copy, plans: dict[str, dict[str, Any]]) -> None:
    same = on_table("products", "(title)", name="idx_new_plain")
    otherwise_called = on_table("products", "(title)", name="idx_of_titles")

    again = copy.write({"catalog": [same, otherwise_called]})["catalog"]

    assert again["files"] == []
    assert again["plain_sql"] == [same.create_sql, otherwise_called.create_sql]
    assert (
        f"The migration {Path(next_migration('catalog')).stem} of catalog builds it"
        in again["notes"][0]
    )
    assert "catalog.Product has it, as idx_new_plain" in again["notes"][1]


def test_the_text_is_the_same_each_time() -> None:
    wanted = suggestions()["catalog"]

    assert migration_files("catalog", wanted) == migration_files("catalog", wanted)


def test_the_diff_is_one_that_git_applies(tmp_path: Path) -> None:
    plan = migration_files("catalog", suggestions()["catalog"])
    (tmp_path / "catalog" / "migrations").mkdir(parents=True)
    shutil.copy(PROJECT / "catalog" / "models.py", tmp_path / "catalog")

    subprocess.run(
        ["git", "apply", "-"], cwd=tmp_path, input=plan.diff(), text=True, check=True, timeout=30
    )

    for file in plan.files:
        assert (tmp_path / file.path).read_text() == file.new_text


def test_tables_of_installed_packages_are_left_alone() -> None:
    plan = migration_files("default", [on_table("auth_user", "(email)")])

    assert plan.files == ()
    assert "belongs to the installed package django.contrib.auth" in plan.notes[0]


def test_a_namesake_in_another_schema_is_no_table_of_the_model() -> None:
    namesake = suggestion(
        "CREATE INDEX CONCURRENTLY idx_new ON shop.products (title);",
        table="products",
        schema="shop",
    )
    with connected("catalog") as connection:
        connection.execute("DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop")
        connection.execute("CREATE TABLE shop.products (title text)")
        try:
            plan = migration_files("catalog", [namesake])
        finally:
            connection.execute("DROP SCHEMA shop CASCADE")

    assert plan.files == ()
    assert plan.plain_sql == (namesake.create_sql,)


def test_a_model_on_another_alias_does_not_own_the_table() -> None:
    with connected("analytics") as connection:
        connection.execute("CREATE TABLE products (title text)")
        try:
            plan = migration_files("analytics", [on_table("products", "(title)")])
        finally:
            connection.execute("DROP TABLE products")

    assert plan.files == ()
    assert "No model of the project owns public.products." in plan.notes[0]


def test_an_extension_that_the_index_needs_comes_first() -> None:
    wanted = suggestion(
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n"
        "CREATE INDEX CONCURRENTLY idx_new ON public.products USING gin (title gin_trgm_ops);",
        table="products",
    )

    _models, migration = migration_files("catalog", [wanted]).files

    text = migration.new_text
    extension, index = text.index("CREATE EXTENSION IF NOT"), text.index("AddIndexConcurrently(")
    assert extension < index


def test_a_meta_that_cannot_be_patched_is_told_with_what_to_add(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    text = Path(PROJECT / "catalog" / "models.py").read_text()
    odd = text.replace(
        'Index(fields=["supplier"], name="idx_products_supplier_id"),\n        ]',
        "\n        ] + []",
    )
    monkeypatch.setattr(draft, "_source", lambda _model: Source(odd, path="catalog/models.py"))

    plan = migration_files("catalog", [on_table("products", "(title)")])

    (obstacle,) = plan.obstacles
    assert "The indexes of the Meta are no plain list." in obstacle
    assert obstacle.endswith('by hand: Index(fields=["title"], name="idx_new")')
    settings.BASE_DIR = tmp_path
    with pytest.raises(MigrationRefused, match="no plain list"):
        write_files(plan)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("old", [None, "what it was before"])
def test_a_file_that_was_changed_meanwhile_is_not_overwritten(
    old: str | None, tmp_path: Path, settings: Any
) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "models.py").write_text("somebody's work")
    files = (PlannedFile("new.py", None, "new"), PlannedFile("models.py", old, "ours"))

    with pytest.raises(MigrationRefused, match=r"models\.py was changed meanwhile"):
        write_files(MigrationPlan(files, (), (), ()))

    assert (tmp_path / "models.py").read_text() == "somebody's work"
    assert not (tmp_path / "new.py").exists()
