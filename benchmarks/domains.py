"""The statements that staff and API put on the five databases, with the values they have there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.adapt import PyFormat, Transformer

from benchmarks.measuring import statements_of
from benchmarks.scratch import scratch_domains
from benchmarks.workloads import Question, Workload
from config.databases import DOMAINS
from demo.copying import connect
from demo.workload import parameters
from demo.workload.parameters import Parameters
from demo.workload.queries import QUERIES, NamedQuery
from optimizer.connect import connection_parameters
from optimizer.records import WorkloadStatement

SEED: Final = 7
DRAWS: Final = 4  # calls of each query, with other values each
TRANSACTIONS: Final = ("SAVEPOINT", "RELEASE", "ROLLBACK")

Values = Sequence[Any] | Mapping[str, Any] | None


@contextmanager
def domains(*, scale: float) -> Iterator[list[Workload]]:
    """One workload for each database, on copies that are gone afterwards."""
    with scratch_domains(scale=scale):
        drawn = parameters.read()
        yield [workload(alias, drawn, name=f"{alias}, scale {scale:g}") for alias in DOMAINS]


def workload(alias: str, drawn: Parameters, *, name: str) -> Workload:
    """What the queries of a database execute. The draws are executed, those that write too."""
    calls: dict[str, list[Values]] = {}
    names: dict[str, str] = {}
    weights: dict[str, int] = {}
    for query in (query for query in QUERIES if query.alias == alias):
        executed = _executed(query, drawn)
        different = list(dict.fromkeys(statement for statement, _values in executed))
        for statement, values in executed:
            number = f" {different.index(statement) + 1}" if len(different) > 1 else ""
            names.setdefault(statement, query.name + number)
            weights[statement] = weights.get(statement, 0) + query.share
            calls.setdefault(statement, []).append(values)
    with connect(using=alias, autocommit=True) as connection:
        questions = [
            question(statement, values, weights[statement], names[statement], connection)
            for statement, values in calls.items()
        ]
    return Workload(name, connection_parameters(using=alias), tuple(questions), alias)


def question(
    statement: str,
    calls: Sequence[Values],
    weight: int,
    name: str,
    connection: psycopg.Connection[Any],
) -> Question:
    """`statement` has psycopg's placeholders; `calls` are the values of each call."""
    cursor = psycopg.ClientCursor(connection)
    texts = [cursor.mogrify(statement.encode(), values) for values in calls]
    source = WorkloadStatement(
        queryid=None,
        query=numbered(statement, calls[0]),
        calls=weight,
        total_time=0.0,
        name=name,
        captured=tuple(as_text(values, connection) for values in calls),
    )
    return Question(source, tuple(dict.fromkeys(texts)), float(weight))


def numbered(statement: str, values: Values) -> str:
    """The statement with $1, $2, ... as PostgreSQL keeps it."""
    if values is None:
        return statement
    if isinstance(values, Mapping):
        numbers = {name: f"${number}" for number, name in enumerate(values, start=1)}
        return statement % numbers
    return statement % tuple(f"${number}" for number in range(1, len(values) + 1))


def as_text(values: Values, connection: psycopg.Connection[Any]) -> tuple[str | None, ...]:
    """The values as PostgreSQL reads them."""
    items = list(values.values()) if isinstance(values, Mapping) else list(values or ())
    dumped = Transformer(connection).dump_sequence(items, [PyFormat.TEXT] * len(items))
    return tuple(None if item is None else bytes(item).decode() for item in dumped)


def _executed(query: NamedQuery, drawn: Parameters) -> list[tuple[str, Values]]:
    executed = statements_of(query, drawn, seed=SEED, runs=DRAWS)
    return [pair for pair in executed if not pair[0].startswith(TRANSACTIONS)]
