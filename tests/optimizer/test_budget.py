from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from optimizer.budget import Budget, parse_budget
from optimizer.exceptions import InvalidBudget
from optimizer.service import db_optimizer


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500MB", 500_000_000),
        ("1.5GB", 1_500_000_000),
        ("64kB", 64_000),
        ("10 MiB", 10 * 2**20),
        (" .5 kib ", 512),
        ("2TB", 2 * 10**12),
        ("1TiB", 2**40),
        ("4096", 4096),
        ("7B", 7),
    ],
)
def test_sizes_are_decimal_unless_they_say_so(text: str, size: int) -> None:
    assert parse_budget(text) == Budget(size)


def test_a_share_is_of_the_data() -> None:
    assert parse_budget("12.5 %") == Budget(share=Decimal("0.125"))


@pytest.mark.parametrize(
    "text", ["", "MB", "much", "5 apples", "1,5GB", "-5MB", "1e6", "5ib", "5%%", "1٫5", "٣MB"]
)
def test_what_is_no_size_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InvalidBudget, match=r"is no size\. Write 500MB, .* or 25%"):
        parse_budget(text)


@pytest.mark.parametrize("text", ["0", "0.2B", "0%", "9000000TiB"])
def test_nothing_and_too_much_are_refused(text: str) -> None:
    with pytest.raises(InvalidBudget, match="more than nothing"):
        parse_budget(text)


@pytest.mark.django_db(databases=["default", "catalog"])
def test_indexes_are_not_data(catalog: psycopg.Connection[object]) -> None:
    before = parse_budget("100%").in_bytes("catalog")
    catalog.execute("CREATE TABLE numbers (n) AS SELECT generate_series(1, 10000)")
    catalog.execute("CREATE INDEX ON numbers (n)")
    stats = db_optimizer.get_table_stats("catalog", "shop.numbers")

    after = parse_budget("100%").in_bytes("catalog")

    assert stats.index_bytes > 0
    assert after - before == stats.heap_bytes > 100_000
    assert parse_budget("25%").in_bytes("catalog") == after // 4
