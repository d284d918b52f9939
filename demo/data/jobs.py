"""The import jobs: when each ran, for whom, and what it did. Other tables follow from them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

from demo.data.plan import (
    HISTORY,
    JOBS,
    LOG_LINES,
    PRICE_CHANGES,
    STOCK_CHANGES,
    SUPPLIERS,
    USERS,
    Plan,
    milliseconds,
)
from demo.data.products import Products
from demo.data.shares import apportion
from demo.data.text import DAY_MS, HOUR_MS

RUNNING_AT_MOST = 4
PENDING_AT_MOST = 8
_FEWEST_LINES = 3
_QUIET = 2 * HOUR_MS  # nothing that has ended began later than this before the anchor
_RECENT = HOUR_MS // 2  # what has not ended began within this

# Most files come in the night; at weekends few suppliers send any.
_HOURS = [9, 10, 14, 18, 20, 16, 9, 5, 4, 4, 4, 4, 3, 4, 4, 4, 3, 3, 2, 2, 2, 2, 4, 6]
_WEEKDAYS = [10, 10, 10, 10, 10, 4, 3]


@dataclass(slots=True)
class Job:
    id: int
    supplier_id: int
    status: str
    created: int
    started: int | None = None
    finished: int | None = None
    user_id: int | None = None  # None: the schedule started it
    products: int = 0  # how many the supplier had
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    deactivated: int = 0
    price_changes: int = 0
    stock_changes: int = 0
    log_lines: int = 0

    @property
    def total(self) -> int:
        return self.inserted + self.updated + self.unchanged + self.rejected

    def at(self, part: float) -> int:
        """The moment at which that part of the job was done."""
        start = self.started or self.created
        return start + int(((self.finished or start) - start) * part)


def build(plan: Plan, products: Products) -> list[Job]:
    """All jobs by time of creation; ids from 1."""
    total = plan.count(JOBS)
    running = min(RUNNING_AT_MOST, 1 + total // 1000)
    pending = min(PENDING_AT_MOST, 1 + total // 1000)
    jobs = _ended(plan, products, total - running - pending)
    jobs += _open(plan, products, len(jobs) + 1, running, pending)
    _share_out(plan, jobs)
    rng = plan.rng("jobs/rows")
    for job in jobs:
        _count_rows(rng, job)
    return jobs


def _ended(plan: Plan, products: Products, count: int) -> list[Job]:
    rng = plan.rng("jobs/ended")
    suppliers = _suppliers(products)
    temper = [rng.lognormvariate(0, 0.7) for _ in range(SUPPLIERS + 1)]  # some fail more often
    sums = list(accumulate(len(products.of_supplier[number]) ** 0.5 for number in suppliers))
    jobs = []
    for number, created in enumerate(_moments(plan, rng, count), start=1):
        (supplier_id,) = rng.choices(suppliers, cum_weights=sums)
        job = Job(number, supplier_id, _outcome(rng, temper[supplier_id]), created)
        job.started = created + int(rng.lognormvariate(8, 0.8))
        job.finished = min(
            job.started + int(rng.lognormvariate(10.6, 1.1)), plan.end - HOUR_MS // 2
        )
        job.user_id = rng.choice(list(USERS)) if rng.random() < 0.2 else None
        job.products = products.existing(supplier_id, created)
        jobs.append(job)
    return jobs


def _open(plan: Plan, products: Products, first: int, running: int, pending: int) -> list[Job]:
    """Those still to be done; of one supplier at most one is running."""
    rng = plan.rng("jobs/open")
    suppliers = _suppliers(products)
    owners = rng.sample(suppliers, running) + rng.choices(suppliers, k=pending)
    moments = sorted(plan.end - int(rng.random() * _RECENT) for _ in owners)
    jobs = []
    for number, (owner, created) in enumerate(zip(owners, moments, strict=True)):
        is_running = number < running
        job = Job(first + number, owner, "running" if is_running else "pending", created)
        job.started = created if is_running else None
        job.products = products.existing(owner, created)
        jobs.append(job)
    return jobs


def _suppliers(products: Products) -> list[int]:
    return [number for number, ids in enumerate(products.of_supplier) if ids]


def _moments(plan: Plan, rng: random.Random, count: int) -> list[int]:
    first = milliseconds(plan.months()[0])
    latest = plan.end - _QUIET
    days = range((latest - first) // DAY_MS + 1)
    monday = plan.months()[0].weekday()
    sums = list(
        accumulate(_WEEKDAYS[(monday + day) % 7] * (1 + 0.6 * day / len(days)) for day in days)
    )
    moments = [
        first + day * DAY_MS + int((hour + rng.random()) * HOUR_MS)
        for day, hour in zip(
            rng.choices(days, cum_weights=sums, k=count),
            rng.choices(range(24), _HOURS, k=count),
            strict=True,
        )
    ]
    return sorted(at if at < latest else at - 7 * DAY_MS for at in moments)


def _outcome(rng: random.Random, temper: float) -> str:
    chance = rng.random()
    if chance < 0.007:
        return "cancelled"
    return "failed" if chance < 0.007 + 0.016 * temper else "completed"


def _share_out(plan: Plan, jobs: list[Job]) -> None:
    """The changes of a year go to the jobs that completed, the log lines to all that began."""
    rng = plan.rng("jobs/shares")
    since = plan.end - int(HISTORY.total_seconds() * 1000)
    merged = [
        job for job in jobs if job.status == "completed" and job.created >= since and job.products
    ]
    weights = [job.products**0.6 * rng.lognormvariate(0, 0.6) for job in merged]
    prices = apportion(plan.count(PRICE_CHANGES), weights)
    stocks = apportion(plan.count(STOCK_CHANGES), weights)
    for job, price_changes, stock_changes in zip(merged, prices, stocks, strict=True):
        job.price_changes, job.stock_changes = price_changes, stock_changes
        job.updated = max(price_changes, stock_changes)
    begun = [job for job in jobs if job.started is not None]
    talk = [rng.lognormvariate(0, 1.3) for _ in begun]
    lines = apportion(plan.count(LOG_LINES) - _FEWEST_LINES * len(begun), talk)
    for job, count in zip(begun, lines, strict=True):
        job.log_lines = _FEWEST_LINES + count


def _count_rows(rng: random.Random, job: Job) -> None:
    if job.status == "pending":
        return
    in_file = int(job.products * rng.uniform(0.6, 1))
    job.rejected = int(rng.lognormvariate(0.9, 1.1)) if rng.random() < 0.6 else 0
    if job.status != "completed":
        # Most fail on the bad rows; what was read of the others was taken back.
        job.rejected *= 40 if job.status == "failed" and rng.random() < 0.3 else 1
        job.updated, job.unchanged = 0, in_file
        return
    job.inserted = int(rng.lognormvariate(0.5, 1.3))
    job.updated = job.updated or int(job.products**0.5)
    job.unchanged = max(0, in_file - job.updated)
    job.deactivated = int(rng.lognormvariate(1, 1)) if rng.random() < 0.1 else 0
