from __future__ import annotations

from io import StringIO
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from demo import critical_indexes
from demo.exceptions import WorkloadFailed
from demo.workload import parameters, running
from demo.workload.parameters import Parameters
from demo.workload.queries import QUERIES, NamedQuery
from demo.workload.running import Measured
from tests.demo.databases import execute, number, on_demo_data, unmarked

pytestmark = on_demo_data

Rows = list[tuple[Any, ...]]


def run(*queries: NamedQuery, seconds: float = 0.2, threads: int = 1) -> list[Measured]:
    return running.run(queries, parameters.read(), seconds=seconds, threads=threads, seed=7)


def remembered(names: list[str], name: str, share: int) -> NamedQuery:
    def remember(rng: Random, drawn: Parameters) -> Rows:
        names.append(name)
        return []

    return NamedQuery(name, "catalog", share, remember)


def test_the_shares_hold_in_every_hundred_calls() -> None:
    names: list[str] = []
    run(remembered(names, "often", 9), remembered(names, "seldom", 1), seconds=0.05)
    assert len(names) > 20
    assert names[:10].count("seldom") == names[10:20].count("seldom") == 1


def test_the_order_follows_from_the_seed() -> None:
    first: list[str] = []
    second: list[str] = []
    for names in (first, second):
        run(remembered(names, "often", 9), remembered(names, "seldom", 3), seconds=0.05)
    both = min(len(first), len(second))
    assert both > 20
    assert first[:both] == second[:both]


def test_all_queries_are_called_by_several_threads() -> None:
    measured = run(*QUERIES, seconds=1.5, threads=2)
    assert sum(one.calls for one in measured) > 100
    assert all(0 < one.p50 <= one.p95 for one in measured if one.calls)


def test_the_number_of_calls_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CALLS_AT_MOST", 5)
    names: list[str] = []
    run(remembered(names, "one", 1), seconds=5, threads=2)
    assert len(names) == 10


def test_a_statement_that_fails_ends_the_run_with_its_name() -> None:
    def fail(rng: Random, drawn: Parameters) -> Rows:
        return execute("SELECT 1 / 0")

    with pytest.raises(WorkloadFailed, match=r"“broken” failed on catalog: division by zero"):
        run(NamedQuery("broken", "catalog", 1, fail), *QUERIES, seconds=60, threads=2)


def test_no_statement_may_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_STATEMENT_TIMEOUT", "50ms")

    def sleep(rng: Random, drawn: Parameters) -> Rows:
        return execute("SELECT pg_sleep(30)")

    with pytest.raises(WorkloadFailed, match="statement timeout"):
        run(NamedQuery("sleep", "catalog", 1, sleep), seconds=60)
    connections["catalog"].close()  # the next is the one that the thread gave back
    assert execute("SHOW statement_timeout") == [("0",)]


def test_writes_leave_a_trace_in_the_history() -> None:
    changes = [query for query in QUERIES if query.name in ("change a price", "change a stock")]
    before = (
        number("SELECT count(*) FROM price_history"),
        number("SELECT count(*) FROM stock_history"),
    )
    run(*changes, seconds=0.3)
    after = (
        number("SELECT count(*) FROM price_history"),
        number("SELECT count(*) FROM stock_history"),
    )
    assert before[0] < after[0]
    assert before[1] < after[1]


def test_the_command_drops_the_indexes_and_says_how_they_come_back() -> None:
    output = StringIO()
    call_command("run_workload", "--seconds=0.5", "--without-critical-indexes", stdout=output)
    try:
        assert output.getvalue().count("dropped") == 15
        assert "restore_critical_indexes" in output.getvalue()
        assert "product list *" in output.getvalue()
        assert len(critical_indexes.missing()) == 15
    finally:
        call_command("restore_critical_indexes", stdout=output)
    assert critical_indexes.missing() == []


def test_real_data_is_never_changed() -> None:
    with (
        unmarked("catalog"),
        pytest.raises(CommandError, match=r"only done to demonstration data.*catalog"),
    ):
        call_command("run_workload", "--seconds=0.1")


@pytest.mark.parametrize("option", ["--seconds=0", "--threads=0", "--threads=99", "--seconds=nan"])
def test_impossible_options_are_refused(option: str) -> None:
    with pytest.raises(CommandError, match="1 to 8 threads"):
        call_command("run_workload", option)
