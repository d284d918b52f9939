"""Cuts a statement into its query levels: subqueries, CTEs and views, each with its FROM list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from pglast import ast, parse_sql
from pglast.enums import SetOperation, SubLinkType
from pglast.parser import ParseError

from optimizer.advise.understanding.access import TableAccess
from optimizer.advise.understanding.catalogue import Catalogue, RelationName, View
from optimizer.advise.understanding.expressions import ExpressionReader
from optimizer.advise.understanding.scope import (
    QUERIES,
    Derived,
    Level,
    Renamed,
    SetOrder,
    SharedColumns,
    Source,
    outputs,
    own_nodes,
)
from optimizer.advise.understanding.tree import is_a, strings
from optimizer.exceptions import PlanUnavailable
from optimizer.observe.plannable import nodes

MAX_LEVELS: Final = 500  # queries within queries, those of views included


def relation_names(tree: Any) -> set[RelationName]:
    return {(node.schemaname, node.relname) for node in nodes(tree) if is_a(node, ast.RangeVar)}


def view_query(view: View) -> Any:
    """None where the server speaks a newer dialect than the parser."""
    try:
        return parse_sql(view.definition)[0].stmt
    except ParseError:
        return None


@dataclass(frozen=True, slots=True)
class _Pending:
    node: Any
    parent: Level | None
    ctes: dict[str, Derived | None]
    target: Derived | None
    is_pulled_up: bool
    set_order: SetOrder | None = None


class LevelBuilder:
    """Cuts a statement into levels, outer ones first."""

    def __init__(self, catalogue: Catalogue, expressions: ExpressionReader) -> None:
        self._catalogue = catalogue
        self._expressions = expressions
        self._pending: list[_Pending] = []
        self.levels: list[Level] = []
        self.set_operations: list[Any] = []

    def build(self, statement: Any) -> list[Level]:
        """Raises `PlanUnavailable` for what nobody writes."""
        self._pending = [_Pending(statement, None, {}, None, False)]
        while self._pending:
            if len(self.levels) > MAX_LEVELS:
                raise PlanUnavailable(_("The statement is nested too deeply."))
            self._enter(self._pending.pop())
        # What a level reads from was entered after it, so backwards every output finds its own.
        for level in reversed(self.levels):
            level.outputs = list(outputs(level))
        return self.levels

    def _enter(self, item: _Pending) -> None:
        node = item.node
        ctes = self._with_ctes(node, item)
        if is_a(node, ast.SelectStmt) and node.op != SetOperation.SETOP_NONE:
            self.set_operations.append(node)
            order = _set_order(node) or item.set_order
            # Of what UNION ALL puts together, too, only those columns are read that are asked for.
            is_pulled_up = item.is_pulled_up and node.op == SetOperation.SETOP_UNION and node.all
            for arm in (node.rarg, node.larg):
                self._pending.append(
                    _Pending(arm, item.parent, ctes, item.target, is_pulled_up, order)
                )
            return
        level = Level(
            node,
            item.parent,
            ctes,
            is_pulled_up=item.is_pulled_up,
            expressions=self._expressions,
            set_order=item.set_order,
        )
        self.levels.append(level)
        if item.target is not None:
            item.target.arms.append(level)
        within = list(own_nodes(node))
        # Of what EXISTS selects nothing is read.
        tests = {
            id(part.subselect)
            for part in within
            if is_a(part, ast.SubLink) and part.subLinkType == SubLinkType.EXISTS_SUBLINK
        }
        for nested in within:
            if isinstance(nested, QUERIES):
                level.subqueries[id(nested)] = self._later(
                    nested, level, ctes, is_pulled_up=id(nested) in tests
                )
        self._read_from(level)

    def _later(
        self,
        node: Any,
        parent: Level | None,
        ctes: dict[str, Derived | None],
        names: tuple[str, ...] = (),
        *,
        is_pulled_up: bool = True,
    ) -> Derived:
        derived = Derived(column_names=names)
        is_pulled_up = is_pulled_up and getattr(node, "distinctClause", None) is None
        self._pending.append(_Pending(node, parent, ctes, derived, is_pulled_up))
        return derived

    def _with_ctes(self, node: Any, item: _Pending) -> dict[str, Derived | None]:
        if getattr(node, "withClause", None) is None:
            return item.ctes
        visible = dict(item.ctes)
        for cte in node.withClause.ctes:
            # Within itself a recursive one is not understood.
            inside = visible | {cte.ctename: None} if node.withClause.recursive else visible
            names = strings(cte.aliascolnames)
            query = self._later(
                cte.ctequery, item.parent, inside, names, is_pulled_up=not node.withClause.recursive
            )
            visible = visible | {cte.ctename: query}
        return visible

    def _read_from(self, level: Level) -> None:
        pending = list(reversed(_from_items(level.node)))
        shared: list[tuple[Any, tuple[str, ...] | None]] = []
        while pending:
            item: Any = pending.pop()
            match item:
                case ast.JoinExpr():
                    pending.extend((item.rarg, item.larg))
                    if item.usingClause or item.isNatural:
                        names = None if item.isNatural else strings(item.usingClause)
                        shared.append((item, names))
                    if item.quals is not None:
                        level.join_conditions.append(item.quals)
                case ast.RangeTableSample():
                    pending.append(item.relation)
                case ast.RangeVar(relname=str(name)):
                    self._add(level, alias_of(item, name), self._relation(level, item))
                case ast.RangeSubselect():
                    # Only LATERAL sees what stands beside it in FROM.
                    parent = level if item.lateral else level.parent
                    names = strings(item.alias.colnames) if item.alias else ()
                    derived = self._later(item.subquery, parent, level.ctes, names)
                    self._add(level, alias_of(item, f"\0{len(level.sources)}"), derived)
                case _:
                    self._add(level, alias_of(item, f"\0{len(level.sources)}"), None)
        for join, names in shared:
            level.shared.append(SharedColumns(_aliases(join.larg), _aliases(join.rarg), names))

    def _relation(self, level: Level, item: Any) -> Source:
        if item.schemaname is None and item.relname in level.ctes:
            return level.ctes[item.relname]
        relation = self._catalogue.find((item.schemaname, item.relname))
        if isinstance(relation, View):
            query = view_query(relation)
            names = strings(item.alias.colnames) if item.alias else ()
            return None if query is None else self._later(query, None, {}, names)
        if relation is None:
            return None
        access = TableAccess(relation)
        if item.alias is None or not item.alias.colnames:
            return access
        # The first columns are renamed, the others keep their names.
        columns = list(relation.columns)
        given = strings(item.alias.colnames)
        new_names = (*given, *columns[len(given) :])
        return Renamed(access, dict(zip(new_names, columns, strict=False)))

    @staticmethod
    def _add(level: Level, alias: str, source: Source) -> None:
        # Twice the same name, in two schemas: the second is found by its schema only.
        level.sources[f"\0{alias}" if alias in level.sources else alias] = source


def _from_items(node: Any) -> list[Any]:
    match node:
        case ast.SelectStmt():
            return list(node.fromClause or ())
        case ast.UpdateStmt():
            return [node.relation, *(node.fromClause or ())]
        case ast.DeleteStmt():
            return [node.relation, *(node.usingClause or ())]
        case ast.MergeStmt():
            return [node.relation, node.sourceRelation]
    return []


def _set_order(node: Any) -> SetOrder | None:
    """Of UNION ALL only: every other operation looks at all rows of its arms first."""
    if node.op != SetOperation.SETOP_UNION or not node.all or not node.sortClause:
        return None
    first = node
    while first.op != SetOperation.SETOP_NONE:
        first = first.larg
    names = [target.name or _last_name(target.val) for target in first.targetList or ()]
    keys: list[tuple[int, Any]] = []
    for item in node.sortClause:
        if is_a(item.node, ast.A_Const) and is_a(item.node.val, ast.Integer):
            keys.append((item.node.val.ival - 1, item))
        elif _last_name(item.node) in names:
            keys.append((names.index(_last_name(item.node)), item))
        else:
            break
    return SetOrder(tuple(keys), node.limitCount is not None)


def _last_name(node: Any) -> str:
    return getattr(node.fields[-1], "sval", "") if is_a(node, ast.ColumnRef) else ""


def _aliases(item: Any) -> tuple[str, ...]:
    """The names of all that one side of a join is made of."""
    found: list[str] = []
    pending = [item]
    while pending:
        part = pending.pop()
        if is_a(part, ast.JoinExpr):
            pending.extend((part.rarg, part.larg))
        elif is_a(part, ast.RangeTableSample):
            pending.append(part.relation)
        else:
            found.append(alias_of(part, getattr(part, "relname", None) or ""))
    return tuple(found)


def alias_of(item: Any, otherwise: str) -> str:
    alias = getattr(item, "alias", None)
    return alias.aliasname if alias is not None else otherwise
