"""How far a suggestion can be trusted before somebody builds and measures it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from django.utils.translation import gettext as _

from optimizer.advise.choosing.values import ValueSource
from optimizer.records import Confidence, Evidence

CLEAR: Final = 0.5  # of the statements' cost is saved: more than the planner's usual error
MUCH: Final = 0.5  # of what is saved


class Use(Protocol):
    """What one statement owes to the index."""

    @property
    def before(self) -> float: ...

    @property
    def after(self) -> float: ...

    @property
    def weight(self) -> float: ...

    @property
    def share(self) -> float: ...


def confidence_of(
    evidence: Evidence, uses: Sequence[tuple[Use, ValueSource, float]]
) -> tuple[Confidence, str]:
    """The confidence and the sentence why. With each use where its values come from, and how much
    dearer its plan may get if a LIMIT is not reached early."""
    if evidence is Evidence.HEURISTIC:
        return Confidence.LOW, _("Nothing was proved: HypoPG is missing.")
    saved = sum(_saved(use) for use, _source, _hope in uses)
    before = sum(use.weight * use.share * use.before for use, _source, _hope in uses)
    hoped = sum(use.weight * use.share * exposure for use, _source, exposure in uses)
    if hoped >= MUCH * saved:
        return Confidence.LOW, _(
            "It pays only if the first matching rows come early in its order; where they are "
            "rare, much of the gain is lost."
        )
    without_values = sum(
        _saved(use) for use, source, _hope in uses if source is ValueSource.GENERIC
    )
    if without_values >= MUCH * saved:
        return Confidence.MEDIUM, _(
            "Most of the gain is in statements that were planned without values."
        )
    if saved < CLEAR * before:
        return Confidence.MEDIUM, _(
            "It saves %d %% of the cost of its statements, not much more than the planner errs."
        ) % round(100 * saved / before if before else 0)
    return Confidence.HIGH, _("It saves %d %% of the cost of its statements.") % round(
        100 * saved / before
    )


def _saved(use: Use) -> float:
    return use.weight * use.share * (use.before - use.after)
