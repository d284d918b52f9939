"""The catalogue, in the order in which its references allow it to be filled."""

from __future__ import annotations

from collections.abc import Iterator

from demo.data import articles, history, vocabulary
from demo.data.codes import mix
from demo.data.jobs import Job
from demo.data.plan import PRODUCT_AGE, Plan, Table
from demo.data.text import DAY_MS, moment, small_table
from demo.data.world import World

_LEDGER_BATCH = 5_000


def tables(world: World) -> list[Table]:
    return [
        _suppliers(world),
        _categories(),
        _brands(world.plan),
        *articles.tables(world),
        *history.tables(world),
        _ledger(world),
    ]


def _suppliers(world: World) -> Table:
    since = moment(world.plan.end - int(PRODUCT_AGE.total_seconds() * 1000) - DAY_MS)
    return small_table(
        "suppliers",
        "id code name country currency language contact_name contact_email website "
        "lead_time_days is_active notes created_at updated_at",
        [
            (
                *(supplier.id, supplier.code, supplier.name, supplier.country),
                *(supplier.currency, supplier.language),
                "" if supplier.id % 7 == 0 else "Service commercial",
                f"commandes@{supplier.host}",
                f"https://www.{supplier.host}",
                2 + mix(supplier.id, 40) % 9,
                supplier.id % 29 != 0,
                "Franco de port à partir de 300 €." if supplier.id % 5 == 0 else "",
                *(since, since),
            )
            for supplier in world.suppliers
        ],
    )


def _categories() -> Table:
    return small_table(
        "categories",
        "id parent_id name slug path depth is_active",
        [
            (node.id, node.parent_id, node.name, node.slug, node.path, node.depth, True)
            for node in vocabulary.tree()[0]
        ],
    )


def _brands(plan: Plan) -> Table:
    since = moment(plan.end - int(PRODUCT_AGE.total_seconds() * 1000) - DAY_MS)
    rows: list[tuple[object, ...]] = []
    for number, name in enumerate(vocabulary.brand_names(), start=1):
        own = vocabulary.slug(name)
        website = "" if number % 4 == 0 else f"https://www.{own}.example"
        rows.append((number, name, own, website, since))
    return small_table("brands", "id name slug website created_at", rows)


def _ledger(world: World) -> Table:
    merged = [job for job in world.jobs if job.status == "completed"]
    return Table(
        "import_ledger",
        (
            *("id", "job_id", "batch_number", "supplier_id", "rows_inserted", "rows_updated"),
            *("rows_unchanged", "rows_deactivated", "committed_at"),
        ),
        sum(_batches(job) for job in merged),
        lambda: _ledger_lines(merged),
    )


def _ledger_lines(merged: list[Job]) -> Iterator[str]:
    """The batches of a job add up to what it says of itself; the last one deactivates."""
    number = 0
    for job in merged:
        left = [job.inserted, job.updated, job.unchanged]
        batches = _batches(job)
        for batch in range(1, batches + 1):
            number += 1
            room = _LEDGER_BATCH
            taken = []
            for kind, rows in enumerate(left):
                taken.append(min(rows, room))
                left[kind] -= taken[-1]
                room -= taken[-1]
            inserted, updated, unchanged = taken
            yield (
                f"{number}\t{job.id}\t{batch}\t{job.supplier_id}\t{inserted}\t{updated}"
                f"\t{unchanged}\t{job.deactivated if batch == batches else 0}"
                f"\t{moment(job.at(batch / batches))}"
            )


def _batches(job: Job) -> int:
    return max(1, -(-(job.total - job.rejected) // _LEDGER_BATCH))
