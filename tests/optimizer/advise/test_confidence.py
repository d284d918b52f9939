from __future__ import annotations

from dataclasses import dataclass

import pytest

from optimizer.advise.choosing.values import ValueSource
from optimizer.advise.confidence import confidence_of
from optimizer.records import Confidence, Evidence

LITERALS, CAPTURED = ValueSource.LITERALS, ValueSource.CAPTURED
TYPICAL, GENERIC = ValueSource.TYPICAL, ValueSource.GENERIC


@dataclass(frozen=True)
class Use:
    before: float
    after: float
    weight: float = 1.0
    share: float = 1.0


Uses = list[tuple[Use, ValueSource, float]]


def proved(*uses: tuple[Use, ValueSource, float]) -> tuple[Confidence, str]:
    return confidence_of(Evidence.HYPOPG, uses)


def test_without_a_proof_it_is_low_however_much_it_saves() -> None:
    found = confidence_of(Evidence.HEURISTIC, [(Use(1000, 1), LITERALS, 0.0)])
    assert found == (Confidence.LOW, "Nothing was proved: HypoPG is missing.")


@pytest.mark.parametrize("source", [LITERALS, CAPTURED, TYPICAL])
def test_a_clear_saving_with_values_is_high(source: ValueSource) -> None:
    assert proved((Use(1000, 100), source, 0.0)) == (
        Confidence.HIGH,
        "It saves 90 % of the cost of its statements.",
    )


@pytest.mark.parametrize(("after", "expected"), [(500, Confidence.HIGH), (501, Confidence.MEDIUM)])
def test_a_saving_about_as_large_as_the_planners_errors_is_medium(
    after: float, expected: Confidence
) -> None:
    confidence, why = proved((Use(1000, after), TYPICAL, 0.0))
    assert confidence is expected
    assert why.startswith("It saves 50 % of the cost of its statements")
    assert ("not much more than the planner errs" in why) == (expected is Confidence.MEDIUM)


@pytest.mark.parametrize(
    ("exposure", "expected"), [(449.0, Confidence.HIGH), (450.0, Confidence.LOW)]
)
def test_a_gain_that_hangs_on_an_early_end_is_low(exposure: float, expected: Confidence) -> None:
    confidence, why = proved((Use(1000, 100), TYPICAL, exposure))
    assert confidence is expected
    assert ("first matching rows come early" in why) == (expected is Confidence.LOW)


def test_a_gain_without_values_is_medium() -> None:
    assert proved((Use(1000, 100), GENERIC, 0.0)) == (
        Confidence.MEDIUM,
        "Most of the gain is in statements that were planned without values.",
    )


@pytest.mark.parametrize(("weight", "expected"), [(0.9, Confidence.HIGH), (1.0, Confidence.MEDIUM)])
def test_what_counts_is_where_most_of_the_gain_comes_from(
    weight: float, expected: Confidence
) -> None:
    confidence, _why = proved(
        (Use(1000, 100), LITERALS, 0.0), (Use(1000, 100, weight), GENERIC, 0.0)
    )
    assert confidence is expected


def test_statements_count_as_often_as_they_are_called() -> None:
    confidence, why = proved(
        (Use(1000, 900, weight=1), LITERALS, 0.0), (Use(1000, 100, weight=9), LITERALS, 0.0)
    )
    assert (confidence, why) == (Confidence.HIGH, "It saves 82 % of the cost of its statements.")
    confidence, _why = proved((Use(1000, 100, weight=2), LITERALS, 500.0))
    assert confidence is Confidence.LOW


@pytest.mark.parametrize("uses", [[], [(Use(0, 0), LITERALS, 0.0)]])
def test_where_nothing_is_saved_nothing_is_claimed(uses: Uses) -> None:
    confidence, _why = confidence_of(Evidence.HYPOPG, uses)
    assert confidence is Confidence.LOW
