"""Suggested indexes as changes to the project's files: the Meta of models, and migrations."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from optimizer.connect import open_connection
from optimizer.exceptions import MigrationRefused
from optimizer.migration_writer.draft import Draft, PlannedFile
from optimizer.records import IndexSuggestion

TIMEOUT_S: Final = 5


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What has to change in the project so that the suggestions are built by `migrate`."""

    files: tuple[PlannedFile, ...]
    plain_sql: tuple[str, ...]  # for tables that no model of the project owns
    notes: tuple[str, ...]
    obstacles: tuple[str, ...]  # what cannot be patched; then nothing may be written

    def diff(self) -> str:
        """As `patch -p1` and `git apply` take it."""
        return "".join(map(_diff, self.files))


def _diff(file: PlannedFile) -> str:
    return "".join(
        difflib.unified_diff(
            (file.old_text or "").splitlines(keepends=True),
            file.new_text.splitlines(keepends=True),
            fromfile="/dev/null" if file.old_text is None else f"a/{file.path}",
            tofile=f"b/{file.path}",
        )
    )


def migration_files(alias: str, suggestions: Sequence[IndexSuggestion]) -> MigrationPlan:
    """Changes nothing. Raises what `open_connection` raises."""
    draft = Draft(alias)
    with open_connection(
        using=alias, purpose="migration", statement_timeout=TIMEOUT_S, lock_timeout=TIMEOUT_S
    ) as connection:
        for suggestion in suggestions:
            draft.add(connection, suggestion)
    files = draft.files()
    return MigrationPlan(
        files=tuple(files),
        plain_sql=tuple(draft.plain_sql),
        notes=tuple(draft.notes),
        obstacles=tuple(draft.obstacles),
    )


def write_files(plan: MigrationPlan) -> None:
    """Raises `MigrationRefused` where something stands in the way; then nothing is written."""
    base = Path(settings.BASE_DIR)
    if plan.obstacles:
        raise MigrationRefused("\n".join(plan.obstacles))
    for file in plan.files:
        path = base / file.path
        if (path.read_bytes().decode() if path.exists() else None) != file.old_text:
            raise MigrationRefused(_("%s was changed meanwhile. Try again.") % file.path)
    for file in plan.files:
        try:
            (base / file.path).write_text(file.new_text, newline="\n")
        except OSError as exc:
            raise MigrationRefused(
                _("%(path)s cannot be written: %(reason)s.")
                % {"path": file.path, "reason": exc.strerror or exc}
            ) from exc
