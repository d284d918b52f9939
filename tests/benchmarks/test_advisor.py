from __future__ import annotations

import argparse
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import advisor
from benchmarks import advisor_report as report
from benchmarks.advising import ask
from benchmarks.advisor import Group, add_arguments, measure
from benchmarks.effect import Effect, Size, TrueEffect
from benchmarks.exchanges import Improvement
from benchmarks.figures import Figures
from benchmarks.workloads import Workload
from optimizer.records import AdviceLimits

FIGURES = Figures(
    workload="one",
    budget_share=0.25,
    budget_bytes=25_000_000,
    indexes=3,
    unprovable=1,
    relative_cost=0.3125,
    first_cost=0.5,
    single_cost=0.75,
    floor_cost=0.25,
    worst_change=0.02,
    size_bytes=24_000_000,
    hypopg_bytes=60_000_000,
    planner_calls=1234,
    seconds=12.3,
    first_seconds=4.9,
    peak_bytes=99_000_000,
    is_complete=False,
    exchange=Improvement(0.013, ("CREATE a",), ("CREATE b", "CREATE c"), 300, 1000),
)
EFFECT = TrueEffect(
    "one",
    (Effect("first", 2.0, 100.0, 10.0, 0.2, 0.1), Effect("second", 1.0, 50.0, 40.0, 0.1, 0.1)),
    (Size("idx_first", 9_000_000, 20_000_000, 10_000_000),),
)


def printed(show: str) -> str:
    console = Console(file=StringIO(), width=160)
    if show == "figures":
        report.show_figures(console, [FIGURES])
    else:
        report.show_effect(console, EFFECT)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_table_of_a_workload_shows_cost_floor_size_and_effort() -> None:
    text = printed("figures")
    for figure in ("25%", "25.0", "0.312", "0.750", "0.250", "+2%", "24.0", "60.0", "1,234"):
        assert figure in text
    for figure in ("3 (1 unproved)", "12.3+", "4.9", "99.0", "1.3%", "300/1,000"):
        assert figure in text


def test_a_choice_above_its_budget_is_marked() -> None:
    assert "24.0!" not in printed("figures")
    console = Console(file=StringIO(), width=160)
    report.show_figures(console, [replace(FIGURES, size_bytes=25_000_001)])
    assert isinstance(console.file, StringIO)
    assert "25.0!" in console.file.getvalue()


def test_estimated_and_measured_gains_stand_side_by_side() -> None:
    text = printed("effect")
    assert "90%" in text
    assert "rank correlation 1.00" in text
    assert "50%" in text
    assert "0.90" in text
    assert "2.00" in text


def test_the_json_holds_all_figures() -> None:
    document = json.loads(report.as_json([FIGURES], [EFFECT]))
    assert document["figures"][0]["relative_cost"] == 0.3125
    assert document["figures"][0]["exchange"]["added"] == ["CREATE b", "CREATE c"]
    assert document["effects"][0]["rank_correlation"] == pytest.approx(1.0)
    assert document["effects"][0]["advisor_size_ratio"] == 0.9


def test_the_scale_has_bounds() -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert parser.parse_args(["--scale", "0.5"]).scale == 0.5
    for wrong in ("0.01", "50", "much"):
        with pytest.raises(SystemExit, match="2"):
            parser.parse_args(["--scale", wrong])


@pytest.fixture
def few(small: Workload, monkeypatch: pytest.MonkeyPatch) -> Workload:
    """Some statements of the warehouse, and little time."""
    monkeypatch.setattr(advisor, "BUDGETS", (1.0,))
    monkeypatch.setattr(advisor, "CHECK_SECONDS", 0.5)
    names = {"a receipt", "shopper by address", "latest purchases of a shopper"}
    chosen = tuple(question for question in small.questions if question.name in names)
    return replace(small, questions=chosen)


def test_the_advisor_is_asked_in_a_process_of_its_own(few: Workload) -> None:
    found = ask(few, AdviceLimits(seconds=5.0))
    assert found.advice.statements_analysed == 3
    assert found.peak_bytes is None or 30_000_000 < found.peak_bytes < 300_000_000


def test_a_workload_is_measured_under_each_budget(few: Workload) -> None:
    (found,) = measure(few)
    assert 0 < found.floor_cost <= found.relative_cost < 1
    assert found.floor_cost <= found.single_cost < 1
    assert found.indexes > 0
    assert 0 < found.size_bytes < found.hypopg_bytes
    assert found.exchange.tried > 0


def test_the_whole_run_measures_builds_and_writes_the_figures(
    few: Workload, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(advisor, "groups", lambda scale: iter([Group([few], is_built=True)]))
    console = Console(file=StringIO(), width=160)
    to = tmp_path / "figures.json"
    assert advisor.run(console, argparse.Namespace(scale=1.0, json=to)) == 0
    document = json.loads(to.read_text())
    assert [one["workload"] for one in document["figures"]] == ["warehouse, scale 0.02"]
    assert len(document["effects"][0]["effects"]) == 3
    with few.connect() as connection:
        indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public'"
        assert connection.execute(indexes).fetchone() == (10,)
