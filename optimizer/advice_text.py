"""What a terminal says about advice, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from optimizer.observe.names import quoted
from optimizer.records import (
    Advice,
    Confidence,
    Evidence,
    IndexSuggestion,
    ServedStatement,
    WritePrice,
)
from optimizer.templatetags.optimizer import cost, count, duration, share, size

EVIDENCE: Final = {
    Evidence.HYPOPG: gettext_lazy("proved with HypoPG"),
    Evidence.HEURISTIC: gettext_lazy("by rule, not proved"),
}
CONFIDENCE: Final = {
    Confidence.HIGH: gettext_lazy("Confidence: high."),
    Confidence.MEDIUM: gettext_lazy("Confidence: medium."),
    Confidence.LOW: gettext_lazy("Confidence: low."),
}


def total_size(advice: Advice) -> int:
    """Bytes of all suggested indexes, by the better estimate."""
    return sum(suggestion.size_bytes for suggestion in advice.suggestions)


def summary(advice: Advice) -> Iterator[str]:
    """What was weighed, and what came out."""
    if not advice.statements_analysed:
        yield _("No statement could be judged, so nothing can be suggested.")
    elif not advice.suggestions and advice.budget_bytes is not None:
        yield _("No index that fits the budget is worth building.")
    elif not advice.suggestions:
        yield ngettext(
            "No index is worth building for the %s statement that was judged.",
            "No index is worth building for the %s statements that were judged.",
            advice.statements_analysed,
        ) % count(advice.statements_analysed)
    else:
        yield _(
            "Together they take the planner's cost of the workload from %(before)s to %(after)s "
            "(%(statements)s statements, %(calls)s plans in %(seconds)s)."
        ) % {
            "before": cost(advice.baseline_cost),
            "after": cost(advice.cost_with_suggestions),
            "statements": count(advice.statements_analysed),
            "calls": count(advice.planner_calls),
            "seconds": duration(advice.seconds),
        }
    if advice.budget_bytes is not None:
        yield _("They take %(size)s of a budget of %(budget)s.") % {
            "size": size(total_size(advice)),
            "budget": size(advice.budget_bytes),
        }
    if not advice.is_complete:
        yield _("The time was over before the search was; with more --seconds it may find better.")


def title(suggestion: IndexSuggestion) -> str:
    """Number, table and what stands behind it in CREATE INDEX."""
    table = f"{quoted(suggestion.schema_name)}.{quoted(suggestion.table_name)}"
    method = "" if suggestion.method == "btree" else f" USING {suggestion.method}"
    text = f"{suggestion.number}. {table}{method} ({', '.join(suggestion.columns)})"
    if suggestion.include:
        text += f" INCLUDE ({', '.join(map(quoted, suggestion.include))})"
    return text + (f" WHERE {suggestion.predicate}" if suggestion.predicate else "")


def sentences(suggestion: IndexSuggestion) -> Iterator[str]:
    """What it saves and costs, how sure that is, and why."""
    figures = {
        "share": share(suggestion.estimated_benefit),
        "size": size(suggestion.size_bytes),
        "evidence": EVIDENCE[suggestion.evidence],
    }
    if suggestion.hypopg_size_bytes is None:
        yield _("Saves %(share)s of the workload's cost, takes %(size)s, %(evidence)s.") % figures
    else:
        yield _(
            "Saves %(share)s of the workload's cost, takes %(size)s (HypoPG says %(hypopg)s), "
            "%(evidence)s."
        ) % (figures | {"hypopg": size(suggestion.hypopg_size_bytes)})
    if suggestion.seconds_saved_per_day is not None:
        yield _("It would save %s of the server's time a day.") % duration(
            suggestion.seconds_saved_per_day
        )
    yield f"{CONFIDENCE[suggestion.confidence]} {suggestion.confidence_reason}".strip()
    if suggestion.write_price is not None:
        yield price(suggestion.write_price)
    if suggestion.makes_redundant:
        yield _("With it these are no longer needed: %s.") % ", ".join(suggestion.makes_redundant)
    yield suggestion.reason


def price(found: WritePrice) -> str:
    """What its upkeep takes, as far as that is known."""
    parts = []
    if found.rows_per_second is not None:
        parts.append(_("%s rows a second to keep up") % count(found.rows_per_second))
    if found.hot_updates_per_second:
        parts.append(_("%s HOT updates a second lost") % count(found.hot_updates_per_second))
    if found.wal_bytes_per_second is not None:
        parts.append(_("%s of WAL a second") % size(round(found.wal_bytes_per_second)))
    if not parts:
        return _("Write price: not known.")
    return _("Write price: %s.") % ", ".join(parts)


def served(statement: ServedStatement) -> str:
    """One line: the costs, how often, and which statement."""
    costs = f"{cost(statement.cost_before)} → {cost(statement.cost_after)}"
    one_line = " ".join(statement.query.split())
    name = f"{statement.name}: " if statement.name else ""
    return f"{costs}  × {count(statement.call_count)}  {name}{one_line}"
