"""The problems of a database's tables that no statement has to be seen for."""

from __future__ import annotations

from typing import Any

import psycopg

from optimizer.advise.findings.key_overflow import overflow_findings
from optimizer.advise.findings.partition_statistics import partition_statistics_findings
from optimizer.advise.findings.primary_keys import primary_key_findings
from optimizer.observe.names import Table
from optimizer.records import Finding


def schema_problems(
    connection: psycopg.Connection[Any], *, table: Table | None = None
) -> list[Finding]:
    """Keys that run out of numbers or are missing, and partitioned tables without statistics, of
    one table or of all; empty where there is nothing to say."""
    return [
        *overflow_findings(connection, table=table),
        *primary_key_findings(connection, table=table),
        *partition_statistics_findings(connection, table=table),
    ]
