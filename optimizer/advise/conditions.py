"""What a WHERE or ON clause asks of each table: which of its conditions an index can serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pglast import ast
from pglast.enums import (
    A_Expr_Kind,
    BoolExprType,
    BoolTestType,
    NullTestType,
    SubLinkType,
)

from optimizer.advise.access import (
    Condition,
    Constant,
    ConstantCondition,
    Match,
    ParameterUse,
    Role,
    TableAccess,
)
from optimizer.advise.scope import BoundColumn, Level, own_nodes
from optimizer.advise.tree import boolean_literal, is_a, without_cast
from optimizer.observe.plannable import nodes

RANGE_OPERATORS: Final = {"<": Role.HIGH, "<=": Role.HIGH, ">": Role.LOW, ">=": Role.LOW}
MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
BETWEEN: Final = (A_Expr_Kind.AEXPR_BETWEEN, A_Expr_Kind.AEXPR_BETWEEN_SYM)
LIKE: Final = (A_Expr_Kind.AEXPR_LIKE, A_Expr_Kind.AEXPR_ILIKE)
# Casts that keep the stored form, so that an index on the column itself still serves.
TEXT_TYPES: Final = ("text", "varchar")

OPPOSITE: Final = {
    Constant.TRUE: Constant.FALSE,
    Constant.FALSE: Constant.TRUE,
    Constant.NULL: Constant.NOT_NULL,
    Constant.NOT_NULL: Constant.NULL,
}
BOOLEAN_TESTS: Final = {
    BoolTestType.IS_TRUE: Constant.TRUE,
    BoolTestType.IS_FALSE: Constant.FALSE,
    BoolTestType.IS_UNKNOWN: Constant.NULL,
    BoolTestType.IS_NOT_UNKNOWN: Constant.NOT_NULL,
}

# One condition found: where it goes, and what it is.
Found = tuple[TableAccess, Condition | ConstantCondition]


def conjuncts(root: Any) -> Iterator[tuple[Any, bool]]:
    """The parts of a condition that all have to hold, and whether each stands under a NOT."""
    pending = [(root, False)]
    while pending:
        node, negated = pending.pop()
        if is_a(node, ast.BoolExpr):
            if node.boolop == BoolExprType.NOT_EXPR:
                pending.append((node.args[0], not negated))
                continue
            joining = BoolExprType.OR_EXPR if negated else BoolExprType.AND_EXPR
            if node.boolop == joining:
                pending.extend((part, negated) for part in reversed(node.args))
                continue
        yield node, negated


class ConditionReader:
    """Reads the conditions of one level into the accesses they bind."""

    def __init__(self, level: Level, parameters: dict[int, ParameterUse]) -> None:
        self._level = level
        self._parameters = parameters

    def read(self, clause: Any) -> None:
        for node, negated in conjuncts(clause):
            if is_a(node, ast.BoolExpr):
                self._read_alternatives(node.args, negated=negated)
            else:
                _apply(self._found(node, negated=negated))

    def read_shared(self, column: str) -> None:
        """JOIN ... USING: equal on both sides."""
        bounds = [
            BoundColumn(access, column)
            for access in self._level.accesses
            if column in access.table.columns
        ]
        _apply(_joined(bounds) if len(bounds) > 1 else ())

    def _read_alternatives(self, arms: Iterable[Any], *, negated: bool) -> None:
        """An OR serves by index only where each arm does, on the same table."""
        found = [
            [
                item
                for node, inner in conjuncts(arm)
                if not isinstance(node, ast.BoolExpr)
                for item in self._found(node, negated=inner != negated)
            ]
            for arm in arms
        ]
        common = set.intersection(*({access for access, _what in arm} for arm in found))
        for access in common:
            for arm in found:
                mine = [what for where, what in arm if where is access]
                bound = [what for what in mine if isinstance(what, Condition)]
                if bound:
                    access.alternatives.append(bound)

    def _found(self, node: Any, *, negated: bool) -> Iterable[Found]:
        match node:
            case ast.NullTest():
                constant = (
                    Constant.NULL
                    if node.nulltesttype == NullTestType.IS_NULL
                    else Constant.NOT_NULL
                )
                return self._constant(node.arg, constant, negated=negated)
            case ast.BooleanTest() if node.booltesttype in BOOLEAN_TESTS:
                return self._constant(node.arg, BOOLEAN_TESTS[node.booltesttype], negated=negated)
            case ast.ColumnRef():
                return self._constant(node, Constant.TRUE, negated=negated)
            case ast.A_Expr() if not negated:
                return self._operator(node)
            case ast.SubLink() if not negated and node.subLinkType == SubLinkType.ANY_SUBLINK:
                return self._in_subquery(node)
        return ()

    def _constant(self, argument: Any, constant: Constant, *, negated: bool) -> list[Found]:
        constant = OPPOSITE[constant] if negated else constant
        found: list[Found] = []
        for bound in self._columns(argument):
            if constant in (Constant.TRUE, Constant.FALSE) and not _is_boolean(bound):
                continue
            found.append((bound.access, ConstantCondition(bound.column, constant)))
            if constant is not Constant.NOT_NULL:
                found.append((bound.access, Condition(bound.column, Match.EQUAL)))
        return found

    def _operator(self, node: Any) -> Iterable[Found]:
        kind = node.kind
        name = node.name[-1].sval
        if kind == A_Expr_Kind.AEXPR_OP and node.lexpr is not None:
            return self._comparison(name, node.lexpr, node.rexpr)
        if kind == A_Expr_Kind.AEXPR_IN and name == "=":
            return self._in_list(node.lexpr, node.rexpr)
        if kind == A_Expr_Kind.AEXPR_OP_ANY and name == "=":
            self._note(node.lexpr, node.rexpr, Role.ARRAY)
            return self._bound(node.lexpr, node.rexpr, Match.ONE_OF)
        if kind in BETWEEN:
            self._note(node.lexpr, node.rexpr[0], Role.LOW)
            self._note(node.lexpr, node.rexpr[1], Role.HIGH)
            return self._bound(node.lexpr, node.rexpr, Match.RANGE)
        if kind in LIKE:
            self._note(node.lexpr, node.rexpr, Role.PATTERN)
            if name == "~~" and _has_fixed_prefix(node.rexpr):
                return self._bound(node.lexpr, node.rexpr, Match.PREFIX)
        return ()

    def _comparison(self, operator: str, left: Any, right: Any) -> Iterable[Found]:
        if operator not in MIRRORED:
            return ()
        if is_a(left, ast.RowExpr) and is_a(right, ast.RowExpr):
            return self._row_comparison(operator, left.args, right.args)
        truth = boolean_literal(right)
        if operator == "=" and truth is not None:
            return self._constant(left, truth, negated=False)
        found: list[Found] = []
        for name, column, other in ((operator, left, right), (MIRRORED[operator], right, left)):
            if operator == "=":
                self._note(column, other, Role.EQUAL)
                found += self._bound(column, other, Match.EQUAL)
            else:
                self._note(column, other, RANGE_OPERATORS[name])
                found += self._bound(column, other, Match.RANGE)
        return found

    def _row_comparison(self, operator: str, left: Any, right: Any) -> Iterable[Found]:
        # (a, b) = (1, 2) binds both, (a, b) < (1, 2) only the first for certain.
        pairs = zip(left, right, strict=False)
        found = [list(self._comparison(operator, mine, theirs)) for mine, theirs in pairs]
        return [item for pair in (found if operator == "=" else found[:1]) for item in pair]

    def _in_list(self, left: Any, elements: Any) -> Iterable[Found]:
        if is_a(left, ast.RowExpr):
            return [
                found for column in left.args for found in self._bound(column, (), Match.ONE_OF)
            ]
        self._note_list(left, elements)
        return self._bound(left, elements, Match.ONE_OF)

    def _in_subquery(self, node: Any) -> Iterable[Found]:
        subquery = self._level.subqueries.get(id(node.subselect))
        operator = node.operName[-1].sval if node.operName else "="
        if subquery is None or node.testexpr is None or operator != "=":
            return ()
        mine = node.testexpr.args if is_a(node.testexpr, ast.RowExpr) else [node.testexpr]
        found: list[Found] = []
        for position, column in enumerate(mine):
            inner = [
                bound
                for arm in subquery.arms
                if position < len(arm.outputs)
                for bound in arm.outputs[position][1]
            ]
            found += _joined([*self._columns(column), *inner])
        return found

    def _bound(self, column: Any, other: Any, match: Match) -> list[Found]:
        """The conditions on `column`, unless the other side needs the same row to be known."""
        mine = self._columns(column)
        if not mine:
            return []
        theirs = {
            bound.access
            for node in own_nodes(other)
            if is_a(node, ast.ColumnRef)
            for bound in self._level.resolve(node)
        }
        if theirs and match is Match.EQUAL:
            match = Match.JOIN
        return [
            (bound.access, Condition(bound.column, match))
            for bound in mine
            if bound.access not in theirs
        ]

    def _columns(self, node: Any) -> list[BoundColumn]:
        """The table columns that an expression is, as an index would hold them."""
        if is_a(node, ast.TypeCast) and is_a(node.arg, ast.ColumnRef):
            if node.typeName.names[-1].sval not in TEXT_TYPES:
                return []
            return [bound for bound in self._level.resolve(node.arg) if _is_text(bound)]
        return self._level.resolve(node) if is_a(node, ast.ColumnRef) else []

    def _note(self, column: Any, other: Any, role: Role, position: int = 0) -> None:
        """Remember what a parameter is compared with, the first time it is met."""
        parameter: Any = without_cast(other)
        if role is Role.PATTERN:
            inside = [node for node in nodes(other) if is_a(node, ast.ParamRef)]
            parameter = inside[0] if len(inside) == 1 else None
        if is_a(parameter, ast.ParamRef) and parameter.number not in self._parameters:
            bounds = self._columns(column)
            table, name = (bounds[0].access.table, bounds[0].column) if bounds else (None, "")
            if bounds or role is Role.PATTERN:
                self._parameters[parameter.number] = ParameterUse(role, table, name, position)

    def _note_list(self, column: Any, elements: Any) -> None:
        for position, element in enumerate(elements):
            self._note(column, element, Role.ELEMENT, position)


def _apply(found: Iterable[Found]) -> None:
    for access, what in found:
        if isinstance(what, Condition):
            access.bind(what.column, what.match)
        elif what not in access.constants:
            access.constants.append(what)


def _joined(bounds: list[BoundColumn]) -> list[Found]:
    """Each column is equal to one of another relation."""
    if len({bound.access for bound in bounds}) < 2:
        return [(bound.access, Condition(bound.column, Match.ONE_OF)) for bound in bounds]
    return [(bound.access, Condition(bound.column, Match.JOIN)) for bound in bounds]


def _is_boolean(bound: BoundColumn) -> bool:
    return bound.access.table.columns[bound.column].category == "B"


def _is_text(bound: BoundColumn) -> bool:
    return bound.access.table.columns[bound.column].type_name.startswith(
        ("text", "character varying")
    )


def _has_fixed_prefix(pattern: Any) -> bool:
    """A literal that does not begin with a wildcard; of a parameter nothing is known."""
    literal = without_cast(pattern)
    is_text = is_a(literal, ast.A_Const) and is_a(literal.val, ast.String)
    return is_text and literal.val.sval[:1] not in ("", "%", "_")
