from __future__ import annotations

from argparse import Namespace
from io import StringIO

import pytest
from rich.console import Console

from benchmarks import headline
from benchmarks.headline import COMPANY, Outcome, render, without_critical_indexes
from benchmarks.measuring import Comparison, Latency
from demo import critical_indexes
from demo.exceptions import NotDemoData
from demo.workload.queries import CRITICAL
from tests.demo.databases import catalogue, on_demo_data, unmarked

pytestmark = on_demo_data


def console() -> Console:
    return Console(file=StringIO(), width=160)


def printed(on: Console) -> str:
    assert isinstance(on.file, StringIO)
    return on.file.getvalue()


def test_the_company_measured_each_critical_query() -> None:
    assert set(COMPANY) == {query.name for query in CRITICAL}


def interrupted() -> None:
    with without_critical_indexes(console()):
        assert len(critical_indexes.missing()) == 15
        raise KeyboardInterrupt


def test_the_critical_indexes_come_back_when_all_is_interrupted() -> None:
    before = catalogue()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert catalogue() == before


def test_the_whole_run_measures_every_query_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(headline, "SECONDS", 2)
    before, on = catalogue(), console()
    status = headline.run(on, Namespace())
    assert catalogue() == before
    for query in CRITICAL:
        assert f"Measuring: {query.name}" in printed(on)
    # Tables as small as these need few indexes; that is said, and it is no success.
    assert ("The suggestions do not serve" in printed(on)) == (status == 1)


def test_real_data_is_never_measured() -> None:
    with unmarked("catalog"), pytest.raises(NotDemoData, match="catalog"):
        headline.run(console(), Namespace())
    assert critical_indexes.missing() == []


def test_the_table_shows_the_change_beside_the_companys() -> None:
    comparison = Comparison(CRITICAL[0], Latency(60, 0.1, 0.2), Latency(60, 0.01, 0.04))
    on = console()
    on.print(render([Outcome(comparison, ("idx_found",)), Outcome(comparison, ())]))
    assert "100.00" in printed(on)
    assert "-90%" in printed(on)
    assert "-80%" in printed(on)
    assert "850 → 45 ms, -95 %" in printed(on)
    assert "idx_found" in printed(on)
    assert "nothing" in printed(on)
