"""What a WHERE or ON clause asks of each table: which of its conditions an index can serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from pglast import ast
from pglast.enums import (
    A_Expr_Kind,
    BoolExprType,
    BoolTestType,
    NullTestType,
    SubLinkType,
)

from optimizer.advise.understanding.access import (
    Condition,
    Constant,
    ConstantCondition,
    Match,
    Role,
    Search,
    SearchCondition,
    TableAccess,
)
from optimizer.advise.understanding.equalities import Equalities
from optimizer.advise.understanding.parameters import ParameterNotes
from optimizer.advise.understanding.predicates import (
    array_elements,
    boolean_literal,
    order_condition,
    values_condition,
)
from optimizer.advise.understanding.scope import BoundColumn, Level, own_nodes
from optimizer.advise.understanding.tree import is_a, without_cast

RANGE_OPERATORS: Final = {"<": Role.HIGH, "<=": Role.HIGH, ">": Role.LOW, ">=": Role.LOW}
MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
# What NOT makes of an operator; NOT (a = 1) is none that an index serves.
NEGATED: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "<>": "="}
BETWEEN: Final = (A_Expr_Kind.AEXPR_BETWEEN, A_Expr_Kind.AEXPR_BETWEEN_SYM)
LIKE: Final = (A_Expr_Kind.AEXPR_LIKE, A_Expr_Kind.AEXPR_ILIKE)
STARTS_WITH: Final = "^@"
REGULAR_EXPRESSIONS: Final = ("~", "~*")
SEARCHES: Final = {
    "@>": Search.CONTAINS, "<@": Search.CONTAINS, "&&": Search.CONTAINS,
    "?": Search.KEYS, "?|": Search.KEYS, "?&": Search.KEYS,
}  # fmt: skip

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
Found = tuple[TableAccess, Condition | ConstantCondition | SearchCondition]


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

    def __init__(self, level: Level, notes: ParameterNotes, equalities: Equalities) -> None:
        self._level = level
        self._notes = notes
        self._equalities = equalities

    def read(self, clause: Any) -> None:
        for node, negated in conjuncts(clause):
            if is_a(node, ast.BoolExpr):
                self._read_alternatives(node.args, negated=negated)
                continue
            _apply(self._found(node, negated=negated))
            if not negated and is_a(node, ast.A_Expr) and node.kind == A_Expr_Kind.AEXPR_OP:
                self._read_equality(node)

    def read_shared(self) -> None:
        """JOIN ... USING and NATURAL JOIN: equal on both sides."""
        for left, right in self._level.shared_columns():
            _apply(_joined([*left, *right]))
            self._equalities.join(left, right)

    def _read_equality(self, node: Any) -> None:
        if node.name[-1].sval == "=" and node.lexpr is not None:
            sides = [self._level.plain_columns(side) for side in (node.lexpr, node.rexpr)]
            self._equalities.join(*sides)

    def _read_alternatives(self, arms: Sequence[Any], *, negated: bool) -> None:
        """An OR serves by index only where each arm does, on the same table. What all arms say,
        holds without the OR, as the planner finds too."""
        if not negated:
            first, *others = (list(conjuncts(arm)) for arm in arms)
            for part in first:
                if all(part in other for other in others) and not is_a(part[0], ast.BoolExpr):
                    _apply(self._found(part[0], negated=part[1]))
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
            case ast.A_Expr() if not negated or node.kind == A_Expr_Kind.AEXPR_OP:
                return self._operator(node, negated=negated)
            case ast.FuncCall() if not negated:
                return self._call(node)
            case ast.SubLink() if not negated and node.subLinkType == SubLinkType.ANY_SUBLINK:
                return self._in_subquery(node)
        return ()

    def _constant(self, argument: Any, constant: Constant, *, negated: bool) -> list[Found]:
        constant = OPPOSITE[constant] if negated else constant
        found: list[Found] = []
        for bound in self._level.plain_columns(argument):
            if constant in (Constant.TRUE, Constant.FALSE) and not _is_boolean(bound):
                continue
            found.append((bound.access, ConstantCondition(bound.column, constant)))
            if constant is not Constant.NOT_NULL:
                found.append((bound.access, Condition(bound.column, Match.EQUAL)))
        return found

    def _call(self, node: Any) -> Iterable[Found]:
        arguments: Sequence[Any] = node.args or ()
        if node.funcname[-1].sval != "starts_with" or len(arguments) != 2:
            return ()
        return self._bound(arguments[0], arguments[1], Match.PREFIX)

    def _operator(self, node: Any, *, negated: bool) -> Iterable[Found]:
        kind, name = node.kind, node.name[-1].sval
        if negated and name not in NEGATED:
            return ()
        name = NEGATED[name] if negated else name
        if kind == A_Expr_Kind.AEXPR_OP and node.lexpr is not None:
            return self._binary(name, node.lexpr, node.rexpr)
        if kind == A_Expr_Kind.AEXPR_IN and name == "=":
            return self._in_list(node.lexpr, node.rexpr)
        if kind == A_Expr_Kind.AEXPR_OP_ANY and name == "=":
            self._notes.add(self._level, node.lexpr, node.rexpr, Role.ARRAY)
            return [
                *self._bound(node.lexpr, node.rexpr, Match.ONE_OF),
                *self._values(node.lexpr, array_elements(node.rexpr)),
            ]
        if kind in BETWEEN:
            self._notes.add(self._level, node.lexpr, node.rexpr[0], Role.LOW)
            self._notes.add(self._level, node.lexpr, node.rexpr[1], Role.HIGH)
            return self._bound(node.lexpr, node.rexpr, Match.RANGE)
        if kind in LIKE:
            self._notes.add(self._level, node.lexpr, node.rexpr, Role.PATTERN)
            return self._like(node.lexpr, node.rexpr, name)
        is_null = is_a(node.rexpr, ast.A_Const) and node.rexpr.isnull
        if kind == A_Expr_Kind.AEXPR_NOT_DISTINCT and is_null:
            return self._constant(node.lexpr, Constant.NULL, negated=False)
        if kind == A_Expr_Kind.AEXPR_DISTINCT and is_null:
            return self._constant(node.lexpr, Constant.NOT_NULL, negated=False)
        return ()

    def _binary(self, operator: str, left: Any, right: Any) -> Iterable[Found]:
        if operator in MIRRORED:
            return self._comparison(operator, left, right)
        if operator == STARTS_WITH:
            return self._bound(left, right, Match.PREFIX)
        if operator in REGULAR_EXPRESSIONS:
            text = _text_literal(right)
            if operator == "~" and text is not None and text[:1] == "^" and text[1:2].isalnum():
                return self._bound(left, right, Match.PREFIX)
            return self._searched(left, right, Search.SUBSTRING)
        if operator in SEARCHES:
            return self._searched(left, right, SEARCHES[operator])
        return ()

    def _like(self, column: Any, pattern: Any, operator: str) -> Iterable[Found]:
        text = _text_literal(pattern)
        if operator == "~~" and text is not None and text[:1] not in ("", "%", "_"):
            return self._bound(column, pattern, Match.PREFIX)
        if operator in ("~~", "~~*"):
            return self._searched(column, pattern, Search.SUBSTRING)
        return ()

    def _searched(self, column: Any, other: Any, search: Search) -> Iterable[Found]:
        if any(is_a(node, ast.ColumnRef) for node in own_nodes(other)):
            return ()
        return [
            (bound.access, SearchCondition(bound.column, search))
            for bound in self._level.columns(column)
        ]

    def _values(self, column: Any, literals: Sequence[Any]) -> list[Found]:
        """What a partial index may be made for: literals, which are the same in every call."""
        found: list[Found] = []
        for bound in self._level.plain_columns(column) if literals else ():
            values = values_condition(bound.access.table.columns[bound.column], literals)
            if values is not None:
                found.append((bound.access, values))
        return found

    def _comparison(self, operator: str, left: Any, right: Any) -> Iterable[Found]:
        if is_a(left, ast.RowExpr) and is_a(right, ast.RowExpr):
            return self._row_comparison(operator, left.args, right.args)
        truth = boolean_literal(right)
        if operator == "=" and truth is not None:
            return self._constant(left, truth, negated=False)
        found = self._between_columns(operator, left, right)
        for name, column, other in ((operator, left, right), (MIRRORED[operator], right, left)):
            if operator == "=":
                self._notes.add(self._level, column, other, Role.EQUAL)
                found += self._bound(column, other, Match.EQUAL)
                found += self._values(column, [other])
            else:
                self._notes.add(self._level, column, other, RANGE_OPERATORS[name])
                found += self._bound(column, other, Match.RANGE)
        return found

    def _between_columns(self, operator: str, left: Any, right: Any) -> list[Found]:
        """What two columns of one row have to be to each other."""
        return [
            (mine.access, condition)
            for mine in self._level.plain_columns(left)
            for other in self._level.plain_columns(right)
            if mine.access is other.access and _type(mine) == _type(other)
            for condition in [order_condition(operator, mine.column, other.column)]
            if condition is not None
        ]

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
        for position, element in enumerate(elements):
            self._notes.add(self._level, left, element, Role.ELEMENT, position)
        return [*self._bound(left, elements, Match.ONE_OF), *self._values(left, elements)]

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
            mine_bound = self._level.plain_columns(column)
            found += _joined([*mine_bound, *inner])
            self._equalities.join(mine_bound, inner)
        return found

    def _bound(self, column: Any, other: Any, match: Match) -> list[Found]:
        """The conditions on `column`, unless the other side needs the same row to be known."""
        mine = self._level.columns(column)
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


def _apply(found: Iterable[Found]) -> None:
    for access, what in found:
        match what:
            case Condition():
                access.bind(what.column, what.match)
            case ConstantCondition() if what not in access.constants:
                access.constants.append(what)
            case SearchCondition() if what not in access.searches:
                access.searches.append(what)


def _joined(bounds: list[BoundColumn]) -> list[Found]:
    """Each column is equal to one of another relation."""
    if len({bound.access for bound in bounds}) < 2:
        return [(bound.access, Condition(bound.column, Match.ONE_OF)) for bound in bounds]
    return [(bound.access, Condition(bound.column, Match.JOIN)) for bound in bounds]


def _type(bound: BoundColumn) -> str:
    return bound.access.table.columns[bound.column].type_name


def _is_boolean(bound: BoundColumn) -> bool:
    return bound.access.table.columns[bound.column].category == "B"


def _text_literal(pattern: Any) -> str | None:
    """None for a parameter: of that nothing is known."""
    literal = without_cast(pattern)
    is_text = is_a(literal, ast.A_Const) and is_a(literal.val, ast.String)
    return literal.val.sval if is_text else None
