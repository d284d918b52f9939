"""What CREATE INDEX says, as far as an index of a Django model can say it too.

Suggestions and Django's own SQL are read by the same eyes, so that an index of a model is known to
be the suggested one, and not only to look like it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, NullTestType, SortByDir, SortByNulls
from pglast.parser import ParseError


class Inexpressible(Exception):
    """The index has something that no index of a model has."""


# Functions of one text that Django has a name for; all take text, so a cast to it says nothing.
FUNCTIONS: Final = {
    "lower": "Lower",
    "upper": "Upper",
    "length": "Length",
    "md5": "MD5",
    "reverse": "Reverse",
}
EXACT: Final = "exact"
IS_NULL: Final = "isnull"
ONE_OF: Final = "in"


@dataclass(frozen=True, slots=True)
class Key:
    column: str
    function: str = ""  # of FUNCTIONS, around the column
    opclass: str = ""
    is_descending: bool = False
    nulls: str = ""  # FIRST or LAST where that is not PostgreSQL's own choice


@dataclass(frozen=True, slots=True)
class Atom:
    """One condition of a predicate, as a lookup of the column."""

    column: str
    lookup: str
    value: bool | str | tuple[str, ...]  # literals as text


@dataclass(frozen=True, slots=True)
class Definition:
    method: str
    keys: tuple[Key, ...]
    include: tuple[str, ...]
    predicate: frozenset[Atom]  # all of them hold
    options: tuple[tuple[str, str], ...]  # storage parameters, sorted


def index_statements(sql: str) -> list[Any]:
    """The trees of those statements that create an index."""
    try:
        statements = parse_sql(sql)
    except ParseError as exc:
        raise Inexpressible from exc
    return [raw.stmt for raw in statements if isinstance(raw.stmt, ast.IndexStmt)]


def definition(tree: Any) -> Definition:
    """Raises `Inexpressible`."""
    if tree.unique or tree.nulls_not_distinct or tree.tableSpace:
        raise Inexpressible
    return Definition(
        method=tree.accessMethod or "btree",
        keys=tuple(_key(element) for element in tree.indexParams),
        include=tuple(element.name for element in tree.indexIncludingParams or ()),
        predicate=frozenset(_atoms(tree.whereClause)) if tree.whereClause else frozenset(),
        options=tuple(sorted((item.defname, _option(item.arg)) for item in tree.options or ())),
    )


def _key(element: Any) -> Key:
    if element.collation or element.opclassopts:
        raise Inexpressible
    column, function = (element.name, "") if element.name else _expression(element.expr)
    is_descending = element.ordering == SortByDir.SORTBY_DESC
    nulls = {SortByNulls.SORTBY_NULLS_FIRST: "FIRST", SortByNulls.SORTBY_NULLS_LAST: "LAST"}.get(
        element.nulls_ordering, ""
    )
    return Key(
        column=column,
        function=function,
        opclass=element.opclass[-1].sval if element.opclass else "",
        is_descending=is_descending,
        nulls="" if nulls == ("FIRST" if is_descending else "LAST") else nulls,
    )


def _expression(node: Any) -> tuple[str, str]:
    match node:
        case ast.ColumnRef():
            return _column(node), ""
        case ast.FuncCall(funcname=names, args=(argument,)) if _last(names) in FUNCTIONS:
            is_text = isinstance(argument, ast.TypeCast) and _type(argument) == "text"
            return _column(argument.arg if is_text else argument), _last(names)
    raise Inexpressible


def _atoms(node: Any) -> list[Atom]:
    match node:
        case ast.BoolExpr(boolop=BoolExprType.AND_EXPR, args=parts):
            return _all_atoms(parts)
        case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(ast.ColumnRef() as column,)):
            return [Atom(_column(column), EXACT, False)]
        case ast.ColumnRef():
            return [Atom(_column(node), EXACT, True)]
        case ast.NullTest(arg=argument, nulltesttype=kind):
            return [Atom(_column(argument), IS_NULL, kind == NullTestType.IS_NULL)]
        case ast.A_Expr(name=(operator,)) if operator.sval == "=":
            return [_comparison(node)]
    raise Inexpressible


def _all_atoms(nodes: Any) -> list[Atom]:
    return [atom for node in nodes for atom in _atoms(node)]


def _comparison(node: Any) -> Atom:
    column = _column(_without_cast(node.lexpr))
    match node.kind, node.rexpr:
        case A_Expr_Kind.AEXPR_OP, value:
            return Atom(column, EXACT, _literal(value))
        case A_Expr_Kind.AEXPR_IN, tuple() as values:
            return _one_of(column, values)
        case A_Expr_Kind.AEXPR_OP_ANY, value:
            array = _without_cast(value)
            if isinstance(array, ast.A_ArrayExpr):
                return _one_of(column, array.elements)
    raise Inexpressible


def _one_of(column: str, nodes: Any) -> Atom:
    values = sorted({str(_literal(node)) for node in nodes})
    return Atom(column, EXACT, values[0]) if len(values) == 1 else Atom(column, ONE_OF, (*values,))


def _literal(node: Any) -> bool | str:
    match _without_cast(node):
        case ast.A_Const(isnull=None | False, val=ast.Boolean(boolval=value)):
            return bool(value)
        case ast.A_Const(val=ast.String(sval=text)):
            return str(text)
        case ast.A_Const(val=ast.Integer(ival=number)):
            return str(number or 0)
    raise Inexpressible


def _without_cast(node: Any) -> Any:
    """PostgreSQL and people write 'open'::text where the column's type says it already."""
    return node.arg if isinstance(node, ast.TypeCast) else node


def _column(node: Any) -> str:
    if isinstance(node, ast.ColumnRef):
        return _last(node.fields)
    raise Inexpressible


def _type(cast: Any) -> str:
    return _last(cast.typeName.names)


def _last(names: Any) -> str:
    """Of a qualified name; a star, which an index never has, is none."""
    return str(names[-1].sval)


def _option(node: Any) -> str:
    match node:
        case ast.Integer(ival=number):
            return str(number)
        case ast.String(sval=text):
            return str(text).lower()
        case ast.TypeName(names=names):
            return _last(names).lower()
        case None:
            return "on"
    raise Inexpressible
