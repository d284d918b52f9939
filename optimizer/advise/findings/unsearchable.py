"""Conditions that no index on their columns can serve, because of how they are written.

What an index on an expression would cure is left to the suggestions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from pglast import ast
from pglast.enums import A_Expr_Kind, SubLinkType

from optimizer.advise.findings.reasons import MIN_ROWS, Reason, captured_values
from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Table
from optimizer.advise.understanding.conditions import BETWEEN, LIKE, conjuncts
from optimizer.advise.understanding.expressions import printed
from optimizer.advise.understanding.scope import BoundColumn, Level, own_nodes
from optimizer.advise.understanding.tree import is_a, without_cast
from optimizer.observe.names import quoted
from optimizer.records import Index, Verdict

COMPARING: Final = frozenset(("=", "<", "<=", ">", ">="))
ARITHMETIC: Final = frozenset(("+", "-", "*", "/", "%"))
WHOLE_NUMBERS: Final = ("smallint", "integer", "bigint")
WILDCARDS: Final = ("%", "_")
TRIGRAMS: Final = ("gin_trgm_ops", "gist_trgm_ops")


@dataclass(slots=True)
class ConditionReasons:
    """Reads the conditions of one statement."""

    statement: Statement
    indexes: Sequence[Index]  # of the whole database
    level: Level = field(init=False)

    def read(self, level: Level) -> Iterator[Reason]:
        self.level = level
        where = (getattr(level.node, name, None) for name in ("whereClause", "joinCondition"))
        for clause in (*level.join_conditions, *where):
            for node, negated in conjuncts(clause) if clause is not None else ():
                yield from self._condition(node, negated=negated)

    def _condition(self, node: Any, *, negated: bool) -> Iterator[Reason]:
        match node:
            case ast.BoolExpr():
                yield from self._across_tables(node)
            case ast.SubLink():
                yield from self._not_in(node, negated=negated)
            case ast.A_Expr() if not negated:
                if node.kind in LIKE:
                    yield from self._pattern(node)
                if self._compares(node):
                    yield from self._comparison(node.lexpr, node.rexpr)
                    if node.kind == A_Expr_Kind.AEXPR_OP:
                        yield from self._comparison(node.rexpr, node.lexpr)

    @staticmethod
    def _compares(node: Any) -> bool:
        if node.kind == A_Expr_Kind.AEXPR_OP:
            return node.lexpr is not None and node.name[-1].sval in COMPARING
        is_list = node.kind in (A_Expr_Kind.AEXPR_IN, A_Expr_Kind.AEXPR_OP_ANY)
        return node.kind in BETWEEN or (is_list and node.name[-1].sval == "=")

    def _comparison(self, side: Any, other: Any) -> Iterator[Reason]:
        """What is computed from a column before it is compared, or cast to be."""
        plain = self._large(self.level.plain_columns(side))
        if plain:
            if self._needs_cast(plain[0], other):
                yield _implicit_cast(plain[0])
            return
        mine = self._large(self._columns(side))
        if not mine or {found.access for found in mine} & {
            found.access for found in self._columns(other)
        }:
            return
        if is_a(side, ast.TypeCast) and is_a(side.arg, ast.ColumnRef):
            yield _explicit_cast(mine[0], printed(side) or "")
        elif is_a(side, ast.A_Expr) and side.name[-1].sval in ARITHMETIC:
            yield _computed("arithmetic-on-column", mine[0], printed(side) or "")
        elif is_a(side, ast.FuncCall, ast.CoalesceExpr) and not self.level.columns(side):
            yield _computed("function-on-column", mine[0], printed(side) or "")

    def _needs_cast(self, bound: BoundColumn, other: Any) -> bool:
        """Whether PostgreSQL casts the column, not the value: a whole number against one with a
        fraction, or char(n) against text."""
        type_name = _type_of(bound)
        theirs = [_type_of(found) for found in self.level.plain_columns(other)]
        if type_name in WHOLE_NUMBERS:
            literal = without_cast(other)
            is_fraction = is_a(literal, ast.A_Const) and is_a(literal.val, ast.Float)
            return is_fraction or "numeric" in theirs
        if type_name != "character":
            return False
        is_text = is_a(other, ast.TypeCast) and other.typeName.names[-1].sval == "text"
        return is_text or "text" in theirs

    def _pattern(self, node: Any) -> Iterator[Reason]:
        if node.name[-1].sval not in ("~~", "~~*"):
            return
        for bound in self._large(self.level.columns(node.lexpr))[:1]:
            begins = self._begins_with_wildcard(node.rexpr)
            if begins is not False and not self._has_trigrams(bound):
                yield _wildcard(bound, is_certain=bool(begins))

    def _begins_with_wildcard(self, pattern: Any) -> bool | None:
        """None where it is a parameter of which no value is known."""
        literal = without_cast(pattern)
        if is_a(literal, ast.A_Const) and is_a(literal.val, ast.String):
            return str(literal.val.sval).startswith(WILDCARDS)
        if is_a(literal, ast.ParamRef):
            values = captured_values(self.statement, literal.number)
            if values:
                return any(value.startswith(WILDCARDS) for value in values)
        return None

    def _has_trigrams(self, bound: BoundColumn) -> bool:
        table = bound.access.table
        return any(
            (index.schema_name, index.table_name) == (table.schema_name, table.name)
            and any(opclass in key for opclass in TRIGRAMS)
            and key.startswith((quoted(bound.column), bound.column))
            for index in self.indexes
            for key in index.key_signature
        )

    def _across_tables(self, node: Any) -> Iterator[Reason]:
        """An OR whose arms ask of different tables can only be tried on their joined rows."""
        arms = [{found.access for found in self._columns(arm)} for arm in node.args]
        if all(arms) and not set.intersection(*arms):
            large = [access.table for arm in arms for access in arm]
            largest = max(large, key=lambda table: table.row_count)
            if largest.row_count >= MIN_ROWS:
                yield _or_across([table.qualified_name for table in large], largest)

    def _not_in(self, node: Any, *, negated: bool) -> Iterator[Reason]:
        is_any = node.subLinkType == SubLinkType.ANY_SUBLINK and negated
        operator = node.operName[-1].sval if node.operName else "="
        is_all = node.subLinkType == SubLinkType.ALL_SUBLINK and operator == "<>" and not negated
        if not (is_all or (is_any and operator == "=")):
            return
        inner = self.level.subqueries.get(id(node.subselect))
        tables = [access.table for arm in inner.arms for access in arm.accesses] if inner else []
        if tables and max(table.row_count for table in tables) >= MIN_ROWS:
            yield _not_in_subquery(max(tables, key=lambda table: table.row_count))

    def _columns(self, node: Any) -> list[BoundColumn]:
        """Every table column in an expression, except in a query within it."""
        return [
            bound
            for part in own_nodes((node,))
            if is_a(part, ast.ColumnRef)
            for bound in self.level.resolve(part)
        ]

    @staticmethod
    def _large(bounds: Iterable[BoundColumn]) -> list[BoundColumn]:
        return [bound for bound in bounds if bound.access.table.row_count >= MIN_ROWS]


def _name(bound: BoundColumn) -> str:
    return f"{bound.access.table.qualified_name}.{quoted(bound.column)}"


def _type_of(bound: BoundColumn) -> str:
    return bound.access.table.columns[bound.column].type_name.partition("(")[0]


def _implicit_cast(bound: BoundColumn) -> Reason:
    return Reason(
        "implicit-cast",
        bound.access.table,
        _(
            "%(column)s is a %(type)s and is compared with a value of another type, so PostgreSQL "
            "casts the column in every row and no index on it serves: pass a %(type)s."
        )
        % {"column": _name(bound), "type": _type_of(bound)},
    )


def _explicit_cast(bound: BoundColumn, expression: str) -> Reason:
    return Reason(
        "cast-of-column",
        bound.access.table,
        _(
            "%(expression)s is cast in every row, so no index on %(column)s serves: compare the "
            "column as it is, a timestamp with the bounds of a range."
        )
        % {"expression": expression, "column": _name(bound)},
    )


def _computed(code: str, bound: BoundColumn, expression: str) -> Reason:
    return Reason(
        code,
        bound.access.table,
        _(
            "%(expression)s is computed in every row, so no index on %(column)s serves: compare the "
            "column itself, with what the other side makes of the value or with a range."
        )
        % {"expression": expression, "column": _name(bound)},
    )


def _wildcard(bound: BoundColumn, *, is_certain: bool) -> Reason:
    table = bound.access.table
    column = quoted(bound.column) if bound.column in table.columns else f"({bound.column})"
    if is_certain:
        message = _(
            "%(column)s of %(table)s is searched for a pattern that begins with a wildcard, which no "
            "B-tree serves; a GIN index on trigrams does."
        )
    else:
        message = _(
            "%(column)s of %(table)s is searched for patterns that nobody saw: where they begin with "
            "a wildcard, no B-tree serves; a GIN index on trigrams does."
        )
    remedy = (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n"
        f"CREATE INDEX CONCURRENTLY ON {table.qualified_name} USING gin ({column} gin_trgm_ops);"
    )
    return Reason(
        "leading-wildcard",
        table,
        message % {"column": column, "table": table.qualified_name},
        # PostgreSQL refuses CONCURRENTLY on a partitioned table.
        remedy=remedy.replace(" CONCURRENTLY", "") if table.is_partitioned else remedy,
        verdict=Verdict.PROBLEM if is_certain else Verdict.UNKNOWN,
    )


def _or_across(tables: Iterable[str], largest: Table) -> Reason:
    return Reason(
        "or-across-tables",
        largest,
        _(
            "An OR asks of %(tables)s at once, so it can only be tried on their joined rows: write "
            "one query for each side and put them together by UNION."
        )
        % {"tables": ", ".join(sorted(set(tables)))},
    )


def _not_in_subquery(table: Table) -> Reason:
    return Reason(
        "not-in-subquery",
        table,
        _(
            "NOT IN compares with every row that a query on %(table)s returns, and finds nothing at "
            "all where one of them is NULL: write NOT EXISTS, which can be joined."
        )
        % {"table": table.qualified_name},
    )
