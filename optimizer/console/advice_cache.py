"""The advisor's answers, kept for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language

from optimizer import advice_text
from optimizer.budget import parse_budget
from optimizer.console.question import Question
from optimizer.records import Advice, AdviceLimits
from optimizer.service import db_optimizer

# Every advice costs the database hundreds of plans, and pages are reloaded more often than
# workloads change. The page says how old it is and offers a new one.
KEPT_FOR_S: Final = 300
STATEMENTS_UNAVAILABLE: Final = "statements-unavailable"


@dataclass(frozen=True, slots=True)
class DatedAdvice:
    advice: Advice
    given_at: datetime

    @property
    def statements_problem(self) -> str:
        """Why no statements are known, where they are not; else empty."""
        return next(
            (
                finding.message
                for finding in self.advice.findings
                if finding.code == STATEMENTS_UNAVAILABLE
            ),
            "",
        )

    @property
    def saved_share(self) -> float:
        """What all the suggestions together save of the workload's cost."""
        if not self.advice.baseline_cost:
            return 0.0
        return 1 - self.advice.cost_with_suggestions / self.advice.baseline_cost

    @property
    def total_size(self) -> int:
        return advice_text.total_size(self.advice)

    @property
    def seconds_saved_per_day(self) -> float | None:
        """None where nobody measured any of the statements."""
        known = [
            suggestion.seconds_saved_per_day
            for suggestion in self.advice.suggestions
            if suggestion.seconds_saved_per_day is not None
        ]
        return sum(known) if known else None


def answer(question: Question, *, fresh: bool = False) -> DatedAdvice:
    """The kept answer, or a new one where there is none or it is to be fresh.

    Raises what `db_optimizer.advise` raises, and `InvalidBudget`.
    """
    kept: DatedAdvice | None = None if fresh else cache.get(_key(question))
    return kept if kept is not None else keep(question, _ask(question))


def keep(question: Question, advice: Advice) -> DatedAdvice:
    dated = DatedAdvice(advice=advice, given_at=timezone.now())
    cache.set(_key(question), dated, timeout=KEPT_FOR_S)
    return dated


def _ask(question: Question) -> Advice:
    budget = parse_budget(question.budget).in_bytes(question.alias) if question.budget else None
    return db_optimizer.advise(
        question.alias, question.table or None, limits=AdviceLimits(budget_bytes=budget)
    )


def _key(question: Question) -> str:
    """However a budget is written, and in the language that the sentences are in."""
    budget = parse_budget(question.budget) if question.budget else None
    parts = (question.alias, question.table, budget, get_language())
    # Names of tables may hold what no cache takes for a key.
    return f"optimizer.advice:{sha256(repr(parts).encode()).hexdigest()}"
