"""What pg_stat_statements knows of the statements of one database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from pglast import prettify
from pglast.error import Error as PglastError
from psycopg import sql
from psycopg.rows import class_row

from optimizer.exceptions import PlanUnavailable, UnknownStatement
from optimizer.observe.capabilities import statements_schema
from optimizer.observe.names import Table
from optimizer.observe.plannable import names_table, statement_kind
from optimizer.observe.plans import explain_generic
from optimizer.records import Plan, SlowQuery, WorkloadStatement
from optimizer.sql import MARKER, load

# One statement of megabytes (an IN list of 100,000 values) must not hold up all the others.
TEXT_LIMIT: Final = 20_000
# Above this, laying out a statement costs more than reading it gains.
FORMAT_LIMIT: Final = 8_000
LINE_WIDTH: Final = 80  # of lists that fit into one line
WORKLOAD_LIMIT: Final = 5_000


@dataclass(frozen=True, slots=True)
class _Entry:
    queryid: int | None
    is_hidden: bool
    query: str
    role: str
    calls: int
    total_time: float
    avg_time: float
    min_time: float
    max_time: float
    stddev_time: float
    share_of_load: float | None
    rows: int
    shared_blocks_hit: int
    shared_blocks_read: int
    temp_blocks_written: int
    wal_bytes: int


def slow_queries(connection: psycopg.Connection[Any], *, limit: int) -> list[SlowQuery]:
    """The statements that took most time in total, the heaviest first, without their plans."""
    return [_slow_query(entry) for entry in _entries(connection, limit=limit)]


def slow_queries_of(
    connection: psycopg.Connection[Any], *, table: Table, limit: int
) -> list[SlowQuery]:
    """Those that name a table, directly: what reads it through a view is not found."""
    entries = _entries(connection, limit=WORKLOAD_LIMIT)
    naming = (entry for entry in entries if names_table(entry.query, table))
    return [_slow_query(entry) for entry in islice(naming, limit)]


def query_by_id(connection: psycopg.Connection[Any], *, queryid: int) -> SlowQuery:
    """One statement with its plan; raises `UnknownStatement`."""
    for entry in _entries(connection, limit=WORKLOAD_LIMIT):
        if entry.queryid == queryid:
            query = _slow_query(entry)
            return replace(query, plan=_plan(connection, query))
    raise UnknownStatement(
        _("pg_stat_statements does not list this statement: it was reset or made room for others.")
    )


def with_plans(
    connection: psycopg.Connection[Any], queries: list[SlowQuery]
) -> Iterator[SlowQuery]:
    """The same queries, each with its generic plan or the reason why there is none."""
    for query in queries:
        yield replace(query, plan=_plan(connection, query))


def workload(connection: psycopg.Connection[Any]) -> list[WorkloadStatement]:
    """Every statement of the application that the role may see, the heaviest first."""
    return [
        WorkloadStatement(
            queryid=entry.queryid,
            query=entry.query,
            calls=entry.calls,
            total_time=entry.total_time,
            rows=entry.rows,
        )
        for entry in _entries(connection, limit=WORKLOAD_LIMIT)
        if entry.query and not entry.is_hidden
    ]


def formatted(query: str) -> str:
    """The statement laid out for reading; as it is where PostgreSQL's parser cannot read it."""
    if len(query) > FORMAT_LIMIT:
        return query
    try:
        text: str = prettify(
            query, preserve_comments=True, comma_at_eoln=True, compact_lists_margin=LINE_WIDTH
        )
    except (PglastError, NotImplementedError, RecursionError, UnicodeError):
        return query
    return text


def _entries(connection: psycopg.Connection[Any], *, limit: int) -> list[_Entry]:
    statement = sql.SQL(load("optimizer.observe", "statements")).format(
        schema=statements_schema(connection)
    )
    parameters = {"limit": limit, "text_limit": TEXT_LIMIT, "marker": MARKER}
    with connection.cursor(row_factory=class_row(_Entry)) as cursor:
        return cursor.execute(statement, parameters).fetchall()


def _slow_query(entry: _Entry) -> SlowQuery:
    return SlowQuery(
        queryid=entry.queryid,
        query=_text(entry),
        kind="HIDDEN" if entry.is_hidden else statement_kind(entry.query),
        role=entry.role,
        avg_time=entry.avg_time,
        call_count=entry.calls,
        total_time=entry.total_time,
        share_of_load=entry.share_of_load or 0.0,
        min_time=entry.min_time,
        max_time=entry.max_time,
        stddev_time=entry.stddev_time,
        rows=entry.rows,
        shared_blocks_hit=entry.shared_blocks_hit,
        shared_blocks_read=entry.shared_blocks_read,
        temp_blocks_written=entry.temp_blocks_written,
        wal_bytes=entry.wal_bytes,
    )


def _text(entry: _Entry) -> str:
    if entry.is_hidden:
        return _(
            "Statements of the role %s, which this one may not see: GRANT pg_read_all_stats shows them."
        ) % (entry.role)
    if not entry.query:
        return _("PostgreSQL has lost the text of this statement.")
    return formatted(entry.query)


def _plan(connection: psycopg.Connection[Any], query: SlowQuery) -> Plan:
    if query.kind == "HIDDEN":
        return Plan(text="", total_cost=0.0, problem=_("Its text may not be seen."))
    if len(query.query) >= TEXT_LIMIT:
        return Plan(text="", total_cost=0.0, problem=_("Its text is too long."))
    try:
        plan = explain_generic(connection, query.query)
    except PlanUnavailable as exc:
        return Plan(text="", total_cost=0.0, problem=str(exc))
    return Plan(text=plan.text, total_cost=plan.total_cost)
