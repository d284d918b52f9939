"""The advisor's pages. Advice takes seconds, so the browser asks for it once a page stands."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from optimizer.budget import parse_budget
from optimizer.console.access import console_page, may_view_query_text
from optimizer.console.advice_cache import DatedAdvice, answer
from optimizer.console.conclusions import Conclusions
from optimizer.console.layout import database_page, fragment
from optimizer.console.panels import attempt
from optimizer.console.question import Question
from optimizer.exceptions import InvalidBudget
from optimizer.observe.names import quoted
from optimizer.templatetags.optimizer import size


class BudgetForm(forms.Form):
    budget = forms.CharField(label=gettext_lazy("Budget"), required=False, max_length=40)

    def clean_budget(self) -> str:
        text: str = self.cleaned_data["budget"]
        if text:
            try:
                parse_budget(text)
            except InvalidBudget as exc:
                raise forms.ValidationError(str(exc)) from exc
        return text


@console_page
@require_safe
def page(request: HttpRequest, alias: str) -> HttpResponse:
    form = BudgetForm({"budget": request.GET.get("budget", "")})
    asks: str | None = None  # what stands behind the address of the advice
    if form.is_valid():
        question = Question(alias, budget=form.cleaned_data["budget"])
        asks = question.fresh_query() if "fresh" in request.GET else question.query()
    return database_page(
        request,
        "suggestions.html",
        alias=alias,
        tab="suggestions",
        title=_("Suggestions for %s") % alias,
        context={"form": form, "asks": asks},
    )


@console_page
@require_safe
def advice(request: HttpRequest, alias: str) -> HttpResponse:
    """The suggestions alone; `?fresh` asks the advisor anew, `?brief` is for the overview."""
    question = Question(alias, budget=request.GET.get("budget", ""))
    template = "advice_brief.html" if "brief" in request.GET else "advice.html"
    return _advice(request, template, question)


@console_page
@require_safe
def table_advice(request: HttpRequest, alias: str, schema: str, name: str) -> HttpResponse:
    """What the advisor says of one table, and what it thought of and does not suggest."""
    return _advice(
        request, "table_advice.html", Question(alias, table=f"{quoted(schema)}.{quoted(name)}")
    )


def _advice(request: HttpRequest, template: str, question: Question) -> HttpResponse:
    found = attempt(lambda: answer(question, fresh="fresh" in request.GET))
    return fragment(
        request,
        template,
        alias=question.alias,
        context={
            "problem": found.problem,
            "dated": found.value,
            "question": question,
            "budget": _budget(question, found.value),
            "conclusions": _conclusions(request, found.value),
        },
    )


def _budget(question: Question, dated: DatedAdvice | None) -> str:
    """As it was typed, a share with what it comes to."""
    if dated is None or dated.advice.budget_bytes is None or "%" not in question.budget:
        return question.budget
    return _("%(budget)s of the data, %(size)s") % {
        "budget": question.budget,
        "size": size(dated.advice.budget_bytes),
    }


def _conclusions(request: HttpRequest, dated: DatedAdvice | None) -> Conclusions:
    findings = dated.advice.findings if dated is not None else ()
    return Conclusions.of(findings, with_query_text=may_view_query_text(request))
