"""Runs the statements of one maintenance and finds out whether they did what they say.

PostgreSQL reports success for a VACUUM that it skipped, with no more than a WARNING. So notices
are heard, and what should have changed is looked at afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.utils.translation import gettext as _
from psycopg.errors import Diagnostic

from optimizer.act import locks
from optimizer.act.debris import clean, invalid_indexes, left_behind
from optimizer.act.targets import Selection, Target
from optimizer.connect import reason
from optimizer.models import Operation
from optimizer.sql import load, marked

OnProgress = Callable[[int, int, str], None]  # statements done, of how many, the one that begins

SERVER_TIME = marked("SELECT clock_timestamp()")


def untold(done: int, total: int, statement: str) -> None:
    """Progress that nobody watches."""


class Execution:
    """One run over its tables. A table that fails does not end the rest."""

    def __init__(
        self, connection: psycopg.Connection[Any], *, using: str, operation: Operation
    ) -> None:
        self.notices: list[str] = []
        self.failures: list[str] = []
        self._connection = connection
        self._using = using
        self._operation = operation
        self._warnings: list[str] = []
        connection.add_notice_handler(self._hear)

    def run(self, selection: Selection, *, locked: int, on_progress: OnProgress) -> None:
        """Visit every target; `locked` is the one whose lock is held already.

        Raises what psycopg raises only where the connection is lost.
        """
        if selection.left_out:
            names = ", ".join(target.qualified_name for target in selection.left_out)
            self.notices.append(_("Left out, because they belong to others: %s") % names)
        total = len(selection.targets)
        for done, target in enumerate(selection.targets):
            on_progress(done, total, target.statement(self._operation).as_string(None))
            if target.oid == locked:
                self._maintain(target)
            else:
                self._maintain_locked(target)
        on_progress(total, total, "")

    def _maintain_locked(self, target: Target) -> None:
        if not locks.try_lock(self._connection, target.oid):
            self._fail(target, _("another maintenance is running there."))
            return
        try:
            self._maintain(target)
        finally:
            if not self._connection.broken:
                locks.unlock(self._connection, target.oid)

    def _maintain(self, target: Target) -> None:
        since = self._connection.execute(SERVER_TIME).fetchone()
        self._warnings.clear()
        try:
            if self._operation == Operation.REINDEX:
                self._reindex(target)
            else:
                self._connection.execute(target.statement(self._operation))
        except psycopg.Error as exc:
            self._fail(target, reason(exc))
            if self._connection.broken:
                raise
            return
        problems = [*self._warnings, *self._left_undone(target, since)]
        if problems:
            self._fail(target, " ".join(problems))

    def _reindex(self, target: Target) -> None:
        known = {index.oid for index in invalid_indexes(self._connection, oid=target.oid)}
        try:
            self._connection.execute(target.statement(self._operation))
        except BaseException:
            self.notices += clean(using=self._using, oid=target.oid, known=known)
            raise

    def _left_undone(self, target: Target, since: Any) -> list[str]:
        """What the operation should have changed and did not."""
        if self._operation == Operation.REINDEX:
            invalid = invalid_indexes(self._connection, oid=target.oid)
            return [left_behind(index) for index in invalid]
        rows = self._connection.execute(
            load("optimizer.act", "not_visited"),
            {
                "oid": target.oid,
                "since": since[0],
                "vacuum": self._operation != Operation.ANALYZE,
                "analyze": self._operation != Operation.VACUUM,
            },
        ).fetchall()
        return [
            _("The statistics of %s do not show it, so it was not done.") % name for (name,) in rows
        ]

    def _fail(self, target: Target, problem: str) -> None:
        self.failures.append(f"{target.qualified_name}: {problem}")

    def _hear(self, diagnostic: Diagnostic) -> None:
        severity = diagnostic.severity_nonlocalized or ""
        message = diagnostic.message_primary or ""
        self.notices.append(f"{severity}: {message}")
        if severity == "WARNING":
            self._warnings.append(message)
