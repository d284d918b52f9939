"""Integer keys that run out of numbers, the foreign keys that refer to them included.

When the last number is given, every INSERT fails; and widening a column writes its table anew. So it
has to be known long before. A column narrower than the one it refers to is found too: it fails
first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.rows import class_row

from optimizer.observe.names import Table, quoted
from optimizer.records import Finding, Severity, Verdict
from optimizer.sql import load

WARNING_SHARE: Final = 0.75
CRITICAL_SHARE: Final = 0.90
LARGEST: Final = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}
NAMES_LISTED: Final = 5

ColumnName = tuple[str, str, str]  # schema, table, column


@dataclass(frozen=True, slots=True)
class _Key:
    schema_name: str
    table_name: str
    column_name: str
    type_name: str
    sequence_name: str
    sequence_type: str
    is_readable: bool
    last_value: int | None  # None: none was given yet, or it may not be read
    largest: int

    @property
    def column(self) -> ColumnName:
        return self.schema_name, self.table_name, self.column_name

    @property
    def share(self) -> float:
        return (self.last_value or 0) / self.largest


@dataclass(frozen=True, slots=True)
class _Reference:
    schema_name: str
    table_name: str
    column_name: str
    type_name: str
    referenced_schema: str
    referenced_table: str
    referenced_column: str
    refers_to_bigint: bool
    largest_seen: int | None

    @property
    def column(self) -> ColumnName:
        return self.schema_name, self.table_name, self.column_name

    @property
    def referenced(self) -> ColumnName:
        return self.referenced_schema, self.referenced_table, self.referenced_column


def overflow_findings(
    connection: psycopg.Connection[Any], *, table: Table | None = None
) -> list[Finding]:
    """The columns near their end, of all tables or of the one given; empty where none is."""
    with connection.cursor(row_factory=class_row(_Key)) as cursor:
        keys = cursor.execute(load("optimizer.advise", "integer_keys")).fetchall()
    with connection.cursor(row_factory=class_row(_Reference)) as cursor:
        references = cursor.execute(load("optimizer.advise", "integer_references")).fetchall()
    place = (table.schema_name, table.name) if table is not None else None
    mine = [key for key in keys if place in (None, key.column[:2])]
    last_values = {key.column: key.last_value or 0 for key in keys}
    return [
        *(_key_finding(key, references) for key in mine if key.share >= WARNING_SHARE),
        *(
            finding
            for reference in references
            if reference.refers_to_bigint and place in (None, reference.column[:2])
            for finding in _reference_findings(reference, last_values)
        ),
        *_unreadable([key for key in mine if not key.is_readable], role=connection.info.user),
    ]


def _key_finding(key: _Key, references: Sequence[_Reference]) -> Finding:
    longer = f"ALTER SEQUENCE {key.sequence_name} AS bigint NO MAXVALUE;"
    if key.largest < LARGEST[key.type_name]:
        # The column could hold more: somebody gave the sequence an end, or a narrower type.
        referring, statements = [], [longer]
    else:
        referring = _referring(key.column, references)
        types = {reference.column: reference.type_name for reference in references}
        narrow = [column for column in referring if types[column] != "bigint"]
        statements = [_widen(column) for column in (key.column, *narrow)]
        statements += [longer] if key.sequence_type != "bigint" else []
    return _finding(
        key.column,
        key.type_name,
        share=key.share,
        value=key.last_value or 0,
        referring=referring,
        remedy="\n".join(statements),
    )


def _reference_findings(
    reference: _Reference, last_values: Mapping[ColumnName, int]
) -> Iterable[Finding]:
    """Of a column narrower than the bigint it refers to: what it holds and what it will have to."""
    largest = LARGEST[reference.type_name]
    value = max(reference.largest_seen or 0, last_values.get(reference.referenced, 0))
    if value >= WARNING_SHARE * largest:
        yield _finding(
            reference.column,
            reference.type_name,
            share=value / largest,
            value=value,
            referring=(),
            remedy=_widen(reference.column),
            referenced=reference.referenced,
        )


def _referring(column: ColumnName, references: Sequence[_Reference]) -> list[ColumnName]:
    """The columns that refer to one, and those that refer to these in turn."""
    found = [column]
    for known in found:
        found += [
            reference.column
            for reference in references
            if reference.referenced == known and reference.column not in found
        ]
    return found[1:]


def _finding(
    column: ColumnName,
    type_name: str,
    *,
    share: float,
    value: int,
    referring: Sequence[ColumnName],
    remedy: str,
    referenced: ColumnName | None = None,
) -> Finding:
    facts = {
        "column": _name(column),
        "type": type_name,
        "share": min(999, round(share * 100)),
        "referenced": _name(referenced) if referenced is not None else "",
    }
    if referenced is None:
        message = _("%(share)d %% of the numbers for %(column)s (%(type)s) are used.")
    else:
        message = _(
            "%(column)s (%(type)s) refers to the bigint %(referenced)s, which has reached "
            "%(share)d %% of what it can hold."
        )
    names = ", ".join(map(_name, referring))
    lines = [
        _("The last number was %d.") % value,
        _("These refer to it and have to be widened with it: %s.") % names if names else "",
        _("Widening locks a table and writes it anew: for a large one add a bigint beside it."),
    ]
    return Finding(
        code="key-overflow",
        verdict=Verdict.PROBLEM,
        severity=Severity.CRITICAL if share >= CRITICAL_SHARE else Severity.WARNING,
        message=message % facts,
        subject=_name(column[:2]),
        detail="\n".join(filter(None, lines)),
        remedy=remedy,
    )


def _unreadable(keys: Sequence[_Key], *, role: str) -> list[Finding]:
    if not keys:
        return []
    names = [key.sequence_name for key in keys]
    listed = ", ".join(names[:NAMES_LISTED]) + (", …" if len(names) > NAMES_LISTED else "")
    return [
        Finding(
            code="key-overflow",
            verdict=Verdict.UNKNOWN,
            severity=Severity.INFO,
            message=_("How far these sequences have come may not be read: %s.") % listed,
            remedy=f"GRANT SELECT ON SEQUENCE {', '.join(names)} TO {quoted(role)};",
        )
    ]


def _widen(column: ColumnName) -> str:
    *table, name = column
    text = sql.SQL("ALTER TABLE {} ALTER COLUMN {} TYPE bigint;")
    return text.format(sql.Identifier(*table), sql.Identifier(name)).as_string()


def _name(parts: Sequence[str]) -> str:
    return ".".join(map(quoted, parts))
