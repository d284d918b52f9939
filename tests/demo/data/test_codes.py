from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import GTIN_PATTERN
from code2asin.models import ASIN_PATTERN
from demo.data.codes import asin, check_digit, ean

product_ids = st.integers(min_value=1, max_value=20_000_000)


def weighted_sum(gtin: str) -> int:
    """Counted from the right, every second digit counts three times."""
    return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(gtin)))


@pytest.mark.parametrize("gtin", ["4006381333931", "96385074", "036000291452", "10614141000415"])
def test_the_check_digit_is_that_of_known_articles(gtin: str) -> None:
    assert check_digit(gtin[:-1]) == gtin[-1]


@given(product_ids)
def test_an_ean_is_empty_or_valid(product_id: int) -> None:
    code = ean(product_id)
    assert code == "" or re.match(GTIN_PATTERN, code)
    assert weighted_sum(code) % 10 == 0


def test_most_products_have_an_ean_and_some_share_it() -> None:
    codes = [ean(product_id) for product_id in range(1, 10_001)]
    given = [code for code in codes if code]
    assert 0.90 < len(given) / len(codes) < 0.95
    assert 0.80 < len(set(given)) / len(given) < 0.95


@given(product_ids)
def test_the_candidates_of_a_product_are_different_asins(product_id: int) -> None:
    candidates = {asin(product_id, choice) for choice in range(3)}
    assert len(candidates) == 3
    assert all(re.match(ASIN_PATTERN, candidate) for candidate in candidates)
