"""What is in the zip."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from optimizer.console.bundle import contents, zipped
from optimizer.migration_writer.draft import PlannedFile
from optimizer.migration_writer.plan import MigrationPlan

MODELS = PlannedFile("catalog/models.py", "indexes = []\n", "indexes = [Index()]\n")
MIGRATION = PlannedFile("catalog/migrations/0009_new.py", None, "class Migration: ...\n")
PLAN = MigrationPlan(
    files=(MODELS, MIGRATION),
    plain_sql=("CREATE INDEX a ON b (c);", "CREATE INDEX d ON e (f);"),
    notes=("Suggestion 2 stays plain SQL.",),
    obstacles=("Add this by hand: Index()",),
)


def test_files_that_exist_come_as_a_patch_and_new_ones_as_they_are() -> None:
    texts = contents(PLAN)
    assert set(texts) == {"models.diff", MIGRATION.path, "suggested_indexes.sql", "notes.txt"}
    assert texts["models.diff"] == (
        "--- a/catalog/models.py\n+++ b/catalog/models.py\n"
        "@@ -1 +1 @@\n-indexes = []\n+indexes = [Index()]\n"
    )
    assert texts[MIGRATION.path] == MIGRATION.new_text
    assert texts["suggested_indexes.sql"] == "CREATE INDEX a ON b (c);\nCREATE INDEX d ON e (f);\n"


def test_what_has_to_be_done_by_hand_stands_first_in_the_notes() -> None:
    assert contents(PLAN)["notes.txt"] == (
        "Add this by hand: Index()\nSuggestion 2 stays plain SQL.\n"
    )


def test_what_is_empty_is_left_out_of_the_zip() -> None:
    plan = replace(PLAN, files=(), notes=(), obstacles=())
    with zipfile.ZipFile(io.BytesIO(zipped(plan))) as archive:
        assert archive.namelist() == ["suggested_indexes.sql"]
        assert archive.testzip() is None
