"""The first page of the admin: the six databases, each judged on its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from optimizer.console import workers
from optimizer.console.access import VIEW_CONSOLE, may_view_query_text
from optimizer.console.conclusions import Conclusions
from optimizer.models import MaintenanceRun
from optimizer.overview import Overview, overview
from optimizer.records import Finding, Severity, Verdict

# A connection attempt gives up after 3 s by itself; nobody waits much longer for the others.
PATIENCE_S: Final = 3.5
LATEST_RUNS: Final = 5


@dataclass(frozen=True, slots=True)
class Card:
    """One database as the dashboard shows it."""

    alias: str
    name: str  # of the database
    overview: Overview | None  # None where it did not answer in time
    conclusions: Conclusions

    @property
    def is_up(self) -> bool:
        return self.overview is not None and self.overview.is_up

    @property
    def tone(self) -> str:
        worst = self.conclusions.worst
        return worst.tone if worst else "ok"


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What unfold's index page gets on top; nothing for staff who may not see the console."""
    if not request.user.has_perm(VIEW_CONSOLE):
        return context
    found = collect(list(settings.DATABASES))
    with_text = may_view_query_text(request)
    cards = [_card(alias, overview, with_text=with_text) for alias, overview in found.items()]
    return context | {
        "title": _("Dashboard"),
        "cards": cards,
        "headline": headline(cards),
        "runs": MaintenanceRun.objects.all()[:LATEST_RUNS],
        "worker_alive": workers.is_alive(),
    }


def headline(cards: Sequence[Card]) -> str:
    """The state of all databases in two sentences."""
    down = [card.alias for card in cards if not card.is_up]
    problems = sum(len(card.conclusions.problems) for card in cards if card.is_up)
    first = _("Not answering: %s.") % ", ".join(down) if down else _("All databases are up.")
    if not problems:
        return f"{first} " + _("No problem was found.")
    second = ngettext("There is %d problem.", "There are %d problems.", problems) % problems
    return f"{first} {second}"


def collect(aliases: Sequence[str]) -> dict[str, Overview | None]:
    """The overviews of all databases at once; None for one that does not answer in time."""
    language = translation.get_language()
    executor = ThreadPoolExecutor(max_workers=len(aliases), thread_name_prefix="dashboard")
    futures = {alias: executor.submit(_overview, alias, language) for alias in aliases}
    # Who is late ends by its own timeouts; the page does not wait for it.
    executor.shutdown(wait=False)
    wait(futures.values(), timeout=PATIENCE_S)
    return {alias: _result(future) for alias, future in futures.items()}


def _overview(alias: str, language: str | None) -> Overview:
    with translation.override(language):  # which a thread does not inherit
        return overview(alias)


def _result(future: Future[Overview]) -> Overview | None:
    return future.result() if future.done() else None


def _card(alias: str, found: Overview | None, *, with_text: bool) -> Card:
    findings = found.findings if found is not None else (_late(alias),)
    return Card(
        alias=alias,
        name=str(settings.DATABASES[alias]["NAME"]),
        overview=found,
        conclusions=Conclusions.of(findings, with_query_text=with_text),
    )


def _late(alias: str) -> Finding:
    return Finding(
        code="database-late",
        verdict=Verdict.UNKNOWN,
        severity=Severity.WARNING,
        message=_("“%(alias)s” did not answer within %(seconds).1f s.")
        % {"alias": alias, "seconds": PATIENCE_S},
        subject=alias,
        remedy=f"manage.py check --database {alias}",
    )
