"""Time that statements take with some indexes and without them, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from statistics import quantiles
from typing import Any

from django.db import connections, transaction
from psycopg import sql

from demo.workload.parameters import Parameters
from demo.workload.queries import NamedQuery

ROUNDS = 6
RUNS = 10  # of each round, after one that warms the caches up

Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds."""

    runs: int
    p50: float
    p95: float

    @classmethod
    def of(cls, times: Sequence[float]) -> Latency:
        cuts = quantiles(times, n=20, method="inclusive")
        return cls(len(times), cuts[9], cuts[18])


@dataclass(frozen=True, slots=True)
class Comparison:
    query: NamedQuery
    before: Latency
    after: Latency

    @property
    def p50_change(self) -> float:
        """-0.9: nine tenths less."""
        return self.after.p50 / self.before.p50 - 1

    @property
    def p95_change(self) -> float:
        return self.after.p95 / self.before.p95 - 1


@dataclass(slots=True)
class Stopwatch:
    """A wrapper for Django's `execute_wrapper`: the time in the database, as the client sees it."""

    seconds: float = 0.0
    statements: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(
        self, execute: Execute, statement: str, values: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        self.statements.append((statement, values))
        started = time.perf_counter()
        try:
            return execute(statement, values, many, context)
        finally:
            self.seconds += time.perf_counter() - started


def compare(
    query: NamedQuery,
    parameters: Parameters,
    *,
    indexes: Sequence[str],
    seed: int,
    rounds: int = ROUNDS,
    runs: int = RUNS,
) -> Comparison:
    """The same calls without and with the indexes, in turns.

    The indexes are dropped inside a transaction that is rolled back, which takes no time; both
    sides run in a transaction, so that they differ in nothing else.
    """
    before: list[float] = []
    after: list[float] = []
    for number in range(rounds):
        draws = [f"{seed}/{query.name}/{number}/{run}" for run in range(runs)]
        with _without(indexes, using=query.alias):
            before += _times(query, parameters, draws)
        with transaction.atomic(using=query.alias):
            after += _times(query, parameters, draws)
    return Comparison(query, Latency.of(before), Latency.of(after))


def statements_of(
    query: NamedQuery, parameters: Parameters, *, seed: int, runs: int = 5
) -> list[tuple[str, Any]]:
    """What some calls of the query execute, with the values."""
    watch = Stopwatch()
    with connections[query.alias].execute_wrapper(watch):
        for run in range(runs):
            query.run(Random(f"{seed}/{query.name}/{run}"), parameters)
    return watch.statements


@contextmanager
def _without(indexes: Sequence[str], *, using: str) -> Iterator[None]:
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            for name in indexes:
                cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        yield
        transaction.set_rollback(True, using=using)


def _times(query: NamedQuery, parameters: Parameters, draws: Sequence[str]) -> list[float]:
    query.run(Random(draws[0]), parameters)
    return [_time(query, parameters, Random(draw)) for draw in draws]


def _time(query: NamedQuery, parameters: Parameters, rng: Random) -> float:
    watch = Stopwatch()
    with connections[query.alias].execute_wrapper(watch):
        query.run(rng, parameters)
    return watch.seconds
