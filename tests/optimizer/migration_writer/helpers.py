"""Suggestions to write migrations for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from optimizer.records import Evidence, IndexSuggestion

PROJECT = Path(__file__).resolve().parents[3]


def suggestion(
    create_sql: str, *, table: str, name: str = "idx_new", schema: str = "public", number: int = 1
) -> IndexSuggestion:
    """With what the writer looks at; it reads the index out of the statement."""
    return IndexSuggestion(
        number=number,
        schema_name=schema,
        table_name=table,
        name=name,
        columns=(),
        include=(),
        predicate="",
        method="btree",
        create_sql=create_sql,
        estimated_benefit=0.5,
        size_bytes=8192,
        evidence=Evidence.HYPOPG,
        reason="",
        statements=(),
    )


def on_table(table: str, definition: str, *, name: str = "idx_new") -> IndexSuggestion:
    """`definition` is what stands behind the table's name."""
    return suggestion(
        f"CREATE INDEX CONCURRENTLY {name} ON public.{table} {definition};", table=table, name=name
    )


def last_migration(app: str) -> str:
    return sorted(path.stem for path in (PROJECT / app / "migrations").glob("0*.py"))[-1]


def next_migration(app: str) -> str:
    """The path of the file that the writer makes."""
    number = int(last_migration(app)[:4]) + 1
    return f"{app}/migrations/{number:04d}_suggested_indexes.py"


def complaints_of_ruff(text: str, *, name: str = "models.py") -> str:
    """What the project's linter and formatter have against a file of one of its apps."""
    said = ""
    for command in (["check", "--quiet"], ["format", "--diff", "--quiet"]):
        done = subprocess.run(
            [
                Path(sys.executable).parent / "ruff",
                *command,
                f"--stdin-filename=catalog/{name}",
                "-",
            ],
            cwd=PROJECT,
            input=text,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        said += done.stdout + done.stderr
    return said
