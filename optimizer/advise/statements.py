"""Statements of a workload, parsed and understood: what each asks of the tables it touches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _
from pglast import ast
from pglast.enums import SortByDir, SortByNulls
from pglast.parser import ParseError, scan

from optimizer.advise.access import ParameterUse, Role, SortKey, Statement, TableAccess
from optimizer.advise.catalogue import Catalogue
from optimizer.advise.conditions import ConditionReader
from optimizer.advise.scope import (
    BoundColumn,
    Level,
    LevelBuilder,
    Source,
    output_columns,
    own_nodes,
    relation_names,
    star_sources,
    view_query,
)
from optimizer.advise.tree import is_a, without_cast
from optimizer.exceptions import PlanUnavailable
from optimizer.observe.plannable import Plannable, plannable
from optimizer.records import SkippedStatement, WorkloadStatement

# libpg_query turns its tree into Python by recursion in C, once per operator of a chain such as
# 1 + 1 + ...; 30,000 of them end the process.
UNCHECKED_LENGTH: Final = 20_000  # bytes: too short for a chain that long
MAX_OPERATORS: Final = 5_000
MAX_VIEW_DEPTH: Final = 10

PARAMETER: Final = re.compile(r"\$\d+")
PARAMETER_LIST: Final = re.compile(r"\(\$(\s*,\s*\$)+\)")

NOT_AN_OPERATOR: Final = frozenset(f"ASCII_{ord(mark)}" for mark in "(),.[]")
CHAINING_KEYWORDS: Final = frozenset(("UNION", "INTERSECT", "EXCEPT", "NOT"))


@dataclass(frozen=True, slots=True)
class Workload:
    statements: tuple[Statement, ...]
    skipped: tuple[SkippedStatement, ...]


def understand_workload(sources: Sequence[WorkloadStatement], *, catalogue: Catalogue) -> Workload:
    """Never raises for what a statement says: what is not understood is listed with a reason."""
    parsed: dict[str, tuple[WorkloadStatement, Plannable]] = {}
    skipped: list[SkippedStatement] = []
    for source in sources:
        try:
            found = _parse(source.query)
        except PlanUnavailable as exc:
            skipped.append(SkippedStatement(query=source.query, reason=str(exc)))
            continue
        key = _without_numbers(found.text)
        known, found = parsed.get(key, (None, found))
        parsed[key] = (source if known is None else _together(known, source), found)
    read_relations(catalogue, [found.statement for _source, found in parsed.values()])
    statements: list[Statement] = []
    for source, found in parsed.values():
        statement = understand(source, found, catalogue=catalogue)
        if isinstance(statement, Statement):
            statements.append(statement)
        else:
            skipped.append(statement)
    return Workload(statements=tuple(statements), skipped=tuple(skipped))


def _without_numbers(query: str) -> str:
    """The same for statements that differ only in the length of a list of parameters, which have
    an entry each in pg_stat_statements before PostgreSQL 18."""
    return PARAMETER_LIST.sub("($)", PARAMETER.sub("$", query))


def _together(known: WorkloadStatement, other: WorkloadStatement) -> WorkloadStatement:
    return replace(
        known, calls=known.calls + other.calls, total_time=known.total_time + other.total_time
    )


def read_relations(catalogue: Catalogue, trees: Sequence[Any]) -> None:
    """Everything the statements name, and what the views among it name in turn."""
    names = {name for tree in trees for name in relation_names(tree)}
    for _depth in range(MAX_VIEW_DEPTH):
        views = catalogue.read(names)
        names = {name for view in views for name in relation_names(view_query(view))}
        if not names:
            return


def understand(
    source: WorkloadStatement, found: Plannable, *, catalogue: Catalogue
) -> Statement | SkippedStatement:
    try:
        levels = LevelBuilder(catalogue).build(found.statement)
    except PlanUnavailable as exc:
        return SkippedStatement(source.query, str(exc))
    accesses = tuple(access for level in levels for access in level.accesses)
    if not accesses:
        return SkippedStatement(source.query, _("It reads no table of this database."))
    parameters: dict[int, ParameterUse] = {}
    written: set[tuple[int, str]] = set()
    for level in levels:
        _read_level(level, parameters)
        written.update(_written(level, catalogue))
    return Statement(
        source=source,
        plannable=found,
        accesses=accesses,
        parameters=parameters,
        written=frozenset(written),
    )


def _parse(query: str) -> Plannable:
    if len(query) > UNCHECKED_LENGTH and _operators(query) > MAX_OPERATORS:
        raise PlanUnavailable(_("The statement is nested too deeply."))
    return plannable(query)


def _operators(query: str) -> int:
    try:
        tokens = scan(query)
    except ParseError as exc:
        raise PlanUnavailable(_("The statement cannot be parsed: %s") % exc.args[0]) from exc
    return sum(
        token.name in CHAINING_KEYWORDS
        or token.name == "Op"
        or (token.name.startswith("ASCII_") and token.name not in NOT_AN_OPERATOR)
        for token in tokens
    )


def _read_level(level: Level, parameters: dict[int, ParameterUse]) -> None:
    node = level.node
    reader = ConditionReader(level, parameters)
    clauses = (getattr(node, "whereClause", None), getattr(node, "joinCondition", None))
    for clause in (*level.join_conditions, *clauses):
        if clause is not None:
            reader.read(clause)
    for column in level.shared_columns:
        reader.read_shared(column)
    _read_columns(level)
    if isinstance(node, ast.SelectStmt):
        _read_limit(node, parameters)
        _read_order(level)
    else:
        for access in level.accesses[:1]:  # the table that is written
            access.reads_whole_row = True


def _read_columns(level: Level) -> None:
    left_to_others = _outputs_read_elsewhere(level)
    for node in own_nodes(level.node):
        if id(node) in left_to_others:
            continue
        if is_a(node, ast.LockingClause):
            whole: list[Source] = list(level.accesses)
        elif is_a(node, ast.ColumnRef):
            whole = _read_column(level, node)
        else:
            continue
        for source in whole:
            if isinstance(source, TableAccess):
                source.reads_whole_row = True
            for bound in output_columns(source):
                bound.access.read.add(bound.column)
    for column in level.shared_columns:
        for access in level.accesses:
            access.read.add(column)


def _outputs_read_elsewhere(level: Level) -> set[int]:
    """The plain columns a subquery in FROM only hands on: read where they are asked for."""
    if not level.is_pulled_up:
        return set()
    targets = getattr(level.node, "targetList", None) or ()
    return {id(target.val) for target in targets if is_a(target.val, ast.ColumnRef)}


def _read_column(level: Level, reference: Any) -> list[Source]:
    """Note the column; returns what is read as whole rows instead."""
    if is_a(reference.fields[-1], ast.A_Star):
        return star_sources(level, reference)
    bounds = level.resolve(reference)
    for bound in bounds:
        bound.access.read.add(bound.column)
    # A bare alias is the whole row: row_to_json(product)
    return [] if bounds else [level.source(reference.fields[-1].sval)]


def _read_limit(select: Any, parameters: dict[int, ParameterUse]) -> None:
    for clause, role in ((select.limitCount, Role.LIMIT), (select.limitOffset, Role.OFFSET)):
        parameter = without_cast(clause)
        if is_a(parameter, ast.ParamRef):
            parameters[parameter.number] = ParameterUse(role)


def _read_order(level: Level) -> None:
    """Order and grouping, where they begin on columns of one table."""
    select = level.node
    group = _grouping(level)
    if group:
        for column in _leading(group):
            column.access.group.append(column.column)
        return
    keys = list(_sort_keys(level)) or list(_extreme(select, level))
    bounds = [bound for bound, _key in keys]
    for bound, key in zip(_leading(bounds), (key for _bound, key in keys), strict=False):
        bound.access.order.append(key)
        bound.access.is_limited = _is_limited(select)


def _grouping(level: Level) -> list[BoundColumn]:
    """The columns of GROUP BY or DISTINCT, up to the first that is none."""
    select = level.node
    expressions: list[Any] = list(select.groupClause or ())
    if not expressions and select.distinctClause == (None,):
        expressions = [target.val for target in select.targetList or ()]
    return list(_plain_columns(level, expressions))


def _plain_columns(level: Level, expressions: Sequence[Any]) -> Iterator[BoundColumn]:
    for expression in expressions:
        bounds = _output_column(level, expression)
        if not bounds:
            return
        yield bounds[0]


def _leading(bounds: Sequence[BoundColumn]) -> list[BoundColumn]:
    """As far as they stay on the table of the first, each column once."""
    kept: list[BoundColumn] = []
    for bound in bounds:
        if bound.access is not bounds[0].access:
            break
        if bound not in kept:
            kept.append(bound)
    return kept


def _sort_keys(level: Level) -> Iterator[tuple[BoundColumn, SortKey]]:
    for item in level.node.sortClause or ():
        bounds = _output_column(level, item.node)
        if not bounds or item.sortby_dir == SortByDir.SORTBY_USING:
            return
        descending = item.sortby_dir == SortByDir.SORTBY_DESC
        nulls_first = descending
        if item.sortby_nulls != SortByNulls.SORTBY_NULLS_DEFAULT:
            nulls_first = item.sortby_nulls == SortByNulls.SORTBY_NULLS_FIRST
        yield bounds[0], SortKey(bounds[0].column, descending, nulls_first)


def _output_column(level: Level, expression: Any) -> list[BoundColumn]:
    """The table column that ORDER BY or GROUP BY means, by name, alias or position."""
    targets = level.node.targetList or ()
    if is_a(expression, ast.A_Const) and is_a(expression.val, ast.Integer):
        position = expression.val.ival
        expression = targets[position - 1].val if 0 < position <= len(targets) else None
    elif is_a(expression, ast.ColumnRef) and len(expression.fields) == 1:
        name = getattr(expression.fields[0], "sval", None)
        named = [target.val for target in targets if target.name == name]
        expression = named[0] if named else expression
    return level.resolve(expression) if is_a(expression, ast.ColumnRef) else []


def _extreme(select: Any, level: Level) -> Iterator[tuple[BoundColumn, SortKey]]:
    """min(x) and max(x) read one end of an index."""
    for target in select.targetList or ():
        call = target.val
        if is_a(call, ast.FuncCall) and call.args and len(call.args) == 1:
            name = call.funcname[-1].sval
            bounds = _output_column(level, call.args[0]) if name in ("min", "max") else []
            if bounds:
                descending = name == "max"
                yield bounds[0], SortKey(bounds[0].column, descending, descending)
                return


def _is_limited(select: Any) -> bool:
    return select.limitCount is not None or select.sortClause is None


def _written(level: Level, catalogue: Catalogue) -> Iterator[tuple[int, str]]:
    node = level.node
    targets: Sequence[Any] = ()
    if is_a(node, ast.UpdateStmt):
        targets = node.targetList or ()
    elif is_a(node, ast.InsertStmt) and node.onConflictClause is not None:
        targets = node.onConflictClause.targetList or ()
    if targets:
        name = (node.relation.schemaname, node.relation.relname)
        table = catalogue.find(name)
        oid = getattr(table, "oid", None)
        if oid is not None:
            yield from ((oid, target.name) for target in targets)
