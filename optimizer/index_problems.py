"""The problems of the indexes of a database, or of one table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg

from optimizer.advise.findings.foreign_keys import ForeignKey, foreign_keys
from optimizer.advise.findings.redundancy import index_findings, is_mature, superfluous
from optimizer.advise.findings.removal import prove_removals
from optimizer.exceptions import StatementsUnavailable
from optimizer.observe.capabilities import capabilities
from optimizer.observe.indexes import indexes
from optimizer.observe.names import Table, quoted
from optimizer.observe.statements import workload
from optimizer.records import Finding, Index, RemovalProof, RemovalReason, WorkloadStatement


def index_problems(
    connection: psycopg.Connection[Any], *, now: datetime, table: Table | None = None
) -> list[Finding]:
    """Invalid, duplicate, redundant and unused ones; empty where there is nothing to say."""
    everything = indexes(connection)
    keys = foreign_keys(connection)
    since = capabilities(connection).stats_reset
    findings = index_findings(
        everything,
        foreign_keys=keys,
        stats_since=since,
        now=now,
        proofs=removal_proofs(connection, everything, keys, stats_since=since, now=now),
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


def removal_proofs(
    connection: psycopg.Connection[Any],
    everything: Sequence[Index],
    keys: Sequence[ForeignKey],
    *,
    stats_since: datetime | None,
    now: datetime,
) -> dict[int, RemovalProof]:
    """Of each index that the database may do without, by its OID, a proof that it does."""
    age = None if stats_since is None else now - stats_since
    found = [
        item
        for item in superfluous(everything, foreign_keys=keys)
        if item.reason is not RemovalReason.UNUSED or is_mature(age)
    ]
    if not found:
        return {}
    return prove_removals(connection, found, indexes=everything, workload=_workload(connection))


def _workload(connection: psycopg.Connection[Any]) -> list[WorkloadStatement] | None:
    try:
        return workload(connection)
    except StatementsUnavailable:
        return None
