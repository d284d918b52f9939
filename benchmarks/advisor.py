"""The index advisor: what it chooses under five budgets, how good that is, and what it truly does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _
from rich.console import Console

from benchmarks import advisor_report as report
from benchmarks.advising import Asked, ask
from benchmarks.domains import domains
from benchmarks.effect import TrueEffect, true_effect
from benchmarks.exchanges import best_exchange, pool
from benchmarks.figures import Figures
from benchmarks.planning import NOTHING, Costs, Offer, Offers, Planner
from benchmarks.references import Floor, Winner, floor, single_columns, total_size, within
from benchmarks.warehouse import warehouse
from benchmarks.workloads import Workload, data_size
from optimizer.connect import translated_errors
from optimizer.records import AdviceLimits

BUDGETS: Final = (0.05, 0.10, 0.25, 0.50, 1.00)  # of the size of the data
SECONDS: Final = 30.0  # the advisor may take
FIRST_SECONDS: Final = 5.0  # in which its first answer is due
CHECK_SECONDS: Final = 15.0  # to look for a better set by exchanges, for each budget
DOMAIN_SCALES: Final = (0.05, 0.5)  # of the demonstration data; load_demo takes 0.001 and more
SCALES: Final = (0.02, 20.0)


@dataclass(frozen=True, slots=True)
class Reference:
    """What all budgets of a workload are compared with."""

    baseline: float
    winners: list[Winner]
    floor: Floor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scale", type=_scale, default=1.0, help="size of the data of “advisor”; default 1"
    )
    parser.add_argument("--json", type=Path, help="where “advisor” writes its figures too")


def run(console: Console, options: argparse.Namespace) -> int:
    figures: list[Figures] = []
    effects: list[TrueEffect] = []
    with translated_errors(using="default"):
        for group in groups(options.scale):
            for workload in group.workloads:
                report.say(console, _("Advising: %s") % workload.name)
                measured = measure(workload)
                report.show_figures(console, measured)
                figures += measured
            for workload in group.workloads if group.is_built else ():
                report.say(console, _("Building what is suggested: %s") % workload.name)
                suggestions = ask(workload, AdviceLimits(seconds=SECONDS)).advice.suggestions
                effect = true_effect(workload, suggestions)
                report.show_effect(console, effect)
                effects.append(effect)
    if options.json is not None:
        options.json.write_text(report.as_json(figures, effects), encoding="utf-8")
    return 0


@dataclass(frozen=True, slots=True)
class Group:
    """Workloads whose databases are there at the same time."""

    workloads: list[Workload]
    is_built: bool  # whether the indexes are built and the statements run


def groups(scale: float) -> Iterator[Group]:
    for own in DOMAIN_SCALES:
        with domains(scale=own * scale) as found:
            yield Group(found, is_built=own == max(DOMAIN_SCALES))
    with warehouse(scale=scale) as one:
        yield Group([one], is_built=True)


def _scale(text: str) -> float:
    scale = float(text)
    if not SCALES[0] <= scale <= SCALES[1]:
        raise argparse.ArgumentTypeError(f"from {SCALES[0]:g} to {SCALES[1]:g}")
    return scale


def measure(workload: Workload) -> list[Figures]:
    """Ask the advisor for each budget, and judge its answers."""
    with workload.connect() as connection:
        costs = Costs(Planner(connection), workload.questions)
        data = data_size(connection)
        winners = single_columns(costs, connection)
        reference = Reference(costs.total(NOTHING), winners, floor(costs, connection, winners))
        return [
            _figures(workload, costs, reference, share, round(share * data)) for share in BUDGETS
        ]


def _figures(
    workload: Workload, costs: Costs, reference: Reference, share: float, budget: int
) -> Figures:
    first = final = ask(workload, AdviceLimits(budget_bytes=budget, seconds=FIRST_SECONDS))
    if not first.advice.is_complete:
        final = ask(workload, AdviceLimits(budget_bytes=budget, seconds=SECONDS))
    chosen = _offers(final, costs)
    others = pool(costs, reference.floor.useful, chosen)
    exchange = best_exchange(costs, chosen, others, budget=budget, seconds=CHECK_SECONDS)
    base = reference.baseline
    return Figures(
        workload=workload.name,
        budget_share=share,
        budget_bytes=budget,
        indexes=len(final.advice.suggestions),
        unprovable=len(final.advice.suggestions) - len(chosen),
        relative_cost=costs.total(chosen) / base,
        first_cost=costs.total(_offers(first, costs)) / base,
        single_cost=costs.total(within(reference.winners, budget)) / base,
        floor_cost=reference.floor.cost / base,
        worst_change=costs.worst_change(chosen),
        size_bytes=total_size(chosen),
        hypopg_bytes=costs.planner.hypopg_bytes(chosen),
        planner_calls=final.advice.planner_calls,
        seconds=final.advice.seconds,
        first_seconds=first.advice.seconds,
        peak_bytes=final.peak_bytes,
        is_complete=final.advice.is_complete,
        exchange=exchange,
    )


def _offers(asked: Asked, costs: Costs) -> Offers:
    """The suggestions as hypothetical indexes, without those that HypoPG cannot stand for."""
    offers = [Offer.of(suggestion) for suggestion in asked.advice.suggestions]
    return frozenset(costs.planner.accepted(offers))
