"""Expressions over the columns of one row, as an index may hold them.

`upper("products"."title"::text)`, as a statement has it, and `upper((title)::text)`, as PostgreSQL
prints it for an existing index, are both `upper(title)` here. Only an expression that gives the
same value for ever can be indexed, which PostgreSQL is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from pglast import ast
from pglast.enums import A_Expr_Kind
from pglast.stream import RawStream
from psycopg import sql
from psycopg.rows import dict_row

from optimizer.advise.understanding.catalogue import Column, Table
from optimizer.advise.understanding.tree import is_a
from optimizer.observe.plannable import nodes
from optimizer.sql import load, marked

SYSTEM_SCHEMA: Final = "pg_catalog"
TEXT_TYPES: Final = ("text", "varchar")
TEXT_OID: Final = 25
VARCHAR_OID: Final = 1043  # stored as text is
COMPUTED_WIDTH: Final = 16  # bytes, where nothing tells
MAX_NODES: Final = 60  # nobody wants a longer one in an index
ALLOWED: Final = (
    ast.A_ArrayExpr, ast.A_Const, ast.A_Expr, ast.Boolean, ast.CoalesceExpr, ast.CollateClause,
    ast.ColumnRef, ast.Float, ast.FuncCall, ast.Integer, ast.MinMaxExpr, ast.String, ast.TypeCast,
    ast.TypeName,
)  # fmt: skip
TEXT_OPERATORS: Final = ("->>", "#>>")  # their result is a text already
COMPARISONS: Final = frozenset(("=", "<>", "<", "<=", ">", ">="))
# With as many NULLs as the table has columns: nothing is read, locked or asked a privilege for.
TYPES: Final = marked("SELECT {} FROM (SELECT {}) AS only_row LIMIT 0")


@dataclass(frozen=True, slots=True)
class Expression:
    """Compared by its text, which is written the same for all that mean the same."""

    text: str
    columns: tuple[str, ...] = field(compare=False)
    facts: Column = field(compare=False, repr=False)  # of its value, as of a column's


def is_computed(node: Any) -> bool:
    """Whether it computes something from columns: no bare column, parameter, query or aggregate."""
    if not is_a(node, ast.FuncCall, ast.A_Expr, ast.TypeCast, ast.CoalesceExpr):
        return False
    below: list[Any] = []
    for part in nodes(node):
        below.append(part)
        if len(below) > MAX_NODES or not isinstance(part, ALLOWED) or _is_special(part):
            return False
    return any(isinstance(part, ast.ColumnRef) for part in below)


def _is_special(node: Any) -> bool:
    if is_a(node, ast.FuncCall):
        return bool(
            node.agg_star or node.agg_distinct or node.agg_filter or node.agg_order or node.over
        )
    if is_a(node, ast.A_Expr):
        return bool(node.kind != A_Expr_Kind.AEXPR_OP or node.name[-1].sval in COMPARISONS)
    return is_a(node, ast.ColumnRef) and is_a(node.fields[-1], ast.A_Star)


def columns_in(node: Any) -> Iterator[Any]:
    return (part for part in nodes(node) if isinstance(part, ast.ColumnRef))


def simplified(node: Any, name_of: Callable[[Any], str], table: Table) -> Any:
    """The tree over bare column names, without the casts that PostgreSQL adds by itself."""
    if isinstance(node, tuple):
        return tuple(simplified(part, name_of, table) for part in node)
    if not isinstance(node, ast.Node):
        return node
    if is_a(node, ast.ColumnRef):
        return ast.ColumnRef(fields=(ast.String(sval=name_of(node)),))
    parts = {
        name: simplified(getattr(node, name), name_of, table) for name in node if name != "location"
    }
    if is_a(node, ast.TypeCast) and _changes_nothing(parts["arg"], parts["typeName"], table):
        return parts["arg"]
    if is_a(node, ast.FuncCall) and parts["funcname"][0].sval == SYSTEM_SCHEMA:
        # AT TIME ZONE, EXTRACT and their like are functions too, and written as such without it.
        parts["funcname"] = parts["funcname"][-1:]
    return type(node)(**parts)


def _changes_nothing(argument: Any, type_name: Any, table: Table) -> bool:
    if type_name.names[-1].sval not in TEXT_TYPES or type_name.typmods or type_name.arrayBounds:
        return False
    if is_a(argument, ast.ColumnRef):
        return table.columns[argument.fields[-1].sval].is_text
    if is_a(argument, ast.A_Expr):
        return argument.name[-1].sval in TEXT_OPERATORS
    return is_a(argument, ast.A_Const) and is_a(argument.val, ast.String)


def printed(tree: Any) -> str | None:
    try:
        text: str = RawStream()(tree)
    except (NotImplementedError, AttributeError, TypeError):
        return None
    return text


def existing_expression(node: Any, table: Table) -> Expression | None:
    """The expression of an index there is, of whose values nothing is asked."""
    tree = simplified(node, lambda reference: str(reference.fields[-1].sval), table)
    text = printed(tree)
    if text is None:
        return None
    names = dict.fromkeys(reference.fields[-1].sval for reference in columns_in(tree))
    return Expression(text, tuple(names), _facts(text, table, tuple(names), {}))


class ExpressionReader:
    """Asks PostgreSQL about expressions, about each once."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._known: dict[tuple[int, str], Expression | None] = {}

    def read(self, node: Any, table: Table, name_of: Callable[[Any], str]) -> Expression | None:
        """None where no index can hold it: its value may change, or no B-tree takes its type."""
        tree = simplified(node, name_of, table)
        text = printed(tree)
        if text is None or text in table.columns:
            return None
        key = (table.oid, text)
        if key not in self._known:
            self._known[key] = self._read(tree, text, table)
        return self._known[key]

    def _read(self, tree: Any, text: str, table: Table) -> Expression | None:
        calls = list(_calls(tree))
        inputs = [node for call in calls for node in call.inputs]
        names = tuple(dict.fromkeys(part.fields[-1].sval for part in columns_in(tree)))
        try:
            result, *given = self._types([tree, *inputs], [table.columns[name] for name in names])
            facts = self._describe(result, calls, given)
        except psycopg.OperationalError:
            raise
        except psycopg.DatabaseError:
            return None  # no such function, or a domain that takes no NULL, for example
        if not facts["is_immutable"] or not facts["is_indexable"]:
            return None
        return Expression(text, names, _facts(text, table, names, facts))

    def _types(self, trees: list[Any], columns: list[Column]) -> list[int]:
        """The OIDs of the types that these expressions have."""
        texts = [printed(tree) or "NULL" for tree in trees]
        row = sql.SQL(", ").join(
            sql.SQL("NULL::{} AS {}").format(_raw(column.type_name), sql.Identifier(column.name))
            for column in columns
        )
        query = sql.SQL(TYPES).format(sql.SQL(", ").join(map(_raw, texts)), row)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(query)
            found = [column.type_code for column in cursor.description or ()]
        return [TEXT_OID if oid == VARCHAR_OID else oid for oid in found]

    def _describe(self, result: int, calls: list[_Call], given: list[int]) -> dict[str, Any]:
        remaining = iter(given)
        arguments = [" ".join(str(next(remaining)) for _input in call.inputs) for call in calls]
        with (
            self._connection.transaction(),
            self._connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute(
                load("optimizer.advise", "expression"),
                {
                    "type": result,
                    "kinds": [call.kind for call in calls],
                    "names": [call.name for call in calls],
                    "arguments": [
                        f"0 {found}" if call.kind == "operator" and len(call.inputs) == 1 else found
                        for call, found in zip(calls, arguments, strict=True)
                    ],
                },
            )
            (row,) = cursor.fetchall()
        return row


@dataclass(frozen=True, slots=True)
class _Call:
    """What PostgreSQL runs to compute a part of an expression."""

    kind: str  # function, operator or cast
    name: str
    inputs: tuple[Any, ...]


def _calls(tree: Any) -> Iterator[_Call]:
    for node in nodes(tree):
        if is_a(node, ast.FuncCall):
            yield _Call("function", node.funcname[-1].sval, tuple(node.args or ()))
        elif is_a(node, ast.A_Expr):
            operands = tuple(side for side in (node.lexpr, node.rexpr) if side is not None)
            yield _Call("operator", node.name[-1].sval, operands)
        elif is_a(node, ast.TypeCast):
            # The type it is cast to stands second, as a value of that type.
            null = ast.TypeCast(arg=ast.A_Const(isnull=True), typeName=node.typeName)
            yield _Call("cast", "", (node.arg, null))


def _facts(text: str, table: Table, names: tuple[str, ...], described: Mapping[str, Any]) -> Column:
    """Of the values nothing was counted: those of a text are taken to be like its column's."""
    category = described.get("category", "S")
    columns = [table.columns[name] for name in names if name in table.columns]
    model = columns[0] if len(columns) == 1 and columns[0].is_text and category == "S" else None
    return Column(
        name=text,
        type_name=described.get("type_name", "text"),
        category=category,
        is_indexable=described.get("is_indexable", True),
        signature="",
        deduplicates=described.get("deduplicates", True),
        needs_pattern_opclass=described.get("needs_pattern_opclass", False),
        fixed_width=described.get("fixed_width", -1),
        alignment=described.get("alignment", "i"),
        null_share=model.null_share if model else None,
        avg_width=model.avg_width if model else COMPUTED_WIDTH,
        n_distinct=model.n_distinct if model else None,
    )


def _raw(text: str) -> sql.SQL:
    # Printed by the parser's own printer from a tree, or by format_type(): never anybody's text.
    return sql.SQL(text)
