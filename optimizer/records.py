"""The vocabulary of the optimizer: what observing and advising return.

Times are seconds, sizes are bytes, shares are fractions from 0 to 1. The same records feed the
admin, the commands and the JSON, so each of them says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding says. `UNKNOWN` is an answer of its own: it could not be judged."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Evidence(StrEnum):
    """How a suggestion was judged."""

    HYPOPG = "hypopg"  # the planner costed the workload with the hypothetical index
    HEURISTIC = "heuristic"  # a rule over statistics; nothing was proved


class Confidence(StrEnum):
    """How far a suggestion can be trusted before it is built and measured."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Finding:
    """One conclusion, as a sentence, and the command that cures it."""

    code: str  # stable, e.g. "unused-index"
    verdict: Verdict
    severity: Severity
    message: str
    subject: str = ""  # the object it is about, schema-qualified and quoted where needed
    detail: str = ""
    remedy: str = ""  # a command or statement to run; empty where none is needed


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the server offers to the role that asks."""

    server_version: int  # as in server_version_num: 150018
    database: str
    role: str
    has_pg_stat_statements: bool  # created in this database, readable and preloaded
    pg_stat_statements_problem: str  # why not, and what to do; empty when usable
    has_hypopg: bool
    hypopg_problem: str
    reads_all_stats: bool  # member of pg_read_all_stats: sees other roles' statements
    stats_reset: datetime | None  # pg_stat_* of this database count since then, or earlier
    statements_reset: datetime | None  # since when pg_stat_statements counts
    statements_evicted: int  # pg_stat_statements_info.dealloc: entries lost for lack of room


@dataclass(frozen=True, slots=True)
class Plan:
    """A generic plan, made without running the statement."""

    text: str
    total_cost: float
    problem: str = ""  # why there is no plan; then text is empty and total_cost is 0


@dataclass(frozen=True, slots=True)
class SlowQuery:
    """One entry of pg_stat_statements, all users and nesting levels of a query id together."""

    queryid: int | None  # None where the role may not see it
    query: str  # normalised text, formatted for reading
    kind: str  # SELECT, INSERT, UPDATE, DELETE, MERGE, OTHER or HIDDEN
    role: str
    avg_time: float
    call_count: int
    total_time: float
    share_of_load: float  # of the time of all statements listed for this database
    min_time: float
    max_time: float
    stddev_time: float
    rows: int
    shared_blocks_hit: int
    shared_blocks_read: int
    temp_blocks_written: int
    wal_bytes: int
    plan: Plan | None = None  # only where it was asked for

    @property
    def rows_per_call(self) -> float:
        return self.rows / self.call_count if self.call_count else 0.0

    @property
    def cache_hit_share(self) -> float | None:
        blocks = self.shared_blocks_hit + self.shared_blocks_read
        return self.shared_blocks_hit / blocks if blocks else None


@dataclass(frozen=True, slots=True)
class WorkloadStatement:
    """One statement to advise for, and the weight it has in the workload."""

    queryid: int | None
    query: str  # normalised as pg_stat_statements keeps it, or as somebody wrote it in a file
    calls: int
    total_time: float
    rows: int = 0  # returned or written by all calls
    name: str = ""  # where a file gives one
    weight: float | None = None  # how often it counts; None: as often as it was called
    # Values its parameters had, as text, one tuple for each call that was looked at.
    captured: tuple[tuple[str | None, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class AdviceLimits:
    """What the suggested indexes and the search for them may take."""

    budget_bytes: int | None = None  # all suggested indexes together; None: as much as they need
    counts_hypopg_sizes: bool = False  # the budget counts HypoPG's estimates, not the better ones
    seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class TableStats:
    """One table, its partitions, indexes and TOAST summed up."""

    schema_name: str
    table_name: str
    row_count: int  # estimate of the planner; n_live_tup where it has none
    size_bytes: int  # everything together
    heap_bytes: int
    index_bytes: int
    toast_bytes: int
    partitions: int  # 0: not partitioned
    seq_scan: int
    seq_tup_read: int
    idx_scan: int
    n_live_tup: int
    n_dead_tup: int
    n_tup_ins: int
    n_tup_upd: int
    n_tup_del: int
    n_tup_hot_upd: int
    n_mod_since_analyze: int
    blocks_hit: int  # heap, index and TOAST
    blocks_read: int
    last_vacuum: datetime | None  # by hand or by autovacuum, whichever is later
    last_analyze: datetime | None

    @property
    def dead_share(self) -> float:
        tuples = self.n_live_tup + self.n_dead_tup
        return self.n_dead_tup / tuples if tuples else 0.0

    @property
    def hot_share(self) -> float | None:
        return self.n_tup_hot_upd / self.n_tup_upd if self.n_tup_upd else None

    @property
    def idx_scan_share(self) -> float | None:
        scans = self.seq_scan + self.idx_scan
        return self.idx_scan / scans if scans else None

    @property
    def cache_hit_share(self) -> float | None:
        blocks = self.blocks_hit + self.blocks_read
        return self.blocks_hit / blocks if blocks else None


@dataclass(frozen=True, slots=True)
class Index:
    """One existing index as the catalogue describes it."""

    oid: int
    schema_name: str
    table_name: str
    name: str
    method: str
    columns: tuple[str, ...]  # key columns or expressions, as pg_get_indexdef shows each
    include: tuple[str, ...]
    predicate: str
    definition: str
    key_signature: tuple[str, ...]  # per key column: expression, opclass, collation, direction
    is_unique: bool
    is_primary: bool
    is_constraint: bool  # backs a primary key, unique or exclusion constraint
    is_valid: bool
    is_partitioned: bool  # the index of a partitioned parent: it has no statistics of its own
    parent_oid: int | None  # the parent's index, where this one is attached to it
    is_replica_identity: bool
    size_bytes: int
    idx_scan: int
    build_in_progress: bool


class RemovalReason(StrEnum):
    DUPLICATE = "duplicate"  # another index says the same
    CONTAINED = "contained"  # another index begins with all of it
    UNUSED = "unused"  # no scan for as long as a verdict takes


@dataclass(frozen=True, slots=True)
class RemovalProof:
    """Whether the workload does without an index. Costs are the planner's, weighted by calls."""

    index: str  # schema-qualified
    reason: RemovalReason
    verdict: Verdict  # OK: no statement gets dearer; PROBLEM: some do; UNKNOWN: not proved
    explanation: str  # one sentence
    statements: int  # that touch its table and were planned
    dearer: tuple[WorkloadStatement, ...]  # would cost more, or use it where that is not known
    cost_before: float | None
    cost_after: float | None
    drop_sql: str
    restore_sql: str  # brings it back; several statements for a partitioned table
    bytes_freed: int


