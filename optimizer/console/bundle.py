"""Migrations to take away: a zip that is unpacked in the root of the project."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Final

from optimizer.migration_writer.draft import PlannedFile
from optimizer.migration_writer.plan import MigrationPlan

DIFF: Final = "models.diff"
SQL: Final = "suggested_indexes.sql"
NOTES: Final = "notes.txt"


def patched(plan: MigrationPlan) -> str:
    """What has to change in files that exist, as `git apply` takes it; empty where nothing has."""
    known = tuple(file for file in plan.files if file.old_text is not None)
    return replace(plan, files=known).diff()


def new_files(plan: MigrationPlan) -> list[PlannedFile]:
    return [file for file in plan.files if file.old_text is None]


def script(plan: MigrationPlan) -> str:
    """The statements for tables without a model, as psql runs them."""
    return "".join(f"{statements}\n" for statements in plan.plain_sql)


def contents(plan: MigrationPlan) -> dict[str, str]:
    """The texts by their paths within the project."""
    texts = {
        DIFF: patched(plan),
        **{file.path: file.new_text for file in new_files(plan)},
        SQL: script(plan),
        NOTES: "".join(f"{note}\n" for note in (*plan.obstacles, *plan.notes)),
    }
    return {path: text for path, text in texts.items() if text}


def zipped(plan: MigrationPlan) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in contents(plan).items():
            archive.writestr(path, text)
    return target.getvalue()
