"""Values for parameters, so that the planner sees what it would see in production.

A generic plan takes every value for equally frequent and every LIMIT for a tenth of the rows. Where
calls were captured their values are taken. Elsewhere a parameter gets a value that its column
really holds, as ANALYZE found it. Where values differ much
in frequency there are up to three samples, a common, a middling and a rare one, and their costs are
averaged: an index that serves the common value only would be found out by those who ask for others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from optimizer.advise.understanding.access import ParameterUse, Role, Statement
from optimizer.advise.understanding.catalogue import Column

MAX_SAMPLES: Final = 3
TYPICAL_LIMIT: Final = "25"
TYPICAL_OFFSET: Final = "0"
ARRAY_LENGTH: Final = 3
SKEW: Final = 5.0  # a common value this many times as frequent as a rare one: two samples
RECENT: Final = 0.9  # where in the histogram a lower bound lies: asking for the latest tenth
RECENT_END: Final = 0.95
EARLY: Final = 0.1  # an upper bound on its own: asking for the earliest tenth
PATTERN_LENGTH: Final = 4

# For what is compared with no column: any value of the type that a function will take.
BY_TYPE: Final = {
    "bigint": "1",
    "boolean": "true",
    "character varying": "a",
    "date": "2025-01-01",
    "double precision": "1",
    "integer": "1",
    "interval": "7 days",
    "jsonb": "{}",
    "numeric": "1",
    "real": "1",
    "smallint": "1",
    "text": "a",
    "time without time zone": "12:00",
    "timestamp with time zone": "2025-01-01 00:00:00+00",
    "timestamp without time zone": "2025-01-01 00:00:00",
    "uuid": "00000000-0000-0000-0000-000000000000",
}


class Frequency(Enum):
    """Which of the values of a column with few frequent ones."""

    COMMON = "common"
    MIDDLE = "middle"
    RARE = "rare"


class ValueSource(StrEnum):
    """Where the values come from that a statement is planned with, the best first."""

    LITERALS = "literals"  # it has no parameters: they stand in it
    CAPTURED = "captured"  # from calls that were looked at
    TYPICAL = "typical"  # from statistics
    GENERIC = "generic"  # there are none: the generic plan has to do


Sample = tuple[str, ...]  # one text for each parameter, from $1 on


@dataclass(frozen=True, slots=True)
class Values:
    source: ValueSource
    samples: tuple[Sample, ...]  # one to three; none for a generic plan


def values(statement: Statement, types: tuple[str, ...]) -> Values:
    """The values to plan a statement with; `types` are those of its parameters, from $1 on."""
    if not types:
        return Values(ValueSource.LITERALS, ((),))
    captured = _captured(statement, len(types))
    if captured:
        return Values(ValueSource.CAPTURED, captured)
    typical = _typical(statement, types)
    if typical:
        return Values(ValueSource.TYPICAL, tuple(typical))
    return Values(ValueSource.GENERIC, ())


def _captured(statement: Statement, count: int) -> tuple[Sample, ...]:
    """Up to three of the calls that were looked at, spread over them. One that had a NULL among
    its values is left out: where others had none, it is no typical one."""
    complete = (
        tuple(value for value in call if value is not None) for call in statement.source.captured
    )
    calls = sorted({call for call in complete if call and len(call) == count})
    if len(calls) <= MAX_SAMPLES:
        return tuple(calls)
    return (calls[0], calls[len(calls) // 2], calls[-1])


def _typical(statement: Statement, types: tuple[str, ...]) -> list[Sample] | None:
    found: list[Sample] = []
    for frequency in Frequency:
        chosen = [
            _value(statement.parameters.get(number), type_name, statement.parameters, frequency)
            for number, type_name in enumerate(types, start=1)
        ]
        known = tuple(value for value in chosen if value is not None)
        if len(known) < len(chosen):
            return None
        if known not in found:
            found.append(known)
    return found


def _value(
    use: ParameterUse | None,
    type_name: str,
    parameters: Mapping[int, ParameterUse],
    frequency: Frequency,
) -> str | None:
    if use is None:
        return _by_type(type_name)
    column = use.table.columns[use.column] if use.table is not None else None
    match use.role:
        case Role.LIMIT:
            return TYPICAL_LIMIT
        case Role.OFFSET:
            return TYPICAL_OFFSET
        case Role.PATTERN:
            return _pattern(column)
    if column is None:
        return _by_type(type_name)
    found = _column_value(use, column, parameters, frequency)
    return found if found is not None else _by_type(type_name)


def _column_value(
    use: ParameterUse,
    column: Column,
    parameters: Mapping[int, ParameterUse],
    frequency: Frequency,
) -> str | None:
    match use.role:
        case Role.EQUAL:
            rows = use.table.row_count if use.table is not None else 0.0
            return _one(column, rows, frequency)
        case Role.ELEMENT:
            several = _several(column)
            return several[use.position % len(several)] if several else None
        case Role.ARRAY:
            several = _several(column)[:ARRAY_LENGTH]
            return array_literal(several) if several else None
        case Role.LOW:
            return _quantile(column, RECENT)
        case Role.HIGH:
            is_between = any(
                other.role is Role.LOW and (other.table, other.column) == (use.table, use.column)
                for other in parameters.values()
            )
            return _quantile(column, RECENT_END if is_between else EARLY)
    return None


def _one(column: Column, row_count: float, frequency: Frequency) -> str | None:
    """A value to compare for equality. Only where frequencies differ much is there more than one."""
    if not column.common_values:
        return _quantile(column, 0.5)
    shares = column.common_shares
    middle = column.common_values[len(column.common_values) // 2]
    rare, rarest = column.common_values[-1], shares[-1]
    others = column.distinct(row_count) - len(column.common_values)
    if column.histogram and others >= 1:
        # Besides the common values there are others, none of them as frequent.
        rare = _quantile(column, 0.5) or rare
        rarest = max(0.0, 1.0 - column.nulls - sum(shares)) / others
    if shares[0] < SKEW * rarest:
        return middle
    return {
        Frequency.COMMON: column.common_values[0],
        Frequency.MIDDLE: middle,
        Frequency.RARE: rare,
    }[frequency]


def _several(column: Column) -> tuple[str, ...]:
    """Values for a list: from the middle of the common ones on, else spread over the histogram."""
    if column.common_values:
        middle = len(column.common_values) // 2
        return column.common_values[middle:] + column.common_values[:middle]
    inner = column.histogram[1:-1] or column.histogram
    return inner[len(inner) // 2 :] + inner[: len(inner) // 2]


def _quantile(column: Column, share: float) -> str | None:
    if column.histogram:
        return column.histogram[round(share * (len(column.histogram) - 1))]
    if column.common_values:
        return column.common_values[len(column.common_values) // 2]
    return None


def _pattern(column: Column | None) -> str:
    """A search inside the text: of a parameter nobody knows whether it begins with a wildcard."""
    text = _quantile(column, 0.5) if column is not None else None
    inside = "".join(character for character in text or "" if character.isalnum())
    return f"%{inside[:PATTERN_LENGTH] or 'a'}%"


def _by_type(type_name: str) -> str | None:
    if type_name.endswith("[]"):
        element = BY_TYPE.get(type_name.removesuffix("[]"))
        return None if element is None else array_literal((element,))
    return BY_TYPE.get(type_name)


def array_literal(elements: tuple[str, ...]) -> str:
    escaped = (element.replace("\\", "\\\\").replace('"', '\\"') for element in elements)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"
