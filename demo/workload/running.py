"""Running the workload: several threads, each with its own order of queries, for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from statistics import mean, quantiles
from threading import Event

from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from config.databases import DOMAINS
from demo.exceptions import WorkloadFailed
from demo.workload.parameters import Parameters
from demo.workload.queries import NamedQuery

# With all indexes a thread makes some 500 calls a second; the bound keeps a long run from filling the disk.
CALLS_AT_MOST = 50_000
_STATEMENT_TIMEOUT = "60s"
_TICK = 0.2

Times = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Measured:
    """The times are those that the caller waited, in seconds."""

    query: NamedQuery
    calls: int
    mean: float
    p50: float
    p95: float

    @classmethod
    def of(cls, query: NamedQuery, times: Sequence[float]) -> Measured:
        if not times:
            return cls(query, 0, 0.0, 0.0, 0.0)
        cuts = quantiles(times, n=20, method="inclusive") if len(times) > 1 else [times[0]] * 19
        return cls(query, len(times), mean(times), cuts[9], cuts[18])


def run(
    queries: Sequence[NamedQuery],
    parameters: Parameters,
    *,
    seconds: float,
    threads: int,
    seed: int,
    on_tick: Callable[[float], None] = lambda elapsed: None,
) -> list[Measured]:
    """Raise `WorkloadFailed` at the first statement that fails."""
    stop = Event()
    started = time.monotonic()
    deadline = started + seconds
    with ThreadPoolExecutor(threads) as pool:
        running = {
            pool.submit(_work, queries, parameters, Random(f"{seed}/{number}"), deadline, stop)
            for number in range(threads)
        }
        pending = running
        try:
            while pending:
                done, pending = wait(pending, timeout=_TICK, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
                on_tick(time.monotonic() - started)
        finally:
            stop.set()
    times = [future.result() for future in running]
    return [
        Measured.of(query, [t for own in times for t in own.get(query.name, ())])
        for query in queries
    ]


def _work(
    queries: Sequence[NamedQuery],
    parameters: Parameters,
    rng: Random,
    deadline: float,
    stop: Event,
) -> Times:
    """Play the queries as a pack of cards, shuffled anew each time: the shares hold in a short run too."""
    times: Times = {}
    calls = 0
    with _bounded_statements():
        while True:
            pack = [query for query in queries for _card in range(query.share)]
            rng.shuffle(pack)
            for query in pack:
                if stop.is_set() or calls >= CALLS_AT_MOST or time.monotonic() >= deadline:
                    return times
                started = time.perf_counter()
                _call(query, rng, parameters)
                times.setdefault(query.name, []).append(time.perf_counter() - started)
                calls += 1


def _call(query: NamedQuery, rng: Random, parameters: Parameters) -> None:
    try:
        query.run(rng, parameters)
    except DatabaseError as exc:
        text = _("The query “%(name)s” failed on %(alias)s: %(error)s")
        values = {"name": query.name, "alias": query.alias, "error": str(exc).strip()}
        raise WorkloadFailed(text % values) from exc


@contextmanager
def _bounded_statements() -> Iterator[None]:
    """This thread's connections, with a limit; they go back to the pool without it."""
    opened = [connections[alias] for alias in DOMAINS]
    try:
        for connection in opened:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, false)", [_STATEMENT_TIMEOUT]
                )
        yield
    finally:
        for connection in opened:
            if connection.connection is not None and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("RESET statement_timeout")
            connection.close()
