"""The pages of one database that only show: each collects, decides and renders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from optimizer.connect import open_connection
from optimizer.console import plan_reading
from optimizer.console.access import console_page, may_view_query_text
from optimizer.console.conclusions import Conclusions
from optimizer.console.index_rows import IndexRow, index_rows
from optimizer.console.layout import database_page
from optimizer.console.panels import attempt
from optimizer.console.sorting import sorted_rows
from optimizer.console.touched import touched
from optimizer.observe.indexes import indexes
from optimizer.observe.names import quoted
from optimizer.overview import overview as overview_of
from optimizer.records import SlowQuery, TableStats
from optimizer.service import db_optimizer

LISTED_QUERIES: Final = 100
TIMEOUT_S: Final = 10
LISTED_ON_OVERVIEW: Final = 5

QUERY_COLUMNS: Final[dict[str, Callable[[SlowQuery], Any]]] = {
    "share": lambda query: query.share_of_load,
    "total": lambda query: query.total_time,
    "mean": lambda query: query.avg_time,
    "calls": lambda query: query.call_count,
    "rows": lambda query: query.rows,
}
TABLE_COLUMNS: Final[dict[str, Callable[[TableStats], Any]]] = {
    "name": lambda table: (table.schema_name, table.table_name),
    "rows": lambda table: table.row_count,
    "size": lambda table: table.size_bytes,
    "seq_scan": lambda table: table.seq_scan,
    "idx_scan": lambda table: table.idx_scan,
    "dead": lambda table: table.n_dead_tup,
    "hot": lambda table: table.hot_share,
    "cache": lambda table: table.cache_hit_share,
    "vacuum": lambda table: table.last_vacuum,
    "analyze": lambda table: table.last_analyze,
}


@console_page
@require_safe
def overview(request: HttpRequest, alias: str) -> HttpResponse:
    found = overview_of(alias)
    with_text = may_view_query_text(request)
    context: dict[str, Any] = {
        "overview": found,
        "conclusions": Conclusions.of(found.findings, with_query_text=with_text),
    }
    if found.is_up:
        context["tables"] = attempt(lambda: db_optimizer.all_table_stats(alias))
        context["listed"] = LISTED_ON_OVERVIEW
    return database_page(
        request,
        "overview.html",
        alias=alias,
        tab="overview",
        title=_("Database %s") % alias,
        context=context,
    )


@console_page
@require_safe
def slow_queries(request: HttpRequest, alias: str) -> HttpResponse:
    found = attempt(
        lambda: db_optimizer.analyze_slow_queries(alias, limit=LISTED_QUERIES, with_plans=False)
    )
    since = attempt(lambda: db_optimizer.capabilities(alias).statements_reset)
    queries, sort = sorted_rows(
        found.value or (),
        columns=QUERY_COLUMNS,
        requested=request.GET.get("sort", ""),
        default="-total",
    )
    return database_page(
        request,
        "slow_queries.html",
        alias=alias,
        tab="slow_queries",
        title=_("Slow queries of %s") % alias,
        context={
            "problem": found.problem,
            "queries": queries,
            "sort": sort,
            "limit": LISTED_QUERIES,
            "since": since.value,
        },
    )


@console_page
@require_safe
def query(request: HttpRequest, alias: str, queryid: int) -> HttpResponse:
    found = attempt(lambda: db_optimizer.get_query(alias, queryid))
    context: dict[str, Any] = {"problem": found.problem, "query": found.value}
    if found.value is not None and may_view_query_text(request):
        plan, text = found.value.plan, found.value.query
        tables = attempt(lambda: db_optimizer.all_table_stats(alias))
        context["reading"] = plan_reading.sentences(plan.text) if plan is not None else []
        context["touched"] = touched(text, tables.value or [])
    return database_page(
        request,
        "query.html",
        alias=alias,
        tab="slow_queries",
        title=_("A query of %s") % alias,
        context=context,
        status=found.status,
    )


@console_page
@require_safe
def tables(request: HttpRequest, alias: str) -> HttpResponse:
    found = attempt(lambda: db_optimizer.all_table_stats(alias))
    rows, sort = sorted_rows(
        found.value or (),
        columns=TABLE_COLUMNS,
        requested=request.GET.get("sort", ""),
        default="-size",
    )
    return database_page(
        request,
        "tables.html",
        alias=alias,
        tab="tables",
        title=_("Tables of %s") % alias,
        context={"problem": found.problem, "tables": rows, "sort": sort},
    )


@console_page
@require_safe
def table(request: HttpRequest, alias: str, schema: str, name: str) -> HttpResponse:
    full_name = f"{quoted(schema)}.{quoted(name)}"
    found = attempt(lambda: db_optimizer.get_table_stats(alias, full_name))
    context: dict[str, Any] = {
        "problem": found.problem,
        "table": found.value,
        "full_name": full_name,
    }
    if found.value is not None:
        context["indexes"] = attempt(lambda: _index_rows(alias, schema, name))
        findings = attempt(lambda: db_optimizer.find_index_problems(alias, full_name))
        context["conclusions"] = Conclusions.of(findings.value or (), with_query_text=False)
    return database_page(
        request,
        "table.html",
        alias=alias,
        tab="tables",
        title=_("Table %s") % full_name,
        context=context,
        status=found.status,
    )


def _index_rows(alias: str, schema: str, name: str) -> list[IndexRow]:
    with open_connection(
        using=alias, purpose="report", statement_timeout=TIMEOUT_S, lock_timeout=TIMEOUT_S
    ) as connection:
        found = indexes(connection)  # all: those of the partitions are part of the table's
    return index_rows(found, schema_name=schema, table_name=name)