@dataclass(frozen=True, slots=True)
class ServedStatement:
    """A statement of the workload that a suggestion makes cheaper, in planner cost."""

    queryid: int | None
    query: str
    call_count: int
    cost_before: float
    cost_after: float
    plan_before: str
    plan_after: str
    name: str = ""  # where a workload file gives one
    values: str = ""  # which values the planner was asked with, as a sentence


@dataclass(frozen=True, slots=True)
class WritePrice:
    """What the upkeep of an index costs while its table is written. None: it is not known."""

    rows_per_second: float | None  # inserted, deleted, and updated so that the index is touched
    hot_updates_per_second: float | None  # updates that are HOT now and would no longer be
    wal_bytes_per_second: float | None


@dataclass(frozen=True, slots=True)
class IndexSuggestion:
    """An index worth building and what speaks for it."""

    number: int  # as --apply counts them, from 1
    schema_name: str
    table_name: str
    name: str
    columns: tuple[str, ...]  # key columns with their direction where it matters: "created_at DESC"
    include: tuple[str, ...]
    predicate: str
    method: str
    create_sql: str
    estimated_benefit: float  # 0..1 of the whole workload's cost
    size_bytes: int  # estimate
    evidence: Evidence
    reason: str  # one sentence a person can follow
    statements: tuple[ServedStatement, ...]
    hypopg_size_bytes: int | None = None  # HypoPG's own estimate, which knows no deduplication
    seconds_saved_per_day: float | None = None  # None where nobody measured the statements
    write_price: WritePrice | None = None
    confidence: Confidence = Confidence.MEDIUM
    confidence_reason: str = ""
    makes_redundant: tuple[str, ...] = ()  # existing indexes, schema-qualified


@dataclass(frozen=True, slots=True)
class Declined:
    """An index that was thought of and is not suggested."""

    schema_name: str
    table_name: str
    definition: str  # what stands behind the table's name in CREATE INDEX
    reason: str


@dataclass(frozen=True, slots=True)
class SkippedStatement:
    """A statement the advisor could not judge, and why."""

    query: str
    reason: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What the advisor found for one workload."""

    suggestions: tuple[IndexSuggestion, ...]
    baseline_cost: float  # planner cost of the workload, weighted by calls
    cost_with_suggestions: float
    planner_calls: int
    seconds: float
    evidence: Evidence
    statements_analysed: int
    skipped: tuple[SkippedStatement, ...]
    findings: tuple[Finding, ...]  # e.g. HypoPG missing: how to get it
    first_answer_seconds: float = 0.0  # until there was a set to suggest, not yet improved
    budget_bytes: int | None = None
    is_complete: bool = True  # False: the time was over before the search was
    declined: tuple[Declined, ...] = ()  # only where one table is asked about
