"""What is measured of the advisor's answer to one workload under one budget."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.exchanges import Improvement


@dataclass(frozen=True, slots=True)
class Figures:
    """One workload under one budget. Costs are relative: 1.0 is that with primary keys only."""

    workload: str
    budget_share: float
    budget_bytes: int
    indexes: int
    unprovable: int  # so many of them HypoPG cannot stand for
    relative_cost: float
    first_cost: float  # of the answer that was due after five seconds
    single_cost: float  # with the best single-column indexes that fit
    floor_cost: float
    worst_change: float  # 0.1: one statement is a tenth dearer than without the indexes
    size_bytes: int
    hypopg_bytes: int
    planner_calls: int
    seconds: float
    first_seconds: float
    peak_bytes: int | None  # on Linux only
    is_complete: bool
    exchange: Improvement
