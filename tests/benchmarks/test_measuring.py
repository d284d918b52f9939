from __future__ import annotations

import time
from random import Random
from typing import Any

import pytest

from benchmarks.measuring import Comparison, Latency, compare, statements_of
from demo.workload import parameters
from demo.workload.parameters import Parameters
from demo.workload.queries import CRITICAL, NamedQuery
from tests.demo.databases import catalogue, execute, on_demo_data

pytestmark = on_demo_data

QUERIES = {query.name: query for query in CRITICAL}


def test_percentiles_are_of_all_runs() -> None:
    latency = Latency.of([number / 1000 for number in range(101)])
    assert (latency.runs, latency.p50, latency.p95) == (101, 0.050, 0.095)


def test_the_change_is_a_share_of_what_it_was() -> None:
    comparison = Comparison(CRITICAL[0], Latency(9, 0.200, 0.400), Latency(9, 0.020, 0.100))
    assert comparison.p50_change == pytest.approx(-0.9)
    assert comparison.p95_change == pytest.approx(-0.75)


@pytest.mark.parametrize("query", CRITICAL, ids=lambda query: query.name)
def test_a_query_is_measured_in_turns_and_its_indexes_stay(query: NamedQuery) -> None:
    indexes = {
        "catalog": "idx_products_active_created_desc",
        "imports": "idx_import_logs_job_created_level",
        "analytics": "idx_notifications_user_unread",
    }
    before = catalogue()
    comparison = compare(
        query, parameters.read(), indexes=[indexes[query.alias]], seed=7, rounds=2, runs=3
    )
    assert comparison.before.runs == comparison.after.runs == 6
    assert 0 < comparison.after.p50 <= comparison.after.p95
    assert catalogue() == before


def slow_without_its_index(rng: Random, drawn: Parameters) -> list[tuple[Any, ...]]:
    time.sleep(0.02)  # what Python does takes as long on both sides and is not measured
    return execute(
        "SELECT pg_sleep(CASE WHEN to_regclass(%s) IS NULL THEN 0.01 ELSE 0 END)",
        "idx_metrics_name_recorded",
        using="analytics",
    )


def test_before_is_without_the_index_and_after_is_with_it() -> None:
    query = NamedQuery("slow", "analytics", 1, slow_without_its_index)
    comparison = compare(
        query, parameters.read(), indexes=["idx_metrics_name_recorded"], seed=7, rounds=2, runs=3
    )
    assert comparison.before.p50 >= 0.01 > comparison.after.p50


def test_the_statements_of_a_query_are_seen_with_their_values() -> None:
    statements = statements_of(QUERIES["job dashboard"], parameters.read(), seed=7, runs=1)
    assert len(statements) == 10
    assert all("import_jobs" in statement for statement, values in statements)
