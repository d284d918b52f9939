"""The advisor's figures as tables, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from benchmarks.effect import Effect, Size, TrueEffect
from benchmarks.figures import Figures

MEGABYTE = 10**6


def show_figures(console: Console, figures: Sequence[Figures]) -> None:
    """The budgets of one workload."""
    title = _("%(workload)s: cost of the workload, 1 being that with primary keys only")
    table = _table(
        title % {"workload": figures[0].workload},
        *(_("budget"), "MB", _("cost"), _("at 5 s"), _("singles"), _("floor")),
        *(_("worst"), _("indexes"), "MB", _("HypoPG's"), _("calls")),
        *(_("seconds"), _("first"), _("peak MB"), _("exchange"), _("tried")),
    )
    for one in figures:
        unproved = _(" (%d unproved)") % one.unprovable if one.unprovable else ""
        table.add_row(
            *(f"{one.budget_share:.0%}", megabytes(one.budget_bytes)),
            *(f"{one.relative_cost:.3f}", f"{one.first_cost:.3f}"),
            *(f"{one.single_cost:.3f}", f"{one.floor_cost:.3f}", f"{one.worst_change:+.0%}"),
            *(f"{one.indexes}{unproved}", _size(one), megabytes(one.hypopg_bytes)),
            *(f"{one.planner_calls:,}", _seconds(one), f"{one.first_seconds:.1f}"),
            *(megabytes(one.peak_bytes) if one.peak_bytes else "-", f"{one.exchange.share:.1%}"),
            f"{one.exchange.tried:,}/{one.exchange.possible:,}",
        )
    console.print(table)


def _size(one: Figures) -> str:
    return megabytes(one.size_bytes) + ("!" if one.size_bytes > one.budget_bytes else "")


def _seconds(one: Figures) -> str:
    return f"{one.seconds:.1f}" + ("" if one.is_complete else "+")


def show_effect(console: Console, effect: TrueEffect) -> None:
    """Each statement, the largest measured gain first, and the indexes."""
    console.print(_statements(effect))
    if effect.sizes:
        console.print(_sizes(effect))


def _statements(effect: TrueEffect) -> Table:
    title = _("%(workload)s: what the planner promises and what is measured")
    table = _table(
        title % {"workload": effect.workload},
        *(_("weight"), _("cost before"), _("after"), _("gain")),
        *(_("ms before"), _("after"), _("gain")),
        first=_("statement"),
    )
    for one in sorted(effect.effects, key=_measured_saving, reverse=True):
        table.add_row(
            *(one.name, f"{one.weight:g}", f"{one.cost_before:,.0f}", f"{one.cost_after:,.0f}"),
            f"{one.estimated_gain:.0%}",
            *(f"{one.seconds_before * 1000:.2f}", f"{one.seconds_after * 1000:.2f}"),
            f"{one.measured_gain:.0%}",
        )
    table.add_section()
    correlation = "-" if effect.correlation is None else f"{effect.correlation:.2f}"
    total = _("together; rank correlation %s") % correlation
    table.add_row(
        *(total, "", "", "", f"{effect.estimated_gain:.0%}"),
        *("", "", f"{effect.measured_gain:.0%}"),
    )
    return table


def _sizes(effect: TrueEffect) -> Table:
    title = _("%(workload)s: sizes of the indexes in MB, estimated and real")
    table = _table(
        title % {"workload": effect.workload},
        *(_("the advisor's"), _("HypoPG's"), _("real")),
        first=_("index"),
    )
    for size in sorted(effect.sizes, key=_real, reverse=True):
        table.add_row(size.name, *map(megabytes, (size.advisor, size.hypopg, size.real)))
    table.add_section()
    ratios = (f"{ratio:.2f}" for ratio in (effect.advisor_ratio, effect.hypopg_ratio) if ratio)
    table.add_row(_("median ratio to the real size"), *ratios, "")
    return table


def as_json(figures: Sequence[Figures], effects: Sequence[TrueEffect]) -> str:
    """Sizes in bytes, times in seconds, shares from 0 to 1."""
    document = {
        "figures": [asdict(one) for one in figures],
        "effects": [
            asdict(effect)
            | {
                "estimated_gain": effect.estimated_gain,
                "measured_gain": effect.measured_gain,
                "rank_correlation": effect.correlation,
                "advisor_size_ratio": effect.advisor_ratio,
                "hypopg_size_ratio": effect.hypopg_ratio,
            }
            for effect in effects
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.1f}"


def say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False)


def _measured_saving(one: Effect) -> float:
    return one.weight * (one.seconds_before - one.seconds_after)


def _real(size: Size) -> int:
    return size.real


def _table(title: str, *numbers: str, first: str = "") -> Table:
    """Every column but a first one with names holds numbers."""
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    if first:
        table.add_column(first)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table
