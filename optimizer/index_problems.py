"""The problems of the indexes of a database, or of one table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from optimizer.advise.foreign_keys import foreign_keys
from optimizer.advise.redundancy import index_findings
from optimizer.observe.capabilities import capabilities
from optimizer.observe.indexes import indexes
from optimizer.observe.names import Table, quoted
from optimizer.records import Finding


def index_problems(
    connection: psycopg.Connection[Any], *, now: datetime, table: Table | None = None
) -> list[Finding]:
    """Invalid, duplicate, redundant and unused ones; empty where there is nothing to say."""
    everything = indexes(connection)
    findings = index_findings(
        everything,
        foreign_keys=foreign_keys(connection),
        stats_since=capabilities(connection).stats_reset,
        now=now,
    )
    if table is None:
        return findings
    place = (table.schema_name, table.name)
    names = {
        f"{quoted(index.schema_name)}.{quoted(index.name)}"
        for index in everything
        if (index.schema_name, index.table_name) == place
    }
    return [finding for finding in findings if finding.subject in names]
