"""Renders what the advisor understood of a statement, to be compared with what a person would."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.advise.understanding.access import Condition, SortKey, Statement, TableAccess

MATCHES = {
    "equal": "=",
    "one of": " in",
    "range": " range",
    "prefix": " like",
    "join": " join",
}


def describe(statement: Statement) -> list[str]:
    return [
        ": ".join((access.table.name, "; ".join(_parts(access)))) for access in statement.accesses
    ]


def _parts(access: TableAccess) -> Iterator[str]:
    yield from map(_condition, access.conditions)
    for item in access.constants:
        constant = item.constant.name.lower().replace("_", " ")
        yield " ".join((item.column, constant, *item.values))
    for search in access.searches:
        yield f"{search.column} {search.search}"
    for arm in access.alternatives:
        yield "or " + " and ".join(map(_condition, arm))
    if access.order:
        limit = " limit" if access.is_limited else ""
        yield "order " + ", ".join(map(_sort_key, access.order)) + limit
    for further in access.further_orders:
        yield "also order " + ", ".join(map(_sort_key, further))
    if access.group:
        yield "group " + ", ".join(access.group)
    yield "reads " + (
        "*" if access.reads_whole_row else ", ".join(sorted(access.read)) or "nothing"
    )


def _condition(condition: Condition) -> str:
    return condition.column + MATCHES[condition.match.value]


def _sort_key(key: SortKey) -> str:
    direction = " desc" if key.descending else ""
    if key.nulls_first == key.descending:
        return key.column + direction
    return key.column + direction + (" nulls first" if key.nulls_first else " nulls last")
