"""Turns the text that pg_stat_statements keeps into one that PostgreSQL can plan, or refuses it.

Normalising replaces every constant by a parameter, also where the grammar takes none
(`interval $1`, `EXTRACT($1 FROM created_at)`) or where two constants have to be the same one
(`SELECT date_trunc($1, d) ... GROUP BY date_trunc($2, d)`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pglast import ast, parse_sql
from pglast.enums import CoercionForm
from pglast.parser import ParseError
from pglast.stream import RawStream

from optimizer.exceptions import PlanUnavailable
from optimizer.observe.names import Table

PLANNABLE_KINDS: Final = {
    ast.SelectStmt: "SELECT",
    ast.InsertStmt: "INSERT",
    ast.UpdateStmt: "UPDATE",
    ast.DeleteStmt: "DELETE",
    ast.MergeStmt: "MERGE",
}

# Planning runs functions that are declared stable or immutable. Those of PostgreSQL that reach
# beyond the query are volatile, so this list is the third line of defence, behind the privileges
# of the role and the read-only transaction: it also catches namesakes declared otherwise.
DANGEROUS_FUNCTION: Final = re.compile(
    r"""(?x) ^(
        dblink.* | lo_.* | pg_file_.* | pg_ls_.* | pg_read_.* | pg_stat_file
      | pg_(cancel|terminate)_backend | pg_(try_)?advisory_.* | pg_sleep.* | pg_notify
      | pg_reload_conf | pg_rotate_logfile.* | pg_promote | pg_switch_wal | pg_backup_.*
      | pg_create_.* | pg_drop_replication_slot | pg_copy_.*slot | pg_logical_.*
      | pg_replication_.* | pg_wal_replay_.* | pg_export_snapshot | pg_import_.*
      | set_config | setval | (query|cursor|table|schema|database)_to_xml.*
      | xpath_table | crosstab.* | connectby
    )$"""
)


UNWRITABLE: Final = gettext_lazy("The statement cannot be written in a form that has a plan.")


@dataclass(frozen=True, slots=True)
class Plannable:
    """One statement that may be planned."""

    text: str
    statement: Any  # its pglast tree; locations are offsets into `text`
    kind: str
    parameter_numbers: frozenset[int]


def nodes(root: Any) -> Iterator[Any]:
    """Every node of a pglast tree, parents before their children."""
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending.extend(reversed(node))
        elif isinstance(node, ast.Node):
            yield node
            pending.extend(getattr(node, name) for name in reversed(tuple(node)))


def parameters(root: Any) -> list[Any]:
    return [node for node in nodes(root) if isinstance(node, ast.ParamRef)]


def plannable(query: str) -> Plannable:
    """The statement as PostgreSQL can parse it; raises `PlanUnavailable` where it must not be."""
    parsed = _single_statement(query)
    # What EXECUTE ran is listed under the text of its PREPARE.
    statement = parsed.query if isinstance(parsed, ast.PrepareStmt) else parsed
    kind = PLANNABLE_KINDS.get(type(statement))
    if kind is None or getattr(statement, "intoClause", None) is not None:
        raise PlanUnavailable(
            _("Only SELECT, INSERT, UPDATE, DELETE and MERGE have a plan to show.")
        )
    _refuse_dangerous_functions(statement)
    spelled_out = _without_literal_syntax(statement)
    if spelled_out or statement is not parsed:
        return _printed(statement, kind)
    return _plannable(query, statement, kind)


def with_shared_parameters(source: Plannable) -> Plannable:
    """The statement with one parameter wherever an expression has to equal a grouping one."""
    for select in nodes(source.statement):
        if isinstance(select, ast.SelectStmt):
            _share_parameters(select)
    return _printed(source.statement, source.kind)


def _single_statement(query: str) -> Any:
    try:
        raw = parse_sql(query)
    except ParseError as exc:
        raise PlanUnavailable(_("The statement cannot be parsed: %s") % exc.args[0]) from exc
    except (RecursionError, UnicodeError) as exc:
        raise PlanUnavailable(_("The statement is too deeply nested to be parsed.")) from exc
    if len(raw) != 1:
        raise PlanUnavailable(_("Only a single statement can be planned."))
    return raw[0].stmt


def _refuse_dangerous_functions(statement: Any) -> None:
    for node in nodes(statement):
        if isinstance(node, ast.FuncCall):
            name = _function_name(node)
            if DANGEROUS_FUNCTION.match(name.lower()):
                raise PlanUnavailable(
                    _("The statement calls %s, which is not planned for safety.") % name
                )


def _without_literal_syntax(statement: Any) -> bool:
    """Replace, in the tree, syntax that takes a literal only; says whether there was any."""
    found = False
    for node in nodes(statement):
        match node:
            case ast.TypeCast(arg=ast.ParamRef()) if node.location is None:
                found = True  # `interval $1`: the printer writes CAST($1 AS interval)
            case ast.FuncCall(args=(ast.ParamRef(), *_rest)) if _function_name(node) == "extract":
                node.funcformat = CoercionForm.COERCE_EXPLICIT_CALL
                found = True
    return found


def _function_name(call: Any) -> str:
    name: str = call.funcname[-1].sval
    return name


def _share_parameters(select: Any) -> None:
    """PostgreSQL compares grouping expressions by parameter number, not by what was meant."""
    grouping = (*(select.groupClause or ()), *_distinct_expressions(select))
    by_shape = {_shape(node): node for node in grouping if parameters(node)}
    if not by_shape:
        return
    for clause in (select.targetList, select.havingClause, select.sortClause):
        for node in nodes(clause) if clause else ():
            twin = by_shape.get(_shape(node)) if parameters(node) else None
            if twin is not None and twin is not node:
                for theirs, ours in zip(parameters(node), parameters(twin), strict=True):
                    theirs.number = ours.number


def _distinct_expressions(select: Any) -> list[Any]:
    if select.distinctClause is None:
        return []
    named = [node for node in select.distinctClause if node is not None]
    return named or [target.val for target in select.targetList]


def _shape(node: Any) -> str:
    numbers = re.compile(r"\$\d+")
    try:
        return numbers.sub("$0", RawStream()(node))
    except (NotImplementedError, AttributeError, TypeError):
        return f"unprintable {id(node)}"  # equal to nothing but itself


def _printed(statement: Any, kind: str) -> Plannable:
    try:
        text = RawStream()(statement)
        again = _single_statement(text)
    except NotImplementedError as exc:
        raise PlanUnavailable(UNWRITABLE) from exc
    if again != statement:
        raise PlanUnavailable(UNWRITABLE)
    return _plannable(text, again, kind)


def _plannable(text: str, statement: Any, kind: str) -> Plannable:
    return Plannable(
        text=text,
        statement=statement,
        kind=kind,
        parameter_numbers=frozenset(node.number for node in parameters(statement)),
    )


def statement_kind(query: str) -> str:
    """SELECT, INSERT, UPDATE, DELETE or MERGE; OTHER for all else and what cannot be parsed."""
    try:
        statement = _single_statement(query)
    except PlanUnavailable:
        return "OTHER"
    if isinstance(statement, ast.PrepareStmt):
        statement = statement.query
    return PLANNABLE_KINDS.get(type(statement), "OTHER")


def names_table(query: str, table: Table) -> bool:
    """Whether the statement names the table; without a schema any table of that name will do."""
    if table.name.lower() not in query.replace('""', '"').lower():
        return False  # parsing thousands of statements takes long
    try:
        statement = _single_statement(query)
    except PlanUnavailable:
        return False
    return any(
        isinstance(node, ast.RangeVar)
        and node.relname == table.name
        and node.schemaname in (None, table.schema_name)
        for node in nodes(statement)
    )
