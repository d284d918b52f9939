"""Figures, reports, what staff are told and what happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

from demo.data.codes import mix
from demo.data.plan import (
    EVENTS,
    JOBS,
    METRIC_SAMPLES,
    NOTIFICATIONS,
    REPORT_RUNS,
    SUPPLIERS,
    USERS,
    Plan,
    Table,
)
from demo.data.shares import zipf
from demo.data.text import DAY_MS, NULL, jsonb, moment, small_table
from demo.data.world import World

_SPAN = 420 * DAY_MS
_RECENT = 30 * DAY_MS

# Name, unit, usual value, whether it is measured for each supplier.
_METRICS = (
    ("catalog.products.active", "", 133_000.0, False),
    ("catalog.price_changes", "", 2_300.0, True),
    ("catalog.stock_changes", "", 2_500.0, True),
    ("imports.duration", "s", 62.0, True),
    ("imports.rows_rejected", "", 9.0, True),
    ("imports.queue_length", "", 3.0, False),
    ("media.bytes_stored", "B", 9.1e10, False),
    ("code2asin.lookups", "", 410.0, False),
    ("admin.page_seconds", "s", 0.34, False),
    ("api.requests", "", 12_400.0, False),
)
_REPORTS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("ventes-par-fournisseur", "Ventes par fournisseur", {"jours": 30}),
    ("prix-en-hausse", "Prix en hausse", {"seuil": 0.1}),
    ("ruptures-de-stock", "Ruptures de stock", {}),
    ("import-quality", "Quality of the imports", {"days": 7}),
    ("asin-coverage", "ASIN coverage by marketplace", {}),
    ("sans-image", "Produits sans image", {}),
    ("supplier-margins", "Margins by supplier", {"currency": "EUR"}),
    ("taille-des-bases", "Taille des bases", {}),
)
_NEWS = (
    ("info", "Import terminé", "L'import #{} est terminé."),
    ("info", "Report ready", "Report #{} can be downloaded."),
    ("info", "ASIN search finished", "Search #{} has found new candidates."),
    ("warning", "Lignes rejetées", "L'import #{} a rejeté des lignes."),
    ("warning", "Price jump", "Product #{} became much more expensive."),
    ("error", "Import failed", "Import #{} failed; nothing of it was kept."),
)
_NEWS_WEIGHTS = (52, 20, 12, 9, 4, 3)
_KINDS = (
    ("product.changed", "catalog.Product", 50),
    ("import.finished", "imports.ImportJob", 28),
    ("user.logged_in", "auth.User", 12),
    ("report.finished", "analytics.ReportRun", 6),
    ("supplier.changed", "catalog.Supplier", 3),
    ("import.cancelled", "imports.ImportJob", 1),
)


def tables(world: World) -> list[Table]:
    plan = world.plan
    return [
        _reports(plan),
        _report_runs(plan),
        Table(
            "metrics",
            ("id", "name", "supplier_id", "value", "unit", "recorded_at"),
            plan.count(METRIC_SAMPLES),
            lambda: _metric_lines(plan),
        ),
        Table(
            "metric_rollups",
            (
                *("id", "name", "period", "period_start", "supplier_id"),
                *("samples", "total", "minimum", "maximum"),
            ),
            sum(1 for _ in _rollups(plan)),
            lambda: (f"{number}\t{row}" for number, row in enumerate(_rollups(plan), start=1)),
        ),
        Table(
            "notifications",
            ("id", "user_id", "level", "title", "body", "url", "created_at", "read_at"),
            plan.count(NOTIFICATIONS),
            lambda: _notification_lines(plan),
        ),
        Table(
            "events",
            ("id", "kind", "actor_id", "subject", "subject_id", "payload", "occurred_at"),
            plan.count(EVENTS),
            lambda: _event_lines(world),
        ),
    ]


def _reports(plan: Plan) -> Table:
    since = moment(plan.end - _SPAN)
    return small_table(
        "reports",
        "id slug title description parameters is_active created_at",
        [
            (number, slug, title, "", jsonb(parameters), number != 6, since)
            for number, (slug, title, parameters) in enumerate(_REPORTS, start=1)
        ],
    )


def _report_runs(plan: Plan) -> Table:
    total = plan.count(REPORT_RUNS)
    users = list(USERS)
    rows: list[tuple[object, ...]] = []
    for number in range(1, total + 1):
        chance = mix(number, 90)
        report = 1 + int((chance % 1000 / 1000) ** 2 * len(_REPORTS))
        begin = plan.end - _SPAN + _SPAN * number // (total + 1)
        failed = chance % 41 == 0
        rows.append(
            (
                *(number, report, "failed" if failed else "completed"),
                users[chance % len(users)] if chance % 3 else None,
                0 if failed else chance % 5000,
                "" if failed else f"reports/{_REPORTS[report - 1][0]}/{number}.xlsx",
                "canceling statement due to statement timeout" if failed else "",
                *(moment(begin), moment(begin + 900 + chance % 40_000)),
            )
        )
    return small_table(
        "report_runs",
        "id report_id status requested_by_id rows result_key error started_at finished_at",
        rows,
    )


def _samples(plan: Plan) -> Iterator[tuple[int, int, int, float]]:
    """By time: (moment, index of the metric, supplier id or 0, value)."""
    total = plan.count(METRIC_SAMPLES)
    start = plan.end - _SPAN
    for number in range(total):
        chance = mix(number, 91)
        metric = chance % len(_METRICS)
        _name, _unit, usual, by_supplier = _METRICS[metric]
        supplier_id = 1 + (chance >> 8) % SUPPLIERS if by_supplier else 0
        growth = 0.7 + 0.3 * number / total
        value = round(usual * growth * (0.6 + (chance >> 16) % 800 / 1000), 3)
        yield start + _SPAN * number // total, metric, supplier_id, value


def _metric_lines(plan: Plan) -> Iterator[str]:
    for number, (at, metric, supplier_id, value) in enumerate(_samples(plan), start=1):
        name, unit, _usual, _by_supplier = _METRICS[metric]
        yield f"{number}\t{name}\t{supplier_id or NULL}\t{value}\t{unit}\t{moment(at)}"


def _rollups(plan: Plan) -> Iterator[str]:
    """Each metric by day, for every supplier that it was measured for and for all together."""
    for day, samples in groupby(_samples(plan), key=lambda sample: sample[0] // DAY_MS):
        values: dict[tuple[int, int], list[float]] = {}
        for _at, metric, supplier_id, value in samples:
            values.setdefault((metric, 0), []).append(value)
            if supplier_id:
                values.setdefault((metric, supplier_id), []).append(value)
        begin = moment(day * DAY_MS)
        for (metric, supplier_id), measured in sorted(values.items()):
            yield (
                f"{_METRICS[metric][0]}\tday\t{begin}\t{supplier_id}\t{len(measured)}"
                f"\t{round(sum(measured), 3)}\t{min(measured)}\t{max(measured)}"
            )


def _notification_lines(plan: Plan) -> Iterator[str]:
    """Most are read within a day; of those of the last month a third is not."""
    rng = plan.rng("notifications")
    total = plan.count(NOTIFICATIONS)
    users = list(USERS)
    to = list(accumulate(zipf(len(users), exponent=1.3)))
    which = list(accumulate(_NEWS_WEIGHTS))
    jobs, end = plan.count(JOBS), plan.end
    for number in range(1, total + 1):
        at = end - int(_SPAN * (1 - number / (total + 1)))
        (user_id,) = rng.choices(users, cum_weights=to)
        ((level, title, body),) = rng.choices(_NEWS, cum_weights=which)
        about = 1 + int(rng.random() * jobs)
        unread = 0.35 if end - at < _RECENT else 0.007
        read = NULL
        if rng.random() > unread:
            read = moment(min(end, at + int(rng.random() ** 3 * DAY_MS)))
        yield (
            f"{number}\t{user_id}\t{level}\t{title}\t{body.format(about)}"
            f"\t/admin/imports/importjob/{about}/change/\t{moment(at)}\t{read}"
        )


def _event_lines(world: World) -> Iterator[str]:
    rng = world.plan.rng("events")
    total = world.plan.count(EVENTS)
    start = world.plan.end - _SPAN
    users = list(USERS)
    weights = list(accumulate(weight for _kind, _subject, weight in _KINDS))
    ids: dict[str, Sequence[int]] = {
        "catalog.Product": range(1, world.products.count + 1),
        "catalog.Supplier": range(1, SUPPLIERS + 1),
        "imports.ImportJob": range(1, len(world.jobs) + 1),
        "analytics.ReportRun": range(1, world.plan.count(REPORT_RUNS) + 1),
        "auth.User": users,
    }
    for number in range(1, total + 1):
        ((kind, subject, _weight),) = rng.choices(_KINDS, cum_weights=weights)
        actor = rng.choice(users) if rng.random() < 0.4 else NULL
        subject_id = rng.choice(ids[subject])
        payload = f'{{"champ": "price", "de": {subject_id % 90}.9}}' if subject_id % 3 else "{}"
        at = start + _SPAN * number // (total + 1)
        yield f"{number}\t{kind}\t{actor}\t{subject}\t{subject_id}\t{payload}\t{moment(at)}"
