"""What is to be generated: how much, from which seed, and up to which moment."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Rows at scale 1. The number of suppliers, brands, categories and users does not depend on it.
SUPPLIERS = 60
ACTIVE_PRODUCTS = 133_149
INACTIVE_PRODUCTS = 7_012
PRICE_CHANGES = 830_000
STOCK_CHANGES = 910_000
JOBS = 20_000
LOG_LINES = 2_000_000
LOOKUP_JOBS = 3_000
METRIC_SAMPLES = 150_000
NOTIFICATIONS = 300_000
EVENTS = 120_000
REPORT_RUNS = 4_000

LOG_MONTHS = 14
PRODUCT_AGE = timedelta(days=3 * 365)
HISTORY = timedelta(days=365)

# Fixed, so that the rows that name a user do not depend on which users there are.
USERS = {
    9001: "demo.anais",
    9002: "demo.bertrand",
    9003: "demo.chloe",
    9004: "demo.dominic",
    9005: "demo.emma",
    9006: "demo.fabien",
    9007: "demo.grace",
    9008: "demo.hugo",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """`anchor` is the moment at which the data ends; nothing in it is later."""

    seed: int
    scale: float
    anchor: datetime

    def count(self, at_scale_1: int) -> int:
        return max(1, round(at_scale_1 * self.scale))

    def rng(self, name: str) -> random.Random:
        """A generator of its own for each table: a change of one leaves the others as they were."""
        return random.Random(f"{self.seed}/{name}")

    def months(self) -> list[datetime]:
        """The beginnings of the months that have log lines, oldest first."""
        last = self.anchor.year * 12 + self.anchor.month - 1
        return [
            datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
            for index in range(last - LOG_MONTHS + 1, last + 1)
        ]

    @property
    def end(self) -> int:
        """The anchor in milliseconds since 1970, the unit of all moments in `demo.data`."""
        return milliseconds(self.anchor)


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` is how many lines there will be, for showing progress."""

    name: str
    columns: tuple[str, ...]
    rows: int
    lines: Callable[[], Iterator[str]]


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
