"""A workload with all that is known about it before anything is planned."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import psycopg
from django.utils import timezone
from django.utils.translation import gettext as _

from optimizer.advise.choosing.writes import TableWrites, table_writes
from optimizer.advise.findings.foreign_keys import ForeignKey, foreign_keys, without_index
from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.proposing.shapes import IndexShape, existing_shape
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Catalogue, Table
from optimizer.advise.understanding.statements import understand_workload
from optimizer.observe.capabilities import capabilities
from optimizer.observe.indexes import indexes
from optimizer.records import (
    AdviceLimits,
    Capabilities,
    Index,
    SkippedStatement,
    WorkloadStatement,
)

MAX_STATEMENTS: Final = 500  # those that took most time; more are rarely worth an index


@dataclass(frozen=True, slots=True)
class Existing:
    """An index there is, as a candidate would look that is the same."""

    index: Index
    shape: IndexShape

    @property
    def is_dispensable(self) -> bool:
        """Whether it is there for speed only."""
        index = self.index
        return not (index.is_unique or index.is_constraint or index.is_replica_identity)


@dataclass(frozen=True, slots=True)
class Case:
    connection: psycopg.Connection[Any]
    capabilities: Capabilities
    limits: AdviceLimits
    only: tuple[str, str] | None  # schema and name of the one table that is asked about
    catalogue: Catalogue
    statements: tuple[Statement, ...]
    checks: Mapping[Statement, ForeignKey]  # those statements that stand for a foreign key
    skipped: tuple[SkippedStatement, ...]
    indexes: Sequence[Index]
    foreign_keys: Sequence[ForeignKey]
    existing: Mapping[Table, Sequence[Existing]]
    proposals: Mapping[Statement, Sequence[IndexShape]]  # new ones, on the table asked about
    writes: Mapping[Table, TableWrites]
    window: timedelta | None  # in which the statements ran; None where nobody measured them
    started: float  # as time.monotonic() counts

    def is_new(self, shape: IndexShape) -> bool:
        return self.served_by(shape) is None

    def served_by(self, shape: IndexShape) -> Index | None:
        """The index there is that does all this one would."""
        found = self.existing.get(shape.table, ())
        return next((item.index for item in found if shape.is_served_by(item.shape)), None)

    def is_asked_about(self, table: Table) -> bool:
        return self.only is None or (table.schema_name, table.name) == self.only


def read_case(
    connection: psycopg.Connection[Any],
    *,
    sources: Sequence[WorkloadStatement],
    only: tuple[str, str] | None,
    limits: AdviceLimits,
) -> Case:
    """Foreign keys without an index count as statements, unless the workload is somebody's own."""
    started = time.monotonic()
    is_observed = all(source.weight is None for source in sources)
    known = indexes(connection)
    keys = foreign_keys(connection)
    checks = {key.check(): key for key in without_index(keys, known)} if is_observed else {}
    ranked = sorted(sources, key=lambda source: (-source.total_time, -source.calls, source.query))
    catalogue = Catalogue(connection)
    workload = understand_workload([*ranked[:MAX_STATEMENTS], *checks], catalogue=catalogue)
    found = capabilities(connection)
    window = _window(found) if is_observed else None
    existing = _existing(known, catalogue)
    case = Case(
        connection=connection,
        capabilities=found,
        limits=limits,
        only=only,
        catalogue=catalogue,
        statements=workload.statements,
        checks={item: checks[item.source] for item in workload.statements if item.source in checks},
        skipped=(
            *(item for item in workload.skipped if item.query not in {key.query for key in checks}),
            *_left_out(ranked[MAX_STATEMENTS:]),
        ),
        indexes=known,
        foreign_keys=keys,
        existing=existing,
        proposals={},
        writes=table_writes(
            connection,
            catalogue.tables,
            [*workload.statements, *workload.inserts],
            window=window,
        ),
        window=window,
        started=started,
    )
    return replace(case, proposals=_proposals(case))


def _proposals(case: Case) -> dict[Statement, list[IndexShape]]:
    return {
        statement: [
            shape for shape in shapes if case.is_asked_about(shape.table) and case.is_new(shape)
        ]
        for statement, shapes in candidates(case.statements).items()
    }


def _window(found: Capabilities) -> timedelta | None:
    return timezone.now() - found.statements_reset if found.statements_reset else None


def _existing(known: Sequence[Index], catalogue: Catalogue) -> dict[Table, list[Existing]]:
    tables = {(table.schema_name, table.name): table for table in catalogue.tables}
    found: dict[Table, list[Existing]] = {}
    for index in known:
        owner = tables.get((index.schema_name, index.table_name))
        shape = existing_shape(index, owner) if owner is not None and index.is_valid else None
        if shape is not None:
            found.setdefault(shape.table, []).append(Existing(index, shape))
    return found


def _left_out(sources: Sequence[WorkloadStatement]) -> list[SkippedStatement]:
    reason = _("Only the %d statements that take most time are looked at.") % MAX_STATEMENTS
    return [SkippedStatement(source.query, reason) for source in sources]
