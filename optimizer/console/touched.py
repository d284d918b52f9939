"""Which tables a statement names."""

from __future__ import annotations

from pglast import ast, parse_sql
from pglast.parser import ParseError

from optimizer.observe.plannable import nodes
from optimizer.records import TableStats


def touched(query: str, tables: list[TableStats]) -> list[TableStats]:
    """Those of `tables` that the statement names; none where it cannot be parsed."""
    named = _names(query)
    return [
        table
        for table in tables
        if (table.schema_name, table.table_name) in named or ("", table.table_name) in named
    ]


def _names(query: str) -> set[tuple[str, str | None]]:
    """(schema or "", name) of every relation, common table expressions left out."""
    try:
        statements = parse_sql(query)
    except (ParseError, RecursionError, UnicodeError):
        return set()
    found: set[tuple[str, str | None]] = set()
    expressions: set[tuple[str, str | None]] = set()
    for raw in statements:
        for node in nodes(raw.stmt):
            if isinstance(node, ast.RangeVar):
                found.add((node.schemaname or "", node.relname))
            elif isinstance(node, ast.CommonTableExpr):
                expressions.add(("", node.ctename))
    return found - expressions
