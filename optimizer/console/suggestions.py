"""The advisor's page. The advice takes seconds, so the browser asks for it once the page stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from optimizer.console.access import console_page, may_view_query_text
from optimizer.console.conclusions import Conclusions
from optimizer.console.layout import database_page, fragment
from optimizer.console.panels import attempt
from optimizer.records import Advice
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


@console_page
@require_safe
def page(request: HttpRequest, alias: str) -> HttpResponse:
    return database_page(
        request,
        "suggestions.html",
        alias=alias,
        tab="suggestions",
        title=_("Suggestions for %s") % alias,
        context={"fresh": "fresh" in request.GET},
    )


@console_page
@require_safe
def advice(request: HttpRequest, alias: str) -> HttpResponse:
    """The suggestions alone; `?fresh` asks the advisor anew, `?brief` is for the overview."""
    found = attempt(lambda: _advice(alias, fresh="fresh" in request.GET))
    dated = found.value
    return fragment(
        request,
        "advice_brief.html" if "brief" in request.GET else "advice.html",
        alias=alias,
        context={
            "problem": found.problem,
            "dated": dated,
            "conclusions": _conclusions(request, dated),
        },
    )


def _conclusions(request: HttpRequest, dated: DatedAdvice | None) -> Conclusions:
    findings = dated.advice.findings if dated is not None else ()
    return Conclusions.of(findings, with_query_text=may_view_query_text(request))


def _advice(alias: str, *, fresh: bool) -> DatedAdvice:
    key = f"optimizer.advice:{alias}:{get_language()}"  # its sentences are in that language
    dated: DatedAdvice | None = None if fresh else cache.get(key)
    if dated is None:
        dated = DatedAdvice(advice=db_optimizer.advise(alias), given_at=timezone.now())
        cache.set(key, dated, timeout=KEPT_FOR_S)
    return dated
