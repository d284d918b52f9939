"""Tables without a primary key: neither replication nor Django can tell their rows apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg.rows import class_row

from optimizer.observe.names import Table, quoted
from optimizer.records import Finding, Severity, Verdict
from optimizer.sql import load

NAMES_LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class _Keyless:
    oid: int
    schema_name: str
    name: str
    is_partitioned: bool
    has_id: bool

    @property
    def qualified_name(self) -> str:
        return f"{quoted(self.schema_name)}.{quoted(self.name)}"

    @property
    def remedy(self) -> str:
        if self.has_id:
            return f"ALTER TABLE {self.qualified_name} ADD PRIMARY KEY (id);"
        identity = "id bigint GENERATED ALWAYS AS IDENTITY"
        return f"ALTER TABLE {self.qualified_name} ADD COLUMN {identity} PRIMARY KEY;"


def primary_key_findings(
    connection: psycopg.Connection[Any], *, table: Table | None = None
) -> list[Finding]:
    """One finding for all tables without, or for the one given; empty where each has a key."""
    with connection.cursor(row_factory=class_row(_Keyless)) as cursor:
        rows = cursor.execute(load("optimizer.advise", "tables_without_key")).fetchall()
    keyless = [row for row in rows if table is None or row.oid == table.oid]
    return [_finding(keyless)] if keyless else []


def _finding(keyless: list[_Keyless]) -> Finding:
    names = [row.qualified_name for row in keyless]
    listed = ", ".join(names[:NAMES_LISTED]) + (", …" if len(names) > NAMES_LISTED else "")
    # Of a partitioned table the key has to hold what it is partitioned by, which a person decides.
    remedies = [row.remedy for row in keyless if not row.is_partitioned]
    return Finding(
        code="missing-primary-key",
        verdict=Verdict.PROBLEM,
        severity=Severity.WARNING,
        message=ngettext(
            "%(count)d table has no primary key, nor a unique index that could replace it: "
            "%(tables)s.",
            "%(count)d tables have no primary key, nor a unique index that could replace it: "
            "%(tables)s.",
            len(names),
        )
        % {"count": len(names), "tables": listed},
        subject=names[0] if len(names) == 1 else "",
        detail="\n".join(
            (
                ", ".join(names),
                _("Adding a key locks the table while its rows are read or written."),
            )
        ),
        remedy="\n".join(remedies[:NAMES_LISTED]),
    )
