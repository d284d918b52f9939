"""The rows themselves, before any database sees them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.databases import DOMAINS
from demo import state
from demo.data import world
from demo.data.plan import Plan, Table
from demo.data.world import World
from demo.loading import TABLES
from tests.demo.databases import PLAN


@pytest.fixture(scope="module")
def small() -> World:
    return world.build(PLAN)


@pytest.fixture(scope="module")
def larger() -> World:
    return world.build(replace(PLAN, scale=0.05))


def tables(of: World) -> Iterator[Table]:
    for make in TABLES.values():
        yield from make(of)


def checksum(plan: Plan) -> str:
    digest = hashlib.sha256()
    for table in tables(world.build(plan)):
        for line in table.lines():
            digest.update(line.encode())
    return digest.hexdigest()


def column(table: Table, name: str) -> list[str]:
    at = table.columns.index(name)
    return [line.split("\t")[at] for line in table.lines()]


def test_every_table_of_the_domains_has_rows(small: World) -> None:
    filled = sorted(table.name for table in tables(small) if table.rows)
    assert filled == sorted(table for alias in DOMAINS for table in state.tables_of(alias))


def test_each_table_has_the_rows_and_columns_that_it_announces(small: World) -> None:
    for table in tables(small):
        lines = list(table.lines())
        assert len(lines) == table.rows, table.name
        assert {line.count("\t") + 1 for line in lines} == {len(table.columns)}, table.name


def test_the_same_seed_scale_and_anchor_give_the_same_bytes() -> None:
    assert checksum(PLAN) == checksum(replace(PLAN))


def test_another_seed_gives_other_data() -> None:
    assert checksum(PLAN) != checksum(replace(PLAN, seed=8))


def test_the_full_scale_has_the_promised_products() -> None:
    products = world.build(replace(PLAN, scale=1.0)).products
    assert sum(products.is_active) == 133_149
    assert 6_000 < products.count - 133_149 < 8_000
    assert len(products.of_supplier) - 1 == 60


def test_suppliers_are_of_very_different_size(larger: World) -> None:
    sizes = sorted(len(ids) for ids in larger.products.of_supplier[1:])
    assert sizes[0] > 0
    assert sizes[-1] > 15 * sizes[0]


def test_nearly_all_jobs_completed_and_a_handful_is_open(larger: World) -> None:
    statuses = Counter(job.status for job in larger.jobs)
    assert statuses["completed"] > 0.95 * len(larger.jobs)
    assert {"failed", "cancelled", "pending", "running"} < set(statuses)
    running = [job.supplier_id for job in larger.jobs if job.status == "running"]
    assert len(running) == len(set(running))


def test_log_lines_are_mostly_information(larger: World) -> None:
    (logs,) = (table for table in tables(larger) if table.name == "import_logs")
    levels = Counter(column(logs, "log_level"))
    shares = {level: count / logs.rows for level, count in levels.items()}
    assert logs.rows == 100_000
    assert shares["info"] == pytest.approx(0.85, abs=0.02)
    assert shares["warning"] == pytest.approx(0.11, abs=0.02)
    assert shares["error"] == pytest.approx(0.03, abs=0.01)
    assert shares["debug"] == pytest.approx(0.01, abs=0.01)


def test_prices_end_as_in_shops_and_titles_are_in_two_languages(larger: World) -> None:
    (products,) = (table for table in tables(larger) if table.name == "products")
    endings = Counter(price[-3:] for price in column(products, "price"))
    assert (endings[".99"] + endings[".90"]) / products.rows > 0.75
    titles = " ".join(column(products, "title"))
    assert "Théière" in titles
    assert "Teapot" in titles
    rates = Counter(column(products, "vat_rate"))
    assert rates["20.00"] / products.rows > 0.75
    assert 0.05 < column(products, "brand_id").count("\\N") / products.rows < 0.15


def test_most_notifications_are_read(larger: World) -> None:
    (notifications,) = (table for table in tables(larger) if table.name == "notifications")
    unread = column(notifications, "read_at").count("\\N")
    assert 0.01 < unread / notifications.rows < 0.1


def test_nothing_is_later_than_the_anchor_but_what_is_planned(small: World) -> None:
    anchor = PLAN.anchor.strftime("%Y-%m-%d %H:%M:%S.000+00")
    for table in tables(small):
        for name in table.columns:
            if name.endswith("_at") and not name.startswith("next_"):
                assert max(filter(lambda at: at != "\\N", column(table, name))) <= anchor, table
