from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from optimizer import judgement
from optimizer.observe.activity import Activity, LongTransaction
from optimizer.records import (
    Advice,
    Capabilities,
    Evidence,
    Finding,
    IndexSuggestion,
    Severity,
    SlowQuery,
    TableStats,
    Verdict,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)

CAPABLE = Capabilities(
    server_version=150018,
    database="db_catalog",
    role="catalog",
    has_pg_stat_statements=True,
    pg_stat_statements_problem="",
    has_hypopg=True,
    hypopg_problem="",
    reads_all_stats=True,
    stats_reset=NOW - timedelta(days=60),
    statements_reset=NOW - timedelta(days=60),
    statements_evicted=0,
)
QUERY = SlowQuery(
    queryid=1,
    query="SELECT 1",
    kind="SELECT",
    role="catalog",
    avg_time=0.001,
    call_count=1000,
    total_time=1.0,
    share_of_load=0.1,
    min_time=0.0,
    max_time=0.1,
    stddev_time=0.0,
    rows=1000,
    shared_blocks_hit=1,
    shared_blocks_read=0,
    temp_blocks_written=0,
    wal_bytes=0,
)
ADVICE = Advice(
    suggestions=(),
    baseline_cost=100.0,
    cost_with_suggestions=100.0,
    planner_calls=1,
    seconds=0.1,
    evidence=Evidence.HYPOPG,
    statements_analysed=1,
    skipped=(),
    findings=(),
)
SUGGESTION = IndexSuggestion(
    number=1,
    schema_name="public",
    table_name="products",
    name="idx_products_sku",
    columns=("sku",),
    include=(),
    predicate="",
    method="btree",
    create_sql="CREATE INDEX CONCURRENTLY idx_products_sku ON public.products (sku);",
    estimated_benefit=0.8,
    size_bytes=1,
    evidence=Evidence.HYPOPG,
    reason="",
    statements=(),
)
TABLE = TableStats(
    schema_name="public",
    table_name="products",
    row_count=100_000,
    size_bytes=1,
    heap_bytes=1,
    index_bytes=0,
    toast_bytes=0,
    partitions=0,
    seq_scan=0,
    seq_tup_read=0,
    idx_scan=0,
    n_live_tup=100_000,
    n_dead_tup=0,
    n_tup_ins=0,
    n_tup_upd=0,
    n_tup_del=0,
    n_tup_hot_upd=0,
    n_mod_since_analyze=0,
    blocks_hit=0,
    blocks_read=0,
    last_vacuum=NOW,
    last_analyze=NOW,
)


def problems(findings: list[Finding]) -> dict[str, Finding]:
    return {found.code: found for found in findings if found.verdict != Verdict.OK}


def test_a_capable_server_has_nothing_to_say() -> None:
    assert judgement.judge_capabilities(CAPABLE, now=NOW) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"has_pg_stat_statements": False}, "statements-unavailable"),
        ({"has_hypopg": False}, "hypopg-missing"),
        ({"reads_all_stats": False}, "statements-hidden"),
        ({"stats_reset": NOW - timedelta(days=6)}, "statistics-young"),
    ],
)
def test_what_cannot_be_judged_is_unknown_and_not_fine(change: dict[str, Any], code: str) -> None:
    found = problems(judgement.judge_capabilities(replace(CAPABLE, **change), now=NOW))

    assert list(found) == [code]
    assert found[code].verdict == Verdict.UNKNOWN


def test_a_role_is_quoted_in_the_grant() -> None:
    found = problems(
        judgement.judge_capabilities(
            replace(CAPABLE, reads_all_stats=False, role="Cat alog"), now=NOW
        )
    )

    assert found["statements-hidden"].remedy == 'GRANT pg_read_all_stats TO "Cat alog";'


def test_lost_statements_are_told() -> None:
    found = problems(judgement.judge_capabilities(replace(CAPABLE, statements_evicted=3), now=NOW))

    assert "3 times" in found["statements-evicted"].message


@pytest.mark.parametrize(
    ("mean", "calls", "slow"),
    [(0.020, 100, True), (0.0199, 100, False), (0.020, 99, False), (5.0, 1, False)],
)
def test_slow_is_a_mean_of_20_ms_over_100_calls(mean: float, calls: int, slow: bool) -> None:
    query = replace(QUERY, avg_time=mean, call_count=calls, share_of_load=0.049)

    found = problems(judgement.judge_slow_queries([query], alias="catalog"))

    assert ("slow-statements" in found) is slow


@pytest.mark.parametrize(
    ("mean", "total", "slow"), [(0.020, 1.0, True), (0.0199, 1.0, False), (0.020, 0.99, False)]
)
def test_a_slow_statement_with_a_share_of_the_load_needs_no_100_calls(
    mean: float, total: float, slow: bool
) -> None:
    query = replace(QUERY, avg_time=mean, call_count=7, total_time=total, share_of_load=0.05)

    found = problems(judgement.judge_slow_queries([query], alias="catalog"))

    assert ("slow-statements" in found) is slow


