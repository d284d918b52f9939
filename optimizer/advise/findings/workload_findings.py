"""What can be said of a workload beside the indexes it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from optimizer.advise.findings.dependent_columns import dependent_column_findings
from optimizer.advise.findings.foreign_keys import ForeignKey
from optimizer.advise.findings.lookups import lookup_findings
from optimizer.advise.findings.misfits import misfit_findings
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.records import Finding, Index


def workload_findings(
    connection: psycopg.Connection[Any],
    statements: Sequence[Statement],
    catalogue: Catalogue,
    *,
    indexes: Sequence[Index],
    foreign_keys: Sequence[ForeignKey],
) -> list[Finding]:
    """Statements that no index helps, lookups in a loop, and columns that mislead the planner.

    `indexes` and `foreign_keys` are all of the database. It reads samples of tables, so it is not
    for a session that plans only; it takes `dependent_columns.MAX_SECONDS` at most for them.
    """
    return [
        *misfit_findings(connection, statements, catalogue, indexes=indexes),
        *lookup_findings(statements, indexes=indexes, foreign_keys=foreign_keys),
        *dependent_column_findings(connection, statements),
    ]
