"""What the advisor is compared with: the best single-column index of each statement, and the
floor, which all candidates of the advisor and these at once would reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from benchmarks.planning import MAX_OFFERED, NOTHING, Costs, Offer, Offers, Planner
from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.proposing.shapes import IndexShape, KeyColumn
from optimizer.advise.proposing.sizes import index_size
from optimizer.advise.understanding.catalogue import Catalogue
from optimizer.advise.understanding.statements import understand_workload

WORTHWHILE: Final = 0.001  # of a statement's cost; less is noise


@dataclass(frozen=True, slots=True)
class Winner:
    """An index that is the best single-column one of some statements."""

    offer: Offer
    gain: float  # of those statements, weighted, each with this index alone


@dataclass(frozen=True, slots=True)
class Floor:
    """What nothing goes below: each statement with all candidates it can have."""

    cost: float
    candidates: int
    useful: Offers  # those in the best plans, and the best single columns


def single_columns(costs: Costs, connection: psycopg.Connection[Any]) -> list[Winner]:
    """By brute force: each statement is planned with an index on each column of its tables alone."""
    catalogue = Catalogue(connection)
    catalogue.read(
        {(None, table) for question in costs.questions for table in costs.tables(question)}
    )
    offers: dict[str, list[Offer]] = {}
    for table in catalogue.tables:
        columns = [column.name for column in table.columns.values() if column.is_indexable]
        shapes = [IndexShape(table, (KeyColumn(name),)) for name in columns]
        offers[table.name] = costs.planner.accepted(map(offer_of, shapes))
    gains: dict[Offer, float] = {}
    for question in costs.questions:
        own = [offer for table in sorted(costs.tables(question)) for offer in offers.get(table, ())]
        best = min(own, key=lambda offer: costs.of(question, frozenset((offer,))), default=None)
        if best is None:
            continue
        before, after = costs.of(question, NOTHING), costs.of(question, frozenset((best,)))
        if after < before * (1 - WORTHWHILE):
            gains[best] = gains.get(best, 0.0) + before - after
    return [Winner(offer, gain) for offer, gain in gains.items()]


def within(winners: Iterable[Winner], budget: int) -> Offers:
    """The winners that fit, those first that gain most for each byte."""
    chosen: set[Offer] = set()
    for winner in sorted(winners, key=lambda winner: -winner.gain / winner.offer.size_bytes):
        if winner.offer.size_bytes + total_size(chosen) <= budget:
            chosen.add(winner.offer)
    return frozenset(chosen)


def total_size(offers: Iterable[Offer]) -> int:
    return sum(offer.size_bytes for offer in offers)


def floor(costs: Costs, connection: psycopg.Connection[Any], winners: Iterable[Winner]) -> Floor:
    """Each statement gets its own candidates together, then what was useful to any of them, and
    the `winners`, which the advisor may not have thought of."""
    catalogue = Catalogue(connection)
    sources = [question.source for question in costs.questions]
    understood = understand_workload(sources, catalogue=catalogue)
    proposed = candidates(understood.statements)
    everything: set[Offer] = set()
    useful: set[Offer] = {winner.offer for winner in winners}
    known: dict[Offer, bool] = {}
    for statement in understood.statements:
        own = sorted({offer_of(shape) for shape in proposed[statement]}, key=_by_text)
        _accept(own, known, costs.planner)
        own = [offer for offer in own if known[offer]]
        everything.update(own)
        for question in costs.questions:
            if question.source.query == statement.source.query:
                for batch in batches(own):
                    useful |= costs.used(question, frozenset(batch))
    best = frozenset(sorted(useful, key=_by_text)[:MAX_OFFERED])
    return Floor(costs.total(best), len(everything), best)


def offer_of(shape: IndexShape) -> Offer:
    statement = f"CREATE INDEX ON {shape.table.qualified_name} {shape.definition()}"
    return Offer(shape.table.name, statement, index_size(shape))


def batches(offers: Sequence[Offer]) -> Iterator[Sequence[Offer]]:
    for start in range(0, len(offers), MAX_OFFERED):
        yield offers[start : start + MAX_OFFERED]


def _accept(offers: Iterable[Offer], known: dict[Offer, bool], planner: Planner) -> None:
    for offer in offers:
        if offer not in known:
            known[offer] = bool(planner.accepted((offer,)))


def _by_text(offer: Offer) -> str:
    return offer.create_sql
