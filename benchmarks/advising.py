"""Asking the advisor in a process of its own, so that its memory is nobody else's."""

from __future__ import annotations

import re
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import django
import psycopg

from benchmarks.workloads import Workload
from optimizer.records import Advice, AdviceLimits, WorkloadStatement

# Not getrusage: after fork and exec that begins with the peak of the parent.
STATUS: Final = Path("/proc/self/status")
PEAK: Final = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    advice: Advice
    peak_bytes: int | None  # of the whole process, Python and Django included; on Linux only


def ask(workload: Workload, limits: AdviceLimits) -> Asked:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        return pool.submit(_advised, workload.parameters, workload.sources, limits).result()


def _advised(
    parameters: dict[str, Any], sources: list[WorkloadStatement], limits: AdviceLimits
) -> Asked:
    from optimizer.advise.advisor import advise  # needs Django's settings, which are set up by now

    with psycopg.connect(**parameters, autocommit=True) as connection:
        # As the figures are judged: plans of one process, without compiling.
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SET jit = off")
        advice = advise(connection, statements=sources, limits=limits)
    return Asked(advice, _peak_bytes())


def _peak_bytes() -> int | None:
    found = PEAK.search(STATUS.read_text()) if STATUS.exists() else None
    return int(found[1]) * 1024 if found else None
