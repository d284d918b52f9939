"""What a statement asks of each table it touches: the language between parser and candidates."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum

from optimizer.advise.catalogue import Table
from optimizer.observe.plannable import Plannable
from optimizer.records import WorkloadStatement


class Match(StrEnum):
    """How a condition binds a column."""

    EQUAL = "equal"  # one value
    ONE_OF = "one of"  # a list of values
    RANGE = "range"  # <, >, BETWEEN
    PREFIX = "prefix"  # LIKE 'x%'
    JOIN = "join"  # equal to a column of another relation


class Constant(Enum):
    """A condition that no parameter can change, written for the column `{0}`."""

    TRUE = "{0}"
    FALSE = "NOT {0}"
    NULL = "{0} IS NULL"
    NOT_NULL = "{0} IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Condition:
    column: str
    match: Match


@dataclass(frozen=True, slots=True)
class ConstantCondition:
    column: str
    constant: Constant


@dataclass(frozen=True, slots=True)
class SortKey:
    column: str
    descending: bool = False
    nulls_first: bool = False  # PostgreSQL's own choice is NULLS FIRST exactly for DESC

    def reversed(self) -> SortKey:
        return SortKey(self.column, not self.descending, not self.nulls_first)


@dataclass(slots=True, eq=False)
class TableAccess:
    """One appearance of a table in a statement. Filled by the parser, read-only afterwards."""

    table: Table
    conditions: list[Condition] = field(default_factory=list)  # all of them hold
    constants: list[ConstantCondition] = field(default_factory=list)  # all of them hold
    alternatives: list[list[Condition]] = field(default_factory=list)  # arms of an OR
    order: list[SortKey] = field(default_factory=list)
    is_limited: bool = False  # only the first rows of that order are asked for
    group: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    reads_whole_row: bool = False  # also where rows are written or locked

    def bind(self, column: str, match: Match) -> None:
        condition = Condition(column, match)
        if condition not in self.conditions:
            self.conditions.append(condition)

    def columns_bound(self, *matches: Match) -> list[str]:
        """Columns bound in one of these ways, each once, in the order of the statement."""
        found = (item.column for item in self.conditions if item.match in matches)
        return list(dict.fromkeys(found))


class Role(StrEnum):
    """What a parameter stands for, so that a typical value can take its place."""

    EQUAL = "equal"
    ELEMENT = "element"  # of an IN list
    ARRAY = "array"  # of = ANY
    LOW = "low"  # the column is greater
    HIGH = "high"  # the column is less
    PATTERN = "pattern"
    LIMIT = "limit"
    OFFSET = "offset"


@dataclass(frozen=True, slots=True)
class ParameterUse:
    role: Role
    table: Table | None = None
    column: str = ""
    position: int = 0  # of an ELEMENT in its list


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement of the workload, understood. Compared by identity."""

    source: WorkloadStatement
    plannable: Plannable
    accesses: tuple[TableAccess, ...]
    parameters: dict[int, ParameterUse]
    written: frozenset[tuple[int, str]]  # (table oid, column) that UPDATE or ON CONFLICT sets

    @property
    def weight(self) -> float:
        return float(self.source.calls)

    @property
    def tables(self) -> set[Table]:
        return {access.table for access in self.accesses}