def test_suggestions_are_a_conclusion_with_what_they_save_together() -> None:
    advice = replace(ADVICE, suggestions=(SUGGESTION,), cost_with_suggestions=20.0)

    found = problems(judgement.judge_advice(advice, alias="catalog"))["suggestions"]

    assert found.message.startswith("1 index would take 80 % off")
    assert found.remedy == "manage.py optimize_db catalog --suggest"


def test_no_suggestion_is_fine_where_there_was_something_to_judge_by() -> None:
    (found,) = judgement.judge_advice(ADVICE, alias="catalog")

    assert found.verdict == Verdict.OK
    assert judgement.judge_advice(replace(ADVICE, statements_analysed=0), alias="catalog") == []


def test_one_statement_with_a_third_of_the_load_is_told_with_its_text() -> None:
    query = replace(QUERY, share_of_load=0.31, total_time=2.0)

    found = problems(judgement.judge_slow_queries([query], alias="catalog"))["heavy-statement"]

    assert "31 %" in found.message
    assert found.detail == "SELECT 1"
    assert found.remedy == "manage.py optimize_db catalog --slow-queries --limit 1"


def test_a_share_of_next_to_nothing_is_not_told() -> None:
    query = replace(QUERY, share_of_load=0.9, total_time=0.5)

    (found,) = judgement.judge_slow_queries([query], alias="catalog")

    assert found.verdict == Verdict.OK


@pytest.mark.parametrize(
    ("change", "code", "option"),
    [
        ({"last_analyze": None}, "never-analysed", "--analyze"),
        ({"n_mod_since_analyze": 20_000}, "stale-statistics", "--analyze"),
        ({"n_dead_tup": 25_000}, "dead-rows", "--vacuum"),
        ({"last_vacuum": None}, "never-vacuumed", "--vacuum"),
    ],
)
def test_a_table_in_need_is_named_with_the_command(
    change: dict[str, Any], code: str, option: str
) -> None:
    table = replace(TABLE, table_name="it's", **change)

    found = problems(judgement.judge_tables([TABLE, table], alias="catalog"))

    assert list(found) == [code]
    assert 'public."it\'s"' in found[code].message
    assert found[code].remedy == (
        f"manage.py optimize_db catalog {option} --table 'public.\"it'\"'\"'s\"'"
    )


def test_several_tables_are_one_finding_for_the_whole_database() -> None:
    tables = [replace(TABLE, table_name=f"t{n}", last_analyze=None) for n in range(7)]

    (found,) = judgement.judge_tables(tables, alias="catalog")

    assert found.message.startswith("7 tables")
    assert "public.t4, …" in found.message
    assert "public.t6" in found.detail
    assert found.remedy == "manage.py optimize_db catalog --analyze"


def test_small_tables_need_no_statistics() -> None:
    table = replace(TABLE, n_live_tup=999, last_analyze=None, last_vacuum=None)

    (found,) = judgement.judge_tables([table], alias="catalog")

    assert found.verdict == Verdict.OK


@pytest.mark.parametrize(
    ("used", "severity"), [(79, None), (80, Severity.WARNING), (90, Severity.CRITICAL)]
)
def test_connections_are_judged_against_what_is_usable(
    used: int, severity: Severity | None
) -> None:
    activity = Activity(
        connections=used, usable_connections=100, blocks_hit=2_000_000, blocks_read=0
    )

    found = problems(judgement.judge_activity(activity, alias="catalog"))

    assert (found["connections"].severity if found else None) == severity


@pytest.mark.parametrize(
    ("hit", "read", "verdict", "severity"),
    [
        (999_000, 1_000, Verdict.OK, Severity.INFO),
        (980_000, 20_000, Verdict.PROBLEM, Severity.WARNING),
        (900_000, 100_000, Verdict.PROBLEM, Severity.CRITICAL),
        (10, 90, Verdict.UNKNOWN, Severity.INFO),
        (0, 0, Verdict.UNKNOWN, Severity.INFO),
    ],
)
def test_the_cache_is_judged_once_enough_was_read(
    hit: int, read: int, verdict: Verdict, severity: Severity
) -> None:
    activity = Activity(connections=1, usable_connections=100, blocks_hit=hit, blocks_read=read)

    cache = judgement.judge_activity(activity, alias="catalog")[1]

    assert (cache.verdict, cache.severity) == (verdict, severity)


def test_an_idle_transaction_is_terminated_and_a_working_one_cancelled() -> None:
    idle = LongTransaction(
        pid=7, role="a", application_name="", state="idle in transaction", seconds=301
    )
    active = LongTransaction(pid=8, role="a", application_name="x", state="active", seconds=3600)

    first, second = judgement.judge_long_transactions([idle, active])

    assert first.remedy == "SELECT pg_terminate_backend(7);"
    assert first.severity == Severity.WARNING
    assert second.remedy == "SELECT pg_cancel_backend(8);"
    assert second.severity == Severity.CRITICAL


def test_the_worst_comes_first() -> None:
    fine = judgement.fine("fine", "")
    unknown = judgement.unknown("unknown", "")
    note = Finding("note", Verdict.PROBLEM, Severity.INFO, "")
    critical = Finding("critical", Verdict.PROBLEM, Severity.CRITICAL, "")

    ordered = judgement.worst_first([fine, note, unknown, critical])

    assert [found.code for found in ordered] == ["critical", "note", "unknown", "fine"]
