"""The import log: what each job said, in the order of the jobs."""

from __future__ import annotations

import random
from collections.abc import Iterator

from demo.data.jobs import Job
from demo.data.plan import Table
from demo.data.text import NULL, moment
from demo.data.world import World

# Of a thousand lines between the first and the last, the rest being information.
_ERRORS, _WARNINGS, _DEBUG = 30, 110, 10

_WARNING_KINDS = (
    ("ean", "The check digit of the EAN is wrong; the EAN was left out."),
    ("price", "The price changed by more than half."),
    ("title", "The title is longer than 500 characters and was cut."),
    ("brand", "The brand is not known; the product has none now."),
    ("stock", "The stock is not a whole number; it was rounded down."),
)
_ERROR_KINDS = (
    ("price", "not-a-number", "The price «sur devis» is not a number; the row was rejected."),
    ("sku", "empty", "The SKU is empty; the row was rejected."),
    ("sku", "duplicate", "An earlier line has the same SKU; the row was rejected."),
    ("price", "negative", "The price is negative; the row was rejected."),
)


def tables(world: World) -> list[Table]:
    return [
        Table(
            "import_logs",
            ("id", "job_id", "log_level", "message", "line_number", "context", "created_at"),
            sum(job.log_lines for job in world.jobs),
            lambda: _lines(world),
        )
    ]


def _lines(world: World) -> Iterator[str]:
    rng = world.plan.rng("logs")
    number = 0
    for job in world.jobs:
        last = job.log_lines - 1
        begin = job.started or job.created
        batch = max(1, job.total // max(job.log_lines, 1))
        step = ((job.finished or world.plan.end) - begin) / max(last, 1)
        for place in range(job.log_lines):
            number += 1
            if place == 0:
                said = f"info\tImport of supplier {job.supplier_id} began.\t{NULL}\t{NULL}"
            elif place == last:
                said = _last_words(job)
            else:
                said = _line(rng, job, place, batch)
            yield f"{number}\t{job.id}\t{said}\t{moment(begin + int(place * step))}"


def _line(rng: random.Random, job: Job, place: int, batch: int) -> str:
    """Level, message, line number and context."""
    chance = int(rng.random() * 1000)
    if chance >= _ERRORS + _WARNINGS + _DEBUG:
        last = place * batch
        return (
            f"info\tLines {last - batch + 1} to {last} merged, {chance % (batch + 1)} of them "
            f"changed.\t{last}\t{NULL}"
        )
    at = 2 + int(rng.random() * max(job.total, 1))
    if chance < _ERRORS:
        column, code, text = _ERROR_KINDS[chance % len(_ERROR_KINDS)]
        return f'error\t{text}\t{at}\t{{"code": "{code}", "column": "{column}"}}'
    if chance < _ERRORS + _WARNINGS:
        column, text = _WARNING_KINDS[chance % len(_WARNING_KINDS)]
        return f'warning\t{text}\t{at}\t{{"column": "{column}"}}'
    return f"debug\tBatch {place} took {chance * 7 % 900 + 12} ms.\t{NULL}\t{NULL}"


def _last_words(job: Job) -> str:
    if job.status == "failed":
        return f"error\tThe import failed; nothing of it was kept.\t{NULL}\t{NULL}"
    if job.status == "cancelled":
        return f"warning\tThe import was cancelled by a user.\t{NULL}\t{NULL}"
    if job.status == "running":
        return f"info\t{job.updated} rows changed so far.\t{NULL}\t{NULL}"
    return (
        f"info\tDone: {job.inserted} new, {job.updated} changed, {job.unchanged} unchanged, "
        f"{job.rejected} rejected.\t{NULL}\t{NULL}"
    )
