"""Amazon's marketplaces, the ASIN of each product there, and the searches for them."""

from __future__ import annotations

from collections.abc import Iterator

from demo.data.codes import asin, ean, mix
from demo.data.plan import LOOKUP_JOBS, USERS, Table
from demo.data.text import DAY_MS, NULL, moment, small_table
from demo.data.world import World

MARKETPLACES = (
    ("FR", "A13V1IB3VIYZZH", "Amazon.fr", "www.amazon.fr", "EUR"),
    ("DE", "A1PA6795UKMFR9", "Amazon.de", "www.amazon.de", "EUR"),
    ("IT", "APJ6JRA9NG5V4", "Amazon.it", "www.amazon.it", "EUR"),
    ("ES", "A1RKKUPIHCS9HS", "Amazon.es", "www.amazon.es", "EUR"),
    ("GB", "A1F83G8C2ARO7P", "Amazon.co.uk", "www.amazon.co.uk", "GBP"),
)
# Of a hundred products with an EAN: how many are known there.
_COVERAGE = (78, 31, 14, 17, 22)
_OPERATIONS = (("searchCatalogItems", 172_800), ("getCatalogItem", 432_000), ("getOffers", 43_200))
_QUOTA_DAYS = 60
_LOOKUP_SIZE = 50
_LOOKUP_SPAN = 400 * DAY_MS


def tables(world: World) -> list[Table]:
    jobs = world.plan.count(LOOKUP_JOBS)
    return [
        _marketplaces(),
        _quotas(world),
        Table(
            "asin_mappings",
            (
                *("id", "product_id", "marketplace_id", "asin", "ean", "status", "confidence"),
                *("verified_at", "created_at", "updated_at"),
            ),
            sum(1 for _ in _mappings(world)),
            lambda: _mapping_lines(world),
        ),
        Table(
            "lookup_jobs",
            (
                *("id", "marketplace_id", "status", "requested_by_id", "products_total"),
                *("products_found", "products_failed", "error"),
                *("created_at", "started_at", "finished_at"),
            ),
            jobs,
            lambda: (_job_line(world, number) for number in range(1, jobs + 1)),
        ),
        Table(
            "lookup_results",
            ("id", "job_id", "product_id", "ean", "outcome", "asin", "response", "created_at"),
            sum(1 for number in range(1, jobs + 1) for _ in _looked_up(world, number)),
            lambda: _result_lines(world, jobs),
        ),
    ]


def _marketplaces() -> Table:
    return small_table(
        "marketplaces",
        "id code amazon_id name domain currency is_active",
        [(number, *row, True) for number, row in enumerate(MARKETPLACES, start=1)],
    )


def _quotas(world: World) -> Table:
    midnight = world.plan.end // DAY_MS * DAY_MS
    rows: list[tuple[object, ...]] = []
    for days in range(_QUOTA_DAYS - 1, -1, -1):
        for marketplace in range(1, len(MARKETPLACES) + 1):
            for operation, granted in _OPERATIONS:
                number = len(rows) + 1
                used = granted * (mix(number, 70) % 1000) // 1000 // marketplace
                start = moment(midnight - days * DAY_MS)
                rows.append((number, marketplace, operation, start, 86_400, granted, used))
    return small_table(
        "quotas", "id marketplace_id operation window_start window_seconds granted used", rows
    )


def _mappings(world: World) -> Iterator[tuple[int, str, int, int, str]]:
    """(product id, EAN, marketplace id, number of the candidate, status)."""
    for product_id in range(1, world.products.count + 1):
        code = ean(product_id)
        if not code:
            continue
        for marketplace, coverage in enumerate(_COVERAGE, start=1):
            chance = mix(product_id, 70 + marketplace)
            if chance % 100 < coverage:
                is_confirmed = chance >> 8 & 15 > 2
                yield product_id, code, marketplace, 0, "confirmed" if is_confirmed else "candidate"
                if chance >> 12 & 15 == 0:
                    second = "rejected" if is_confirmed else "candidate"
                    yield product_id, code, marketplace, 1, second


def _mapping_lines(world: World) -> Iterator[str]:
    end, created = world.plan.end, world.products.created
    for number, (product_id, code, marketplace, choice, status) in enumerate(
        _mappings(world), start=1
    ):
        chance = mix(number, 80)
        found = created[product_id] + (end - created[product_id]) * (chance % 97) // 200
        verified = NULL if status == "candidate" else moment(min(found + DAY_MS // 4, end))
        confidence = 1000 if status == "confirmed" and chance % 3 else 500 + chance % 480
        found_at = moment(found)
        yield (
            f"{number}\t{product_id}\t{marketplace}\t{asin(product_id, choice)}\t{code}"
            f"\t{status}\t{confidence // 1000}.{confidence % 1000:03d}\t{verified}"
            f"\t{found_at}\t{found_at}"
        )


def _begin(world: World, number: int) -> int:
    jobs = world.plan.count(LOOKUP_JOBS)
    return world.plan.end - _LOOKUP_SPAN + _LOOKUP_SPAN * number // (jobs + 1)


def _status(world: World, number: int) -> str:
    behind = world.plan.count(LOOKUP_JOBS) - number
    if behind < 3:
        return "pending"
    if behind < 5:
        return "running"
    chance = mix(number, 81) % 100
    return "failed" if chance == 0 else "cancelled" if chance == 1 else "completed"


def _looked_up(world: World, number: int) -> Iterator[tuple[int, str, str]]:
    """(product id, EAN, outcome) of each product that the job got round to."""
    status = _status(world, number)
    size = {"completed": _LOOKUP_SIZE, "running": 12, "failed": 7, "cancelled": 20}.get(status, 0)
    total = world.products.count
    first = mix(number, 82) % total
    for offset in range(min(size, total)):
        product_id = 1 + (first + offset) % total
        code = ean(product_id)
        if code:
            yield product_id, code, _outcome(product_id, number)


def _outcome(product_id: int, job: int) -> str:
    chance = mix(product_id, 83 + job) % 100
    if chance < 71:
        return "found"
    return "not_found" if chance < 92 else "ambiguous" if chance < 98 else "error"


def _job_line(world: World, number: int) -> str:
    status = _status(world, number)
    outcomes = [outcome for _product_id, _code, outcome in _looked_up(world, number)]
    created = _begin(world, number)
    user = list(USERS)[number % len(USERS)] if number % 5 == 0 else NULL
    error = "Amazon refused the credentials (403)." if status == "failed" else ""
    started = NULL if status == "pending" else moment(created + 900)
    is_over = status in ("completed", "failed", "cancelled")
    finished = moment(created + 900 + len(outcomes) * 550) if is_over else NULL
    return (
        f"{number}\t{1 + mix(number, 84) % 10 % len(MARKETPLACES)}\t{status}\t{user}"
        f"\t{_LOOKUP_SIZE}\t{outcomes.count('found')}\t{outcomes.count('error')}\t{error}"
        f"\t{moment(created)}\t{started}\t{finished}"
    )


def _result_lines(world: World, jobs: int) -> Iterator[str]:
    number = 0
    for job in range(1, jobs + 1):
        begin = _begin(world, job) + 900
        for place, (product_id, code, outcome) in enumerate(_looked_up(world, job)):
            number += 1
            found = asin(product_id) if outcome == "found" else ""
            response = (
                f'{{"items": 1, "asin": "{found}", "rank": {mix(product_id, 85) % 90_000}}}'
                if found
                else "{}"
            )
            yield (
                f"{number}\t{job}\t{product_id}\t{code}\t{outcome}\t{found}\t{response}"
                f"\t{moment(begin + place * 550)}"
            )
