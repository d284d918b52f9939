"""The suggestions as changes to the Django project: to read, and to take away as a zip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from optimizer.console import bundle
from optimizer.console.access import console_page
from optimizer.console.advice_cache import answer
from optimizer.console.layout import database_page, fragment
from optimizer.console.panels import attempt
from optimizer.console.question import Question
from optimizer.exceptions import UnknownSuggestion
from optimizer.migration_writer.plan import MigrationPlan, migration_files
from optimizer.records import IndexSuggestion


@dataclass(frozen=True, slots=True)
class Wanted:
    """One suggestion or all. Its name stays right where a number is another index's in the next
    advice."""

    question: Question
    schema: str
    index: str  # empty: all

    @classmethod
    def of(cls, request: HttpRequest, alias: str) -> Self:
        table, budget, schema, index = (
            request.GET.get(name, "") for name in ("table", "budget", "schema", "index")
        )
        return cls(Question(alias, table=table, budget=budget), schema, index)

    def query(self) -> str:
        return self.question.query(schema=self.schema, index=self.index)

    def commands(self) -> list[str]:
        """What to type once the zip is unpacked in the root of the project."""
        return [
            f"git apply {bundle.DIFF}",
            "manage.py makemigrations --check",
            f"manage.py migrate --database={self.question.alias}",
        ]

    def among(self, suggestions: tuple[IndexSuggestion, ...]) -> list[IndexSuggestion]:
        """Raises `UnknownSuggestion` where there is none of them."""
        if self.index:
            name = (self.schema, self.index)
            found = [one for one in suggestions if (one.schema_name, one.name) == name]
            problem = _(
                "“%s” is not among the suggestions any more: the advisor was asked anew meanwhile. "
                "Look at what it suggests now."
            )
            problem = problem % self.index
        else:
            found = list(suggestions)
            problem = _("There is no suggestion, so there is no migration to write.")
        if not found:
            raise UnknownSuggestion(problem)
        return found


@console_page
@require_safe
def page(request: HttpRequest, alias: str) -> HttpResponse:
    wanted = Wanted.of(request, alias)
    return _page(request, wanted, problem="", status=200)


@console_page
@require_safe
def files(request: HttpRequest, alias: str) -> HttpResponse:
    """What the project's files become; the browser asks for it once the page stands."""
    wanted = Wanted.of(request, alias)
    found = attempt(lambda: _plan(wanted))
    plan = found.value
    context = {"problem": found.problem, "wanted": wanted, "plan": plan}
    if plan is not None:
        context |= {
            "patch": bundle.patched(plan),
            "new_files": bundle.new_files(plan),
            "script": bundle.script(plan),
        }
    return fragment(request, "as_django_files.html", alias=alias, context=context)


@console_page
@require_safe
def download(request: HttpRequest, alias: str) -> HttpResponse:
    wanted = Wanted.of(request, alias)
    found = attempt(lambda: _plan(wanted))
    if found.value is None:
        return _page(
            request, wanted, problem=found.problem, status=404 if found.is_missing else 503
        )
    name = f"{wanted.index or f'suggested_indexes_{alias}'}.zip"
    return HttpResponse(
        bundle.zipped(found.value),
        content_type="application/zip",
        headers={
            "Content-Disposition": content_disposition_header(as_attachment=True, filename=name)
            or ""
        },
    )


def _plan(wanted: Wanted) -> MigrationPlan:
    suggestions = wanted.among(answer(wanted.question).advice.suggestions)
    return migration_files(wanted.question.alias, suggestions)


def _page(request: HttpRequest, wanted: Wanted, *, problem: str, status: int) -> HttpResponse:
    alias = wanted.question.alias
    return database_page(
        request,
        "as_django.html",
        alias=alias,
        tab="suggestions",
        title=_("Migrations for %s") % alias,
        context={"wanted": wanted, "problem": problem},
        status=status,
    )
