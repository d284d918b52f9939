"""What a maintenance does to those who work meanwhile, and how long it may take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy

from optimizer.models import Operation
from optimizer.records import TableStats

MB: Final = 1024 * 1024

# Bytes a second between a quick and a slow disk; wide on purpose, it is an order of magnitude.
READING: Final = (400 * MB, 40 * MB)
REBUILDING: Final = (100 * MB, 10 * MB)
# ANALYZE samples 300 rows per statistics target, 100 by default, each from a page of its own.
SAMPLE_BYTES: Final = 30_000 * 8192

PURPOSES: Final = {
    Operation.VACUUM: gettext_lazy(
        "Makes the room of dead rows usable again and lets index-only scans skip the table."
    ),
    Operation.ANALYZE: gettext_lazy(
        "Refreshes the statistics from which the planner estimates; do it after large changes."
    ),
    Operation.VACUUM_ANALYZE: gettext_lazy(
        "Makes the room of dead rows usable again, then refreshes the statistics for the planner."
    ),
    Operation.REINDEX: gettext_lazy(
        "Rebuilds the indexes beside the old ones, then swaps them: cures bloat and corruption."
    ),
}
LOCKS: Final = {
    Operation.VACUUM: gettext_lazy(
        "Reading and writing go on. ALTER TABLE, CREATE INDEX and another VACUUM or ANALYZE of "
        "the same table wait (lock SHARE UPDATE EXCLUSIVE). It gives up after 5 s without a lock."
    ),
    Operation.ANALYZE: gettext_lazy(
        "Reading and writing go on. ALTER TABLE, CREATE INDEX and another VACUUM or ANALYZE of "
        "the same table wait (lock SHARE UPDATE EXCLUSIVE). It gives up after 5 s without a lock."
    ),
    Operation.REINDEX: gettext_lazy(
        "Reading and writing go on. ALTER TABLE and VACUUM of the same table wait (lock SHARE "
        "UPDATE EXCLUSIVE). It waits for every transaction that is open on the table, and needs "
        "free disk space for a second copy of the indexes."
    ),
}
LOCKS[Operation.VACUUM_ANALYZE] = LOCKS[Operation.VACUUM]


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds it may take, from a quick to a slow disk."""

    shortest: float
    longest: float


def expected_duration(operation: Operation, tables: Sequence[TableStats]) -> Duration:
    quick = slow = 0.0
    for table in tables:
        if operation in (Operation.VACUUM, Operation.VACUUM_ANALYZE):
            quick += table.size_bytes / READING[0]
            slow += table.size_bytes / READING[1]
        if operation in (Operation.ANALYZE, Operation.VACUUM_ANALYZE):
            sample = min(table.heap_bytes, SAMPLE_BYTES)
            quick += sample / READING[0]
            slow += sample / READING[1]
        if operation == Operation.REINDEX:
            rebuilt = table.heap_bytes + table.index_bytes
            quick += rebuilt / REBUILDING[0]
            slow += rebuilt / REBUILDING[1]
    return Duration(shortest=quick, longest=slow)
