"""One database at a glance: conclusions first, then what they were drawn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import psycopg
from django.utils import timezone
from django.utils.translation import gettext as _

from optimizer import judgement
from optimizer.connect import open_connection, translated_errors
from optimizer.exceptions import OptimizerError, StatementsUnavailable, UnknownAlias
from optimizer.index_problems import index_problems
from optimizer.observe.activity import activity, long_transactions
from optimizer.observe.capabilities import capabilities
from optimizer.observe.statements import slow_queries
from optimizer.observe.tables import table_stats
from optimizer.records import Capabilities, Finding, Severity, SlowQuery, TableStats, Verdict
from optimizer.schema_problems import schema_problems

STATEMENT_TIMEOUT_S: Final = 10
LOCK_TIMEOUT_S: Final = 1
JUDGED_QUERIES: Final = 100
TOP_QUERIES: Final = 5

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Totals:
    """All user tables of a database together."""

    tables: int
    row_count: int
    size_bytes: int
    index_bytes: int
    n_dead_tup: int


@dataclass(frozen=True, slots=True)
class Overview:
    alias: str
    is_up: bool
    findings: tuple[Finding, ...]  # the worst first
    top_queries: tuple[SlowQuery, ...]  # without plans
    totals: Totals | None
    capabilities: Capabilities | None


def overview(alias: str) -> Overview:
    """What can be said of a database now. A part that cannot be read becomes a finding.

    Raises `UnknownAlias` only: a database that is down has an overview that says so.
    """
    try:
        with open_connection(
            using=alias,
            purpose="overview",
            statement_timeout=STATEMENT_TIMEOUT_S,
            lock_timeout=LOCK_TIMEOUT_S,
        ) as connection:
            return _Collector(alias, connection).overview()
    except UnknownAlias:
        raise
    except OptimizerError as exc:
        return _down(alias, exc)


class _Collector:
    """Reads part after part; each fails alone."""

    def __init__(self, alias: str, connection: psycopg.Connection[Any]) -> None:
        self._alias = alias
        self._connection = connection
        self._findings: list[Finding] = []

    def overview(self) -> Overview:
        now = timezone.now()
        found = self._read("capabilities", capabilities)
        queries = self._read("slow-statements", self._queries)
        tables = self._read("tables", table_stats)
        self._judge(found, lambda value: judgement.judge_capabilities(value, now=now))
        self._judge(queries, lambda value: judgement.judge_slow_queries(value, alias=self._alias))
        self._judge(tables, lambda value: judgement.judge_tables(value, alias=self._alias))
        self._judge(
            self._read("indexes", lambda connection: index_problems(connection, now=now)),
            lambda value: (
                value or [judgement.fine("indexes", _("No index is invalid, redundant or unused."))]
            ),
        )
        self._judge(
            self._read("schema", schema_problems),
            lambda value: (
                value
                or [
                    judgement.fine(
                        "schema", _("Every table has a key, and none runs out of numbers.")
                    )
                ]
            ),
        )
        self._judge(
            self._read("connections", activity),
            lambda value: judgement.judge_activity(value, alias=self._alias),
        )
        self._judge(
            self._read("long-transactions", self._transactions), judgement.judge_long_transactions
        )
        return Overview(
            alias=self._alias,
            is_up=True,
            findings=judgement.worst_first(self._findings),
            top_queries=tuple(queries[:TOP_QUERIES]) if queries else (),
            totals=_totals(tables) if tables is not None else None,
            capabilities=found,
        )

    def _read(self, code: str, collect: Callable[[psycopg.Connection[Any]], Value]) -> Value | None:
        try:
            with translated_errors(using=self._alias):
                return collect(self._connection)
        except StatementsUnavailable:
            return None  # the capabilities say it already
        except OptimizerError as exc:
            self._findings.append(judgement.unknown(code, str(exc)))
            return None

    def _judge(self, value: Value | None, judge: Callable[[Value], list[Finding]]) -> None:
        if value is not None:
            self._findings += judge(value)

    @staticmethod
    def _queries(connection: psycopg.Connection[Any]) -> list[SlowQuery]:
        return slow_queries(connection, limit=JUDGED_QUERIES)

    @staticmethod
    def _transactions(connection: psycopg.Connection[Any]) -> list[Any]:
        return long_transactions(connection, older_than=judgement.LONG_TRANSACTION_S)


def _totals(tables: list[TableStats]) -> Totals:
    return Totals(
        tables=len(tables),
        row_count=sum(table.row_count for table in tables),
        size_bytes=sum(table.size_bytes for table in tables),
        index_bytes=sum(table.index_bytes for table in tables),
        n_dead_tup=sum(table.n_dead_tup for table in tables),
    )


def _down(alias: str, exc: OptimizerError) -> Overview:
    finding = Finding(
        code="database-down",
        verdict=Verdict.PROBLEM,
        severity=Severity.CRITICAL,
        message=str(exc),
        subject=alias,
        remedy=f"manage.py check --database {alias}",
    )
    return Overview(
        alias=alias,
        is_up=False,
        findings=(finding,),
        top_queries=(),
        totals=None,
        capabilities=None,
    )
