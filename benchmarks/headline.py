"""The company's critical queries, without their indexes and with what the optimizer suggests."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from benchmarks.measuring import Comparison, compare, statements_of
from benchmarks.suggested import built, used_indexes
from demo import critical_indexes, showing
from demo.copying import connect
from demo.workload import parameters, running
from demo.workload.parameters import Parameters
from demo.workload.queries import CRITICAL, QUERIES, NamedQuery
from optimizer.records import IndexSuggestion
from optimizer.service import db_optimizer

SECONDS = 20
THREADS = 4
SEED = 7

# What the company measured on the system that this one replaces, before and after its own indexes.
COMPANY = {
    "product list": "850 → 45 ms, -95 %",
    "search by SKU": "-95 %",
    "job dashboard": "620 → 50 ms, -92 %",
    "logs of a job": "395 → 40 ms, -90 %",
    "unread notifications": "-90 %",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    comparison: Comparison
    found_by: tuple[str, ...]  # those of the suggested indexes that the query's plans use


def run(console: Console, options: argparse.Namespace) -> int:
    """The exit status: 1 where the suggestions left out a critical query."""
    drawn = parameters.read()
    with without_critical_indexes(console):
        with showing.countdown(SECONDS, console.file) as tick:
            running.run(QUERIES, drawn, seconds=SECONDS, threads=THREADS, seed=SEED, on_tick=tick)
        outcomes = measure(drawn, console)
    console.print(render(outcomes))
    missed = [one.comparison.query.name for one in outcomes if not one.found_by]
    if missed:
        text = _("The suggestions do not serve: %(queries)s")
        _say(console, text % {"queries": ", ".join(missed)})
    return 1 if missed else 0


@contextmanager
def without_critical_indexes(console: Console) -> Iterator[None]:
    """Drop them, and build those that the migrations declare when all is over or interrupted."""
    try:
        for critical in critical_indexes.drop(critical_indexes.declared()):
            _say(console, _("%(name)s dropped for now") % {"name": critical.name})
        yield
    finally:
        for critical in critical_indexes.missing():
            critical_indexes.restore(critical)
            _say(console, _("%(name)s is back") % {"name": critical.name})


def measure(drawn: Parameters, console: Console) -> list[Outcome]:
    """Build what is suggested for the databases of the critical queries, and measure those."""
    with ExitStack() as stack:
        new: dict[str, list[str]] = {}
        for alias in dict.fromkeys(query.alias for query in CRITICAL):
            suggestions = db_optimizer.suggest_indexes(alias)
            for suggestion in suggestions:
                _say(console, _describe(alias, suggestion))
            connection = stack.enter_context(connect(using=alias, autocommit=True))
            new[alias] = stack.enter_context(built(suggestions, connection=connection))
        outcomes = []
        for query in CRITICAL:
            _say(console, _("Measuring: %(name)s") % {"name": query.name})
            outcomes.append(_outcome(query, drawn, new[query.alias]))
        return outcomes


def _describe(alias: str, suggestion: IndexSuggestion) -> str:
    """The statement that builds it; of a partitioned table the one for the parent."""
    first, *others = suggestion.create_sql.split(";\n")
    text = _("%(alias)s: the optimizer suggests %(sql)s")
    described = text % {"alias": alias, "sql": first.rstrip(";")}
    return _("%(first)s, and its partitions") % {"first": described} if others else described


def _outcome(query: NamedQuery, drawn: Parameters, new: list[str]) -> Outcome:
    used = used_indexes(statements_of(query, drawn, seed=SEED), using=query.alias)
    comparison = compare(query, drawn, indexes=new, seed=SEED)
    return Outcome(comparison, tuple(sorted(used.intersection(new))))


def render(outcomes: list[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False, title=_("Time in the database, in milliseconds"))
    table.add_column(_("critical query"))
    for heading in (_("p50 before"), _("after"), _("change")):
        table.add_column(heading, justify="right")
    for heading in (_("p95 before"), _("after"), _("change")):
        table.add_column(heading, justify="right")
    table.add_column(_("the company's"))
    table.add_column(_("found by the suggested"))
    for one in outcomes:
        result = one.comparison
        table.add_row(
            result.query.name,
            *(f"{result.before.p50 * 1000:.2f}", f"{result.after.p50 * 1000:.2f}"),
            f"{result.p50_change:+.0%}",
            *(f"{result.before.p95 * 1000:.2f}", f"{result.after.p95 * 1000:.2f}"),
            f"{result.p95_change:+.0%}",
            COMPANY[result.query.name],
            "\n".join(one.found_by) or _("nothing"),
        )
    return table


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False)
