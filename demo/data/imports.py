"""Configurations, files, jobs, statistics, and what was wrong with the files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby

from demo.data import logs
from demo.data.codes import mix
from demo.data.jobs import Job
from demo.data.plan import PRODUCT_AGE, Table
from demo.data.shares import spread
from demo.data.suppliers import Config, config_of, has_file
from demo.data.text import DAY_MS, NULL, cell, day_of, moment, small_table
from demo.data.world import World

_COLUMNS = {
    "sku": ("Référence", "SKU"),
    "ean": ("EAN13", "EAN"),
    "title": ("Désignation", "Title"),
    "price": ("Prix HT", "Net price"),
    "stock": ("Quantité", "Quantity"),
    "brand": ("Marque", "Brand"),
    "vat_rate": ("TVA", "VAT"),
    "weight_grams": ("Poids (g)", "Weight (g)"),
}
_REQUIRED = ("sku", "title", "price")
_FAILURES = (
    "More bad rows than the configuration tolerates; nothing was changed.",
    "The file has no column «Référence».",
    "The file could not be read as cp1252: byte 0x81 in line 214.",
    "The supplier's server did not answer within 30 seconds.",
)
_REASONS = (
    ("ean", "ean-check-digit", "952000000001X", "The check digit of the EAN is wrong."),
    ("price", "not-a-number", "sur devis", "The price is not a number."),
    ("title", "empty", "", "The title is empty."),
    ("price", "negative", "-1,00", "The price is negative."),
    ("vat_rate", "not-a-percentage", "200", "The VAT is not between 0 and 100."),
    ("sku", "duplicate", "DUP-0001", "An earlier line of the file has the same SKU."),
)


def tables(world: World) -> list[Table]:
    own = {supplier.id: world.configs_of(supplier.id) for supplier in world.suppliers}
    filed = [job for job in world.jobs if has_file(job)]
    return [
        _configs(world),
        _mappings(world),
        _schedules(world),
        Table(
            "import_files",
            ("id", "config_id", "name", "storage_key", "sha256", "size_bytes", "received_at"),
            len(filed),
            lambda: (_file_line(job, config_of(job, own[job.supplier_id])) for job in filed),
        ),
        Table(
            "import_jobs",
            (
                *("id", "config_id", "file_id", "supplier_id", "status", "requested_by_id"),
                *("rows_total", "rows_inserted", "rows_updated", "rows_unchanged"),
                *("rows_rejected", "rows_deactivated", "error"),
                *("created_at", "started_at", "finished_at"),
            ),
            len(world.jobs),
            lambda: (_job_line(job, config_of(job, own[job.supplier_id]).id) for job in world.jobs),
        ),
        Table(
            "import_errors",
            (
                *("id", "job_id", "line_number", "column_name", "value", "code", "message"),
                *("raw_record", "created_at"),
            ),
            sum(job.rejected for job in world.jobs),
            lambda: _error_lines(world),
        ),
        _statistics(world.jobs),
        *logs.tables(world),
    ]


def _configs(world: World) -> Table:
    since = moment(world.plan.end - int(PRODUCT_AGE.total_seconds() * 1000))
    rows: list[tuple[object, ...]] = []
    for config in world.configs:
        supplier = config.supplier
        french = supplier.language == "fr"
        rows.append(
            (
                *(config.id, supplier.id, config.name, config.file_format),
                "cp1252" if french and config.id % 3 == 0 else "utf-8",
                "\t" if config.file_format == "tsv" else ";" if french else ",",
                '"',
                True,
                "Feuille1" if config.file_format == "xlsx" else "",
                "," if french else ".",
                "%d/%m/%Y" if french else "%Y-%m-%d",
                supplier.currency,
                f"https://files.{supplier.host}/{config.name}.{config.file_format}",
                *("0.050", config.number == 0, "0.100", config.id % 17 != 0, since, since),
            )
        )
    return small_table(
        "import_configs",
        "id supplier_id name file_format encoding delimiter quote has_header sheet_name "
        "decimal_separator date_format currency source_url max_error_share deactivate_missing "
        "max_deactivated_share is_active created_at updated_at",
        rows,
    )


def _mappings(world: World) -> Table:
    rows: list[tuple[object, ...]] = []
    for config in world.configs:
        english = config.supplier.language != "fr"
        for position, (field, names) in enumerate(_COLUMNS.items()):
            if config.number and field not in ("sku", "title", "price", "stock"):
                continue
            rows.append(
                (
                    *(len(rows) + 1, config.id, position, names[english], field),
                    '["strip", "decimal"]' if field in ("price", "vat_rate") else '["strip"]',
                    "20" if field == "vat_rate" else "",
                    field in _REQUIRED,
                )
            )
    return small_table(
        "import_mappings",
        "id config_id position source_column target_field transforms default_value is_required",
        rows,
    )


def _schedules(world: World) -> Table:
    end = world.plan.end
    rows: list[tuple[object, ...]] = []
    for config in world.configs:
        chance = mix(config.id, 50)
        night = f"{chance % 60} {1 + chance % 5} * * {'*' if config.number else '1-5'}"
        active = chance % 11 != 0
        last = end - chance % DAY_MS
        rows.append(
            (
                *(len(rows) + 1, config.id, night, "Europe/Paris", active),
                moment(last),
                moment(last + DAY_MS) if active else None,
            )
        )
    return small_table(
        "import_schedules", "id config_id cron time_zone is_active last_run_at next_run_at", rows
    )


def _file_line(job: Job, config: Config) -> str:
    day = day_of(job.created)
    name = f"{config.name}_{day:%Y%m%d}_{job.id}.{config.file_format}"
    digest = hashlib.sha256(f"{config.id}/{job.id}".encode()).hexdigest()
    return (
        f"{job.id}\t{config.id}\t{name}\timports/{day:%Y/%m}/{job.id}/{name}\t{digest}"
        f"\t{180 + job.total * 96}\t{moment(job.created - 1 - job.id % 4000)}"
    )


def _job_line(job: Job, config_id: int) -> str:
    error = _FAILURES[_failure(job)] if job.status == "failed" else ""
    return (
        f"{job.id}\t{config_id}\t{job.id if has_file(job) else NULL}\t{job.supplier_id}"
        f"\t{job.status}\t{job.user_id or NULL}\t{job.total}\t{job.inserted}\t{job.updated}"
        f"\t{job.unchanged}\t{job.rejected}\t{job.deactivated}\t{cell(error)}"
        f"\t{moment(job.created)}\t{moment(job.started) if job.started else NULL}"
        f"\t{moment(job.finished) if job.finished else NULL}"
    )


def _failure(job: Job) -> int:
    return 0 if job.rejected > 40 else 1 + mix(job.id, 51) % 3


def _error_lines(world: World) -> Iterator[str]:
    """As many as the jobs say they rejected, by line of their file."""
    rng = world.plan.rng("errors")
    number = 0
    for job in world.jobs:
        for line_number in spread(rng, job.rejected, job.total, power=1.0):
            number += 1
            column, code, value, message = _REASONS[int(rng.random() ** 2 * len(_REASONS))]
            yield (
                f"{number}\t{job.id}\t{line_number + 2}\t{column}\t{value}\t{code}\t{message}"
                f"\tREF-{line_number:06d};{value};1\t{moment(job.at(line_number / job.total))}"
            )


def _statistics(jobs: list[Job]) -> Table:
    """What the jobs that ended did, by day and supplier."""
    ended = [job for job in jobs if job.status in ("completed", "failed")]
    by_day = sorted(ended, key=lambda job: (job.created // DAY_MS, job.supplier_id))
    rows: list[tuple[object, ...]] = []
    for (day, supplier_id), group in groupby(
        by_day, key=lambda job: (job.created // DAY_MS, job.supplier_id)
    ):
        done = list(group)
        completed = [job for job in done if job.status == "completed"]
        rows.append(
            (
                *(len(rows) + 1, supplier_id, day_of(day * DAY_MS).isoformat()),
                *(len(completed), len(done) - len(completed)),
                sum(job.total for job in done),
                sum(job.inserted for job in completed),
                sum(job.updated for job in completed),
                sum(job.rejected for job in done),
                sum(job.at(1) - job.at(0) for job in done) / 1000,
            )
        )
    return small_table(
        "import_statistics",
        "id supplier_id day jobs_completed jobs_failed rows_total rows_inserted rows_updated "
        "rows_rejected seconds",
        rows,
    )
