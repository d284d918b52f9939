"""Partitioned tables without statistics of their own.

Autovacuum analyses partitions and never their parent. Then the planner knows nothing of the values
of the whole, and guesses how many rows a join or a grouping of it has.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optimizer.observe.names import Table, quoted
from optimizer.records import Finding, Severity, Verdict
from optimizer.sql import load

MIN_ROWS: Final = 1_000
NAMES_LISTED: Final = 5


def partition_statistics_findings(
    connection: psycopg.Connection[Any], *, table: Table | None = None
) -> list[Finding]:
    """One finding for all of them, or for the one given; empty where each was analysed."""
    statement = load("optimizer.advise", "unanalysed_parents")
    names = [
        f"{quoted(schema)}.{quoted(name)}"
        for oid, schema, name in connection.execute(statement, {"rows": MIN_ROWS})
        if table is None or oid == table.oid
    ]
    if not names:
        return []
    listed = ", ".join(names[:NAMES_LISTED]) + (", …" if len(names) > NAMES_LISTED else "")
    return [
        Finding(
            code="parent-never-analysed",
            verdict=Verdict.PROBLEM,
            severity=Severity.WARNING,
            message=ngettext(
                "%(count)d partitioned table was never analysed as a whole: %(tables)s.",
                "%(count)d partitioned tables were never analysed as a whole: %(tables)s.",
                len(names),
            )
            % {"count": len(names), "tables": listed},
            subject=names[0] if len(names) == 1 else "",
            detail=_("Autovacuum does that for partitions only: schedule it, once a day or so."),
            remedy="\n".join(f"ANALYZE {name};" for name in names),
        )
    ]
