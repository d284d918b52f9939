"""Conditions of partial indexes: read from a statement or an existing index, and written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, NullTestType
from pglast.parser import ParseError

from optimizer.advise.understanding.access import BETWEEN_COLUMNS, Constant, ConstantCondition
from optimizer.advise.understanding.catalogue import Column
from optimizer.advise.understanding.tree import is_a, without_cast
from optimizer.observe.names import quoted

INTEGER: Final = re.compile(r"-?\d+")
INTEGER_TYPES: Final = ("smallint", "integer", "bigint")
TEXT_CATEGORIES: Final = ("S", "E")  # pg_type.typcategory: strings and enumerations
TEXT_CASTS: Final = ("text", "varchar")
MAX_VALUES: Final = 20  # a longer list is no state of affairs

Predicate = tuple[ConstantCondition, ...]


def sorted_predicate(conditions: Iterable[ConstantCondition]) -> Predicate:
    return tuple(
        sorted(conditions, key=lambda item: (item.column, item.constant.value, item.values))
    )


def predicate_sql(predicate: Predicate, columns: Mapping[str, Column]) -> str:
    """What stands behind WHERE in CREATE INDEX."""
    return " AND ".join(
        item.constant.value.format(
            quoted(item.column),
            ", ".join(_written(value, columns[item.column]) for value in item.values)
            if item.constant not in BETWEEN_COLUMNS
            else quoted(item.values[0]),
        )
        for item in predicate
    )


def _written(value: str, column: Column) -> str:
    if column.type_name in INTEGER_TYPES and value.isdecimal():
        return value
    return "'" + value.replace("'", "''") + "'" if "\\" not in value else _escaped(value)


def _escaped(value: str) -> str:
    # Means the same whatever standard_conforming_strings says.
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def order_condition(operator: str, left: str, right: str) -> ConstantCondition | None:
    """That one column of a row is less than another: no parameter can change that."""
    if operator in (">", ">="):
        operator, left, right = operator.replace(">", "<"), right, left
    constant = {"<": Constant.LESS, "<=": Constant.AT_MOST}.get(operator)
    return None if constant is None else ConstantCondition(left, constant, (right,))


def boolean_literal(node: Any) -> Constant | None:
    if is_a(node, ast.A_Const) and is_a(node.val, ast.Boolean):
        return Constant.TRUE if node.val.boolval else Constant.FALSE
    return None


def values_condition(column: Column, literals: Sequence[Any]) -> ConstantCondition | None:
    """The column is one of these literals; None where one of them is none, or not of its kind."""
    found = {_literal(node, column) for node in literals}
    values = sorted(value for value in found if value is not None)
    if None in found or not 0 < len(values) <= MAX_VALUES:
        return None
    constant = Constant.VALUE if len(values) == 1 else Constant.VALUES
    return ConstantCondition(column.name, constant, tuple(values))


def array_elements(node: Any) -> Sequence[Any]:
    """What stands in ARRAY[...], or nothing."""
    array = without_cast(node)
    return array.elements or () if is_a(array, ast.A_ArrayExpr) else ()


def _literal(node: Any, column: Column) -> str | None:
    sign = ""
    while is_a(node, ast.TypeCast):
        node = node.arg
    if is_a(node, ast.A_Expr) and node.lexpr is None and node.name[-1].sval == "-":
        sign, node = "-", node.rexpr
    if not is_a(node, ast.A_Const) or node.isnull:
        return None
    is_text = is_a(node.val, ast.String)
    if is_text and column.category in TEXT_CATEGORIES:
        # char(n) is compared without the blanks at its end.
        return str(node.val.sval.rstrip(" ") if column.is_padded else node.val.sval)
    if column.type_name not in INTEGER_TYPES:
        return None
    value = sign + _number(node.val)
    return value if INTEGER.fullmatch(value) else None


def _number(value: Any) -> str:
    match value:
        case ast.Integer():
            return str(value.ival or 0)
        case ast.Float():  # what is too large for an int4
            return str(value.fval)
        case ast.String():
            return str(value.sval)
    return ""


def existing_predicate(text: str, columns: Mapping[str, Column]) -> Predicate | None:
    """An index's condition as PostgreSQL prints it; None where it says more than these can."""
    if not text:
        return ()
    try:
        select: Any = parse_sql(f"SELECT WHERE {text}")[0].stmt
    except ParseError:
        return None
    clause = select.whereClause
    is_and = is_a(clause, ast.BoolExpr) and clause.boolop == BoolExprType.AND_EXPR
    found = [_condition(part, columns) for part in (clause.args if is_and else (clause,))]
    known = {item for item in found if item is not None}
    return sorted_predicate(known) if None not in found else None


def _condition(node: Any, columns: Mapping[str, Column]) -> ConstantCondition | None:
    argument, constant = node, Constant.TRUE
    if is_a(node, ast.BoolExpr) and node.boolop == BoolExprType.NOT_EXPR:
        argument, constant = node.args[0], Constant.FALSE
    elif is_a(node, ast.NullTest):
        is_null = node.nulltesttype == NullTestType.IS_NULL
        argument, constant = node.arg, Constant.NULL if is_null else Constant.NOT_NULL
    elif is_a(node, ast.A_Expr) and node.name[-1].sval == "=":
        truth = boolean_literal(node.rexpr)
        if truth is None:
            return _values(node, columns)
        argument, constant = node.lexpr, truth
    elif is_a(node, ast.A_Expr) and is_a(node.rexpr, ast.ColumnRef):
        return _order(node)
    if not is_a(argument, ast.ColumnRef):
        return None
    return ConstantCondition(argument.fields[-1].sval, constant)


def _order(node: Any) -> ConstantCondition | None:
    if not is_a(node.lexpr, ast.ColumnRef):
        return None
    left, right = node.lexpr.fields[-1].sval, node.rexpr.fields[-1].sval
    return order_condition(node.name[-1].sval, left, right)


def _values(node: Any, columns: Mapping[str, Column]) -> ConstantCondition | None:
    reference = node.lexpr
    if is_a(reference, ast.TypeCast) and reference.typeName.names[-1].sval in TEXT_CASTS:
        reference = reference.arg
    column = columns.get(reference.fields[-1].sval) if is_a(reference, ast.ColumnRef) else None
    if column is None:
        return None
    if node.kind == A_Expr_Kind.AEXPR_OP:
        return values_condition(column, [node.rexpr])
    if node.kind == A_Expr_Kind.AEXPR_OP_ANY:
        # PostgreSQL prints (ARRAY[...])::text[] around the elements' own casts.
        return values_condition(column, array_elements(node.rexpr))
    return None
