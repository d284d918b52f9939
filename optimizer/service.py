"""`db_optimizer`: the one public door to the optimizer."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, Final, ParamSpec, TypedDict, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import connections
from django.utils import timezone
from django.utils.translation import gettext as _

from optimizer.act import maintenance
from optimizer.advise.advisor import advise
from optimizer.connect import open_connection
from optimizer.exceptions import OptimizerError, StatementsUnavailable, UnknownAlias, UnknownTable
from optimizer.index_problems import index_problems
from optimizer.judgement import unknown
from optimizer.models import MaintenanceRun, Operation, Origin, RunStatus
from optimizer.observe import statements
from optimizer.observe.capabilities import capabilities
from optimizer.observe.names import find_table
from optimizer.observe.tables import table_stats
from optimizer.records import (
    Advice,
    AdviceLimits,
    Capabilities,
    Finding,
    IndexSuggestion,
    SlowQuery,
    TableStats,
    WorkloadStatement,
)

STATEMENT_TIMEOUT_S: Final = 15
LOCK_TIMEOUT_S: Final = 2
UNLIMITED: Final = AdviceLimits()

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class MaintenanceOutcome(TypedDict):
    success: bool
    execution_time: float  # seconds
    run_id: int | None  # None where it was refused before it could be recorded
    statements: list[str]
    notices: list[str]
    error: str  # why it failed or was refused; empty on success


def _in_thread(
    method: Callable[Arguments, Result],
) -> Callable[Arguments, Coroutine[Any, Any, Result]]:
    """The asynchronous twin of a method, run in a thread of its own."""

    @wraps(method)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return method(*args, **kwargs)
        finally:
            connections.close_all()  # Django's connections belong to the thread that ends here

    return sync_to_async(call, thread_sensitive=False)


class DatabaseOptimizer:
    """Every method takes an alias of `settings.DATABASES` first and raises `OptimizerError`.

    A table is named `table` or `schema.table`; `public` is looked at first.
    """

    def capabilities(self, alias: str) -> Capabilities:
        with _observing(alias) as connection:
            return capabilities(connection)

    def analyze_slow_queries(
        self,
        alias: str,
        limit: int = 10,
        *,
        table_name: str | None = None,
        with_plans: bool = True,
    ) -> list[SlowQuery]:
        """The statements that took most time in total, the heaviest first.

        Raises `StatementsUnavailable` where pg_stat_statements is not there.
        """
        if limit < 1:
            raise ValueError(_("The limit has to be 1 or more."))
        with _observing(alias) as connection:
            if table_name is None:
                found = statements.slow_queries(connection, limit=limit)
            else:
                table = find_table(connection, table_name)
                found = statements.slow_queries_of(connection, table=table, limit=limit)
            return list(statements.with_plans(connection, found)) if with_plans else found

    def get_query(self, alias: str, queryid: int) -> SlowQuery:
        """One statement with its plan; raises `UnknownStatement` where it is not listed."""
        with _observing(alias) as connection:
            return statements.query_by_id(connection, queryid=queryid)

    def suggest_indexes(self, alias: str, table_name: str | None = None) -> list[IndexSuggestion]:
        return list(self.advise(alias, table_name).suggestions)

    def advise(
        self,
        alias: str,
        table_name: str | None = None,
        *,
        statements: Sequence[WorkloadStatement] | None = None,
        limits: AdviceLimits = UNLIMITED,
    ) -> Advice:
        """The suggestions and what they rest on, for what pg_stat_statements lists or for these
        statements instead. Without any, what the catalogue tells."""
        findings: list[Finding] = []
        with _observing(alias) as connection:
            table = find_table(connection, table_name) if table_name is not None else None
            if statements is None:
                statements, findings = _workload(connection)
            advice = advise(
                connection,
                statements=statements,
                table=(table.schema_name, table.name) if table is not None else None,
                limits=limits,
            )
        return replace(advice, findings=(*findings, *advice.findings))

    def find_index_problems(self, alias: str, table_name: str | None = None) -> list[Finding]:
        """Invalid, redundant and unused indexes; empty where there is nothing to say."""
        with _observing(alias) as connection:
            table = find_table(connection, table_name) if table_name is not None else None
            return index_problems(connection, now=timezone.now(), table=table)

    def get_table_stats(self, alias: str, table_name: str) -> TableStats:
        with _observing(alias) as connection:
            table = find_table(connection, table_name)
            for stats in table_stats(connection, table=table):
                return stats
        raise UnknownTable(_("The table “%s” was dropped meanwhile.") % table_name)

    def all_table_stats(self, alias: str) -> list[TableStats]:
        """Every user table, the largest first."""
        with _observing(alias) as connection:
            return table_stats(connection)

    def vacuum_analyze(self, alias: str, table_name: str | None = None) -> MaintenanceOutcome:
        """Run VACUUM ANALYZE now; without a table on every one of the database.

        What PostgreSQL or the optimizer refuses is told in the outcome. Raises `UnknownAlias` and
        `UnknownTable`.
        """
        try:
            run = maintenance.request(
                using=alias,
                operation=Operation.VACUUM_ANALYZE,
                table_name=table_name,
                requested_by="",
                origin=Origin.SERVICE,
            )
            run = maintenance.execute(run.pk)
        except (UnknownAlias, UnknownTable):
            raise
        except OptimizerError as exc:
            return _refused(exc)
        return _outcome(run)

    acapabilities = _in_thread(capabilities)
    aanalyze_slow_queries = _in_thread(analyze_slow_queries)
    aget_query = _in_thread(get_query)
    asuggest_indexes = _in_thread(suggest_indexes)
    aadvise = _in_thread(advise)
    afind_index_problems = _in_thread(find_index_problems)
    aget_table_stats = _in_thread(get_table_stats)
    aall_table_stats = _in_thread(all_table_stats)
    avacuum_analyze = _in_thread(vacuum_analyze)


@contextmanager
def _observing(alias: str) -> Iterator[psycopg.Connection[Any]]:
    with open_connection(
        using=alias,
        purpose="report",
        statement_timeout=STATEMENT_TIMEOUT_S,
        lock_timeout=LOCK_TIMEOUT_S,
    ) as connection:
        yield connection


def _workload(
    connection: psycopg.Connection[Any],
) -> tuple[list[WorkloadStatement], list[Finding]]:
    try:
        return statements.workload(connection), []
    except StatementsUnavailable as exc:
        return [], [unknown("statements-unavailable", str(exc))]


def _outcome(run: MaintenanceRun) -> MaintenanceOutcome:
    return MaintenanceOutcome(
        success=run.status == RunStatus.SUCCEEDED,
        execution_time=run.seconds or 0.0,
        run_id=run.pk,
        statements=run.statements,
        notices=run.notices,
        error=run.error,
    )


def _refused(exc: OptimizerError) -> MaintenanceOutcome:
    return MaintenanceOutcome(
        success=False, execution_time=0.0, run_id=None, statements=[], notices=[], error=str(exc)
    )


db_optimizer = DatabaseOptimizer()
