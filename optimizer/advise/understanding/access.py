"""What a statement asks of each table it touches: the language between parser and candidates."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final

from optimizer.advise.understanding.catalogue import Column, Table
from optimizer.advise.understanding.expressions import Expression
from optimizer.observe.plannable import Plannable
from optimizer.records import WorkloadStatement


class Match(StrEnum):
    """How a condition binds a column."""

    EQUAL = "equal"  # one value
    ONE_OF = "one of"  # a list of values
    RANGE = "range"  # <, >, BETWEEN
    PREFIX = "prefix"  # LIKE 'x%'
    JOIN = "join"  # equal to a column of another relation


COMPARISONS: Final = (Match.EQUAL, Match.ONE_OF, Match.RANGE, Match.PREFIX)


class Search(StrEnum):
    """How a condition looks inside a value, where no B-tree helps and GIN may."""

    SUBSTRING = "substring"  # LIKE '%x%', ILIKE, regular expressions
    CONTAINS = "contains"  # @> of jsonb, or any of what arrays ask of one another
    KEYS = "keys"  # ?, ?| and ?& of jsonb


class Constant(Enum):
    """A condition that no parameter can change, written for the column `{0}` and values `{1}`."""

    TRUE = "{0}"
    FALSE = "NOT {0}"
    NULL = "{0} IS NULL"
    NOT_NULL = "{0} IS NOT NULL"
    VALUE = "{0} = {1}"
    VALUES = "{0} IN ({1})"
    LESS = "{0} < {1}"
    AT_MOST = "{0} <= {1}"


BETWEEN_COLUMNS: Final = (Constant.LESS, Constant.AT_MOST)


@dataclass(frozen=True, slots=True)
class Condition:
    column: str  # or the text of one of the access's expressions
    match: Match


@dataclass(frozen=True, slots=True)
class SearchCondition:
    column: str  # or the text of one of the access's expressions
    search: Search


@dataclass(frozen=True, slots=True)
class ConstantCondition:
    column: str
    constant: Constant
    # Of VALUE one, of VALUES several, sorted; of LESS and AT_MOST the name of the other column.
    values: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        others = self.values if self.constant in BETWEEN_COLUMNS else ()
        return (self.column, *others)

    def implies(self, other: ConstantCondition) -> bool:
        """Whether `other` holds wherever this one does, as far as the planner proves it."""
        if self == other:
            return True
        if self.column != other.column or self.constant is Constant.NULL:
            return False
        if other.constant is Constant.NOT_NULL:
            return True
        has_values = self.constant in (Constant.VALUE, Constant.VALUES)
        return (
            has_values
            and other.constant is Constant.VALUES
            and set(self.values) <= set(other.values)
        )


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
    # Other orders that spare a sort: of windows, or of groups that are sorted afterwards.
    further_orders: list[list[SortKey]] = field(default_factory=list)
    group: list[str] = field(default_factory=list)
    searches: list[SearchCondition] = field(default_factory=list)  # all of them hold
    expressions: dict[str, Expression] = field(default_factory=dict)  # by their text
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

    def facts(self, name: str) -> Column:
        """What is known of a column, or of the value of an expression."""
        expression = self.expressions.get(name)
        return expression.facts if expression is not None else self.table.columns[name]

    def meets(self, wanted: ConstantCondition) -> bool:
        """Whether every row that is asked for meets a partial index's condition."""
        if any(item.implies(wanted) for item in self.constants):
            return True
        if wanted.constant is not Constant.NOT_NULL:
            return False
        # No comparison holds for NULL, and IS NULL is among the constants.
        nulls = ConstantCondition(wanted.column, Constant.NULL)
        is_compared = wanted.column in self.columns_bound(*COMPARISONS)
        return is_compared and nulls not in self.constants


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
    # (table oid, column) that UPDATE, ON CONFLICT or MERGE sets
    written: frozenset[tuple[int, str]]
    target: Table | None = None  # what INSERT, UPDATE, DELETE or MERGE writes to

    @property
    def kind(self) -> str:
        """SELECT, INSERT, UPDATE, DELETE or MERGE."""
        return self.plannable.kind

    @property
    def weight(self) -> float:
        source = self.source
        return float(source.calls) if source.weight is None else source.weight

    @property
    def tables(self) -> set[Table]:
        return {access.table for access in self.accesses}
