"""The true effect: what the planner promises of the suggested indexes, and what they do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import psycopg
from psycopg import errors, sql

from benchmarks.planning import NOTHING, Costs, Offer, Planner
from benchmarks.suggested import built
from benchmarks.workloads import Question, Workload
from optimizer.records import IndexSuggestion

RUNS: Final = 3  # of each text and side, after one that warms the caches up
TIMEOUT_S: Final = 20
# pg_partition_tree has no row for what is neither partitioned nor a partition.
REAL_SIZE: Final = """
SELECT pg_relation_size(%(name)s::regclass)
     + coalesce(sum(pg_relation_size(relid)), 0)::bigint
  FROM pg_partition_tree(%(name)s::regclass)
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """One statement: planner's cost and seconds of one call, on average over its values."""

    name: str
    weight: float
    cost_before: float
    cost_after: float
    seconds_before: float
    seconds_after: float

    @property
    def estimated_gain(self) -> float:
        """0.9: nine tenths of the cost are gone."""
        return 1 - self.cost_after / self.cost_before

    @property
    def measured_gain(self) -> float:
        return 1 - self.seconds_after / self.seconds_before


@dataclass(frozen=True, slots=True)
class Size:
    """An index, in bytes."""

    name: str
    advisor: int
    hypopg: int
    real: int


@dataclass(frozen=True, slots=True)
class TrueEffect:
    workload: str
    effects: tuple[Effect, ...]
    sizes: tuple[Size, ...]

    @property
    def estimated_gain(self) -> float:
        return total_gain([(one.weight, one.cost_before, one.cost_after) for one in self.effects])

    @property
    def measured_gain(self) -> float:
        return total_gain(
            [(one.weight, one.seconds_before, one.seconds_after) for one in self.effects]
        )

    @property
    def correlation(self) -> float | None:
        """Of the weighted gains, estimated and measured, by rank."""
        return spearman(
            [one.weight * (one.cost_before - one.cost_after) for one in self.effects],
            [one.weight * (one.seconds_before - one.seconds_after) for one in self.effects],
        )

    @property
    def advisor_ratio(self) -> float | None:
        return median_ratio([(size.advisor, size.real) for size in self.sizes])

    @property
    def hypopg_ratio(self) -> float | None:
        return median_ratio([(size.hypopg, size.real) for size in self.sizes])


def true_effect(workload: Workload, suggestions: Sequence[IndexSuggestion]) -> TrueEffect:
    """Build the indexes, run every statement without and with them, and drop them again.

    Nothing is analyzed in between, and whatever the statements write is rolled back.
    """
    with workload.connect() as connection:
        estimates = _estimates(connection, workload.questions, suggestions)
    with workload.connect() as connection, built(suggestions, connection=connection) as names:
        real = {name: index_bytes(connection, name) for name in names}
        before = _seconds(connection, workload.questions, without=names)
        after = _seconds(connection, workload.questions, without=())
    effects = [
        Effect(question.name, question.weight, *costs, before[question.name], after[question.name])
        for question, costs in zip(workload.questions, estimates.costs, strict=True)
    ]
    sizes = [
        Size(one.name, one.size_bytes, estimates.hypopg_bytes[one.name], real[one.name])
        for one in suggestions
        if one.name in estimates.hypopg_bytes
    ]
    return TrueEffect(workload.name, tuple(effects), tuple(sizes))


@dataclass(frozen=True, slots=True)
class _Estimates:
    costs: tuple[tuple[float, float], ...]  # of a call of each question, before and after
    hypopg_bytes: dict[str, int]  # by the suggestion's name, where HypoPG can stand for it


def _estimates(
    connection: psycopg.Connection[Any],
    questions: Sequence[Question],
    suggestions: Sequence[IndexSuggestion],
) -> _Estimates:
    planner = Planner(connection)
    costs = Costs(planner, questions)
    offers = {suggestion.name: Offer.of(suggestion) for suggestion in suggestions}
    possible = frozenset(planner.accepted(offers.values()))
    return _Estimates(
        costs=tuple(
            (costs.of(one, NOTHING) / one.weight, costs.of(one, possible) / one.weight)
            for one in questions
        ),
        hypopg_bytes={
            name: planner.hypopg_bytes((offer,))
            for name, offer in offers.items()
            if offer in possible
        },
    )


def index_bytes(connection: psycopg.Connection[Any], name: str) -> int:
    """With its partitions, where it has any."""
    identifier = sql.Identifier(name).as_string(connection)
    row = connection.execute(REAL_SIZE, {"name": identifier}).fetchone()
    return int(row[0]) if row else 0


def _seconds(
    connection: psycopg.Connection[Any], questions: Sequence[Question], *, without: Sequence[str]
) -> dict[str, float]:
    """For each question the seconds of a call. Dropping inside a transaction that is rolled back
    takes no time, and both sides run in one."""
    with connection.transaction(force_rollback=True):
        connection.execute("SELECT set_config('max_parallel_workers_per_gather', '0', true)")
        connection.execute("SELECT set_config('jit', 'off', true)")
        connection.execute("SELECT set_config('statement_timeout', %s, true)", (f"{TIMEOUT_S}s",))
        for name in without:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        return {
            question.name: sum(_median_time(connection, text) for text in question.texts)
            / len(question.texts)
            for question in questions
        }


def _median_time(connection: psycopg.Connection[Any], text: str) -> float:
    """Of a statement that does not end in time, the time limit."""
    times: list[float] = []
    for _run in range(RUNS + 1):
        try:
            with connection.transaction(force_rollback=True):
                started = time.perf_counter()
                connection.execute(text.encode())
                times.append(time.perf_counter() - started)
        except errors.QueryCanceled:
            return float(TIMEOUT_S)
    return median(times[1:])


def total_gain(parts: Sequence[tuple[float, float, float]]) -> float:
    """The share that is gone, of (weight, before, after)."""
    before = sum(weight * first for weight, first, _second in parts)
    after = sum(weight * second for weight, _first, second in parts)
    return 1 - after / before if before else 0.0


def median_ratio(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Of an estimate to what is real; None where nothing was built."""
    return median(estimate / real for estimate, real in pairs) if pairs else None


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The correlation of the ranks, from -1 to 1; None where one of them does not vary."""
    ranks = [_ranks(first), _ranks(second)]
    middle = (len(first) + 1) / 2
    off = [[rank - middle for rank in own] for own in ranks]
    spread = [sum(value * value for value in own) for own in off]
    if not all(spread):
        return None
    together = sum(one * other for one, other in zip(*off, strict=True))
    return float(together / (spread[0] * spread[1]) ** 0.5)


def _ranks(values: Sequence[float]) -> list[float]:
    """From 1; equal values share the middle of their places."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]
