"""How the console writes figures: every one with its unit, and a dash where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django import template
from django.template.defaultfilters import date as format_date
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from optimizer.console.highlighting import highlighted, highlighted_diff, highlighted_python
from optimizer.console.question import Question
from optimizer.console.sorting import Sort
from optimizer.observe.statements import formatted
from optimizer.records import IndexSuggestion

register = template.Library()

NOTHING: Final = "–"
SPACE: Final = "\N{NO-BREAK SPACE}"

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR

# Whatever happens less often is counted by the day.
PERIODS: Final = (
    (1, gettext_lazy("%s a second")),
    (MINUTE, gettext_lazy("%s a minute")),
    (HOUR, gettext_lazy("%s an hour")),
)


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as "4.2 µs", "45.0 ms", "1.30 s", "2 min 5 s" or "3 h 12 min"."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < 0.0001:
        microseconds = seconds * 1_000_000
        return _with_unit(microseconds, _significant(microseconds), _("µs"))
    if seconds < 1:
        milliseconds = seconds * 1000
        return _with_unit(milliseconds, _significant(milliseconds), _("ms"))
    if seconds < MINUTE:
        return _with_unit(seconds, _significant(seconds), _("s"))
    if seconds < HOUR:
        minutes, rest = divmod(round(seconds), MINUTE)
        return _two(minutes, _("min"), rest, _("s"))
    hours, rest = divmod(round(seconds / MINUTE), MINUTE)
    return _two(hours, _("h"), rest, _("min"))


@register.filter
def size(bytes_: int | None) -> str:
    return NOTHING if bytes_ is None else filesizeformat(bytes_)


@register.filter
def share(fraction: float | None) -> str:
    """A fraction as "12.3 %"; what rounds to nothing without being nothing is "< 0.1 %"."""
    if fraction is None:
        return NOTHING
    if 0 < fraction < 0.001:
        return f"<{SPACE}{_with_unit(0.1, 1, '%')}"
    return _with_unit(fraction * 100, 1, "%")


@register.filter
def count(number: float | None) -> str:
    """A whole number with its thousands apart; below ten and not whole, with one decimal."""
    if number is None:
        return NOTHING
    decimals = 1 if number != int(number) and abs(number) < 10 else 0
    return _figure(number, decimals)


@register.filter
def cost(planner_cost: float) -> str:
    """A cost of the planner: it has no unit, so two figures of it can only be compared."""
    return _figure(planner_cost, 0 if planner_cost >= 100 else 2)


@register.filter
def rate(per_second: float) -> str:
    """How often: "12 a second", "3.5 an hour"; "none" for nothing at all."""
    return _per_period(per_second, count)


@register.filter
def size_rate(bytes_per_second: float) -> str:
    return _per_period(bytes_per_second, lambda bytes_: size(round(bytes_)))


@register.filter
def blocks(number: int) -> str:
    return _with_unit(number, 0, _("blocks"))


@register.filter
def rows(number: int) -> str:
    return _with_unit(number, 0, _("rows"))


@register.filter
def dead_tone(dead_share: float) -> str:
    """Autovacuum comes at 20 % dead rows; above half, most of what is read is dead."""
    if dead_share >= 0.5:
        return "critical"
    return "warning" if dead_share >= 0.2 else ""


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """How long ago, with the moment itself in the title; "never" where it has not happened."""
    if moment is None:
        return _("never")
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        format_date(local, "DATETIME_FORMAT"),
        _how_long_ago(moment),
    )


@register.filter
def elapsed(moment: datetime) -> str:
    """How long it has been since, to the second."""
    seconds = max(int((timezone.now() - moment).total_seconds()), 1)
    return duration(seconds) if seconds >= MINUTE else _with_unit(seconds, 0, _("s"))


@register.filter
def server_version(number: int) -> str:
    """150018 as "15.18"."""
    return f"{number // 10_000}.{number % 10_000}"


@register.filter
def sql(text: str) -> SafeString:
    return highlighted(text)


@register.filter
def python(text: str) -> SafeString:
    return highlighted_python(text)


@register.filter
def diff(text: str) -> SafeString:
    return highlighted_diff(text)


@register.filter
def laid_out(query: str) -> str:
    """A statement as pg_stat_statements keeps it, with line breaks and without needless quotes."""
    return formatted(query)


@register.filter
def script(statements: Sequence[str]) -> str:
    """Statements as one text that psql can run."""
    return "\n".join(f"{statement};" for statement in statements)


@register.filter
def lines(texts: Sequence[str]) -> str:
    return "\n".join(texts)


@register.simple_tag
def suggestion_query(question: Question, suggestion: IndexSuggestion) -> str:
    """What stands behind an address that is about one suggestion of an advice."""
    return question.query_about(suggestion)


@register.inclusion_tag("optimizer/console/bar.html")
def bar(fraction: float | None, tone: str = "") -> dict[str, Any]:
    """A bar as long as the fraction; the figure itself stands beside it in words."""
    filled = min(max(fraction or 0.0, 0.0), 1.0)
    return {"width": f"{filled * 100:.1f}", "tone": tone}


@register.inclusion_tag("optimizer/console/sort_header.html", takes_context=True)
def sort_header(
    context: template.Context, sort: Sort, key: str, label: str, kind: str = "text", hint: str = ""
) -> dict[str, Any]:
    """A column's heading that sorts by it; `kind` is "text" or "number"."""
    query = context["request"].GET.copy()
    query["sort"] = sort.next_for(key)
    return {
        "href": f"?{query.urlencode()}",
        "label": label,
        "kind": kind,
        "hint": hint,
        "direction": sort.direction_of(key),
    }


def _how_long_ago(moment: datetime) -> str:
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < MINUTE:
        return _("just now")
    if seconds < HOUR:
        age = _with_unit(seconds // MINUTE, 0, _("min"))
    elif seconds < 2 * DAY:
        age = _with_unit(seconds // HOUR, 0, _("h"))
    elif seconds < 100 * DAY:
        age = _with_unit(seconds // DAY, 0, _("days"))
    else:
        return format_date(timezone.localtime(moment), "DATE_FORMAT")
    return _("%s ago") % age


def _per_period(per_second: float, write: Callable[[float], str]) -> str:
    if not per_second:
        return _("none")
    for seconds, text in PERIODS:
        if per_second * seconds >= 1:
            return text % write(per_second * seconds)
    return _("%s a day") % write(per_second * DAY)


def _significant(number: float) -> int:
    """Decimals that leave three figures to read."""
    if number >= 100:
        return 0
    return 1 if number >= 10 else 2


def _figure(number: float, decimals: int) -> str:
    # number_format cuts off what it does not show.
    return str(number_format(round(number, decimals), decimals, force_grouping=True))


def _with_unit(number: float, decimals: int, unit: str) -> str:
    return f"{_figure(number, decimals)}{SPACE}{unit}"


def _two(whole: int, unit: str, rest: int, smaller: str) -> str:
    text = _with_unit(whole, 0, unit)
    return f"{text} {_with_unit(rest, 0, smaller)}" if rest else text
