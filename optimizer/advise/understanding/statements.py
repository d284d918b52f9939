"""Statements of a workload, parsed and understood: what each asks of the tables it touches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext as _
from pglast import ast
from pglast.enums import CmdType
from pglast.parser import ParseError, scan

from optimizer.advise.understanding.access import Statement, TableAccess
from optimizer.advise.understanding.catalogue import Catalogue, Table
from optimizer.advise.understanding.conditions import ConditionReader
from optimizer.advise.understanding.equalities import Equalities
from optimizer.advise.understanding.expressions import ExpressionReader
from optimizer.advise.understanding.levels import LevelBuilder, relation_names, view_query
from optimizer.advise.understanding.orders import read_order
from optimizer.advise.understanding.parameters import ParameterNotes
from optimizer.advise.understanding.scope import (
    Level,
    Renamed,
    Source,
    output_columns,
    own_nodes,
    star_sources,
)
from optimizer.advise.understanding.tree import is_a
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
    # Among those skipped: what reads no table, and writes to one.
    inserts: tuple[Statement, ...] = ()


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
    expressions = ExpressionReader(catalogue.connection)
    statements: list[Statement] = []
    inserts: list[Statement] = []
    for source, found in parsed.values():
        statement = understand(source, found, catalogue=catalogue, expressions=expressions)
        if isinstance(statement, SkippedStatement):
            skipped.append(statement)
        elif statement.accesses:
            statements.append(statement)
        else:
            if statement.target is not None:
                inserts.append(statement)
                reason = _("It only writes: no index serves it, and its rows count for upkeep.")
            else:
                reason = _("It reads no table of this database.")
            skipped.append(SkippedStatement(source.query, reason))
    return Workload(tuple(statements), tuple(skipped), tuple(inserts))


def _without_numbers(query: str) -> str:
    """The same for statements that differ only in the length of a list of parameters, which have
    an entry each in pg_stat_statements before PostgreSQL 18."""
    return PARAMETER_LIST.sub("($)", PARAMETER.sub("$", query))


def _together(known: WorkloadStatement, other: WorkloadStatement) -> WorkloadStatement:
    weights = (known.weight, other.weight)
    return replace(
        known,
        calls=known.calls + other.calls,
        total_time=known.total_time + other.total_time,
        rows=known.rows + other.rows,
        weight=None if None in weights else sum(weight or 0.0 for weight in weights),
        captured=known.captured + other.captured,
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
    source: WorkloadStatement,
    found: Plannable,
    *,
    catalogue: Catalogue,
    expressions: ExpressionReader,
) -> Statement | SkippedStatement:
    """The statement, also where it reads no table; skipped where nobody writes such a thing."""
    builder = LevelBuilder(catalogue, expressions)
    try:
        levels = builder.build(found.statement)
    except PlanUnavailable as exc:
        return SkippedStatement(source.query, str(exc))
    notes, equalities = ParameterNotes(), Equalities()
    written: set[tuple[int, str]] = set()
    for level in levels:
        _read_level(level, notes, equalities)
        written.update(_written(level, catalogue))
    for operation in builder.set_operations:
        notes.add_limits(operation)
    equalities.hand_on()
    return Statement(
        source=source,
        plannable=found,
        accesses=tuple(access for level in levels for access in level.accesses),
        parameters=notes.uses,
        written=frozenset(written),
        target=_target(found.statement, catalogue),
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


def _read_level(level: Level, notes: ParameterNotes, equalities: Equalities) -> None:
    node = level.node
    reader = ConditionReader(level, notes, equalities)
    clauses = [getattr(node, "whereClause", None), getattr(node, "joinCondition", None)]
    if getattr(node, "groupClause", None):
        # What it says of the grouping columns, holds for the rows as well.
        clauses.append(node.havingClause)
    for clause in (*level.join_conditions, *clauses):
        if clause is not None:
            reader.read(clause)
    reader.read_shared()
    _read_columns(level)
    if isinstance(node, ast.SelectStmt):
        notes.add_limits(node)
        read_order(level)
    elif not isinstance(node, ast.InsertStmt):
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
            if isinstance(source, TableAccess | Renamed):
                access = source.access if isinstance(source, Renamed) else source
                access.reads_whole_row = True
            for bound in output_columns(source):
                bound.access.read.add(bound.column)
    for left, right in level.shared_columns():
        for bound in (*left, *right):
            bound.access.read.add(bound.column)


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


def _target(node: Any, catalogue: Catalogue) -> Table | None:
    relation = None if isinstance(node, ast.SelectStmt) else getattr(node, "relation", None)
    if relation is None:
        return None
    table = catalogue.find((relation.schemaname, relation.relname))
    return table if isinstance(table, Table) else None


def _written(level: Level, catalogue: Catalogue) -> Iterator[tuple[int, str]]:
    node = level.node
    setting: list[Any] = []  # what has a list of columns it sets
    if isinstance(node, ast.UpdateStmt):
        setting = [node]
    elif isinstance(node, ast.InsertStmt) and node.onConflictClause is not None:
        setting = [node.onConflictClause]
    elif isinstance(node, ast.MergeStmt):
        clauses: Any = node.mergeWhenClauses
        setting = [part for part in clauses if part.commandType == CmdType.CMD_UPDATE]
    table = _target(node, catalogue)
    if table is not None:
        for clause in setting:
            yield from ((table.oid, target.name) for target in clause.targetList or ())
