"""Names in a statement: which table a column belongs to, through aliases, CTEs and subqueries.

A statement is cut into query levels. Each has its FROM list and its own expressions; a level's
outputs lead back to the columns of tables, so that a condition on `recent.job_id` counts for the
table that the CTE `recent` reads. Everything walks with a stack of its own: statements may be
nested deeper than Python recurses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _
from pglast import ast, parse_sql
from pglast.enums import SetOperation
from pglast.parser import ParseError

from optimizer.advise.access import TableAccess
from optimizer.advise.catalogue import Catalogue, RelationName, View
from optimizer.advise.tree import is_a, strings
from optimizer.exceptions import PlanUnavailable
from optimizer.observe.plannable import nodes

MAX_LEVELS: Final = 500  # queries within queries, those of views included
QUERIES: Final = (ast.SelectStmt, ast.InsertStmt, ast.UpdateStmt, ast.DeleteStmt, ast.MergeStmt)


@dataclass(frozen=True, slots=True)
class BoundColumn:
    access: TableAccess
    column: str


@dataclass(slots=True, eq=False)
class Derived:
    """A subquery, CTE or view in FROM: the arms of its UNION, or just one."""

    column_names: tuple[str, ...] = ()  # where the alias renames the outputs
    arms: list[Level] = field(default_factory=list)

    def find(self, column: str) -> list[BoundColumn] | None:
        """The table columns behind an output; empty where it is computed, None where unknown."""
        if not self.arms:
            return None
        names = [name for name, _bound in self.arms[0].outputs]
        names[: len(self.column_names)] = self.column_names
        if column not in names:
            return None
        position = names.index(column)
        return [
            bound
            for arm in self.arms
            if position < len(arm.outputs)
            for bound in arm.outputs[position][1]
        ]


# None: a function, or a relation that the catalogue does not know.
Source = TableAccess | Derived | None


@dataclass(slots=True, eq=False)
class Level:
    """One SELECT, UPDATE, DELETE, INSERT or MERGE without what is nested in it."""

    node: Any
    parent: Level | None  # where a correlated column is looked up
    ctes: dict[str, Derived | None]
    is_pulled_up: bool  # in FROM: of its outputs only those are read that are asked for
    sources: dict[str, Source] = field(default_factory=dict)
    join_conditions: list[Any] = field(default_factory=list)
    shared_columns: list[str] = field(default_factory=list)  # of JOIN ... USING
    subqueries: dict[int, Derived] = field(default_factory=dict)  # by id() of the nested query
    outputs: list[tuple[str, list[BoundColumn]]] = field(default_factory=list)

    @property
    def accesses(self) -> list[TableAccess]:
        return [source for source in self.sources.values() if isinstance(source, TableAccess)]

    def resolve(self, reference: Any) -> list[BoundColumn]:
        """The columns a ColumnRef means: several behind UNION and USING, none if not a table's."""
        if is_a(reference.fields[-1], ast.A_Star):
            return []
        *qualifiers, column = strings(reference.fields)
        level: Level | None = self
        while level is not None:
            found = level._find(qualifiers, column)
            if found is not None:
                return found
            level = level.parent
        return []

    def source(self, alias: str) -> Source:
        level: Level | None = self
        while level is not None:
            if alias in level.sources:
                return level.sources[alias]
            level = level.parent
        return None

    def _find(self, qualifiers: list[str], column: str) -> list[BoundColumn] | None:
        if qualifiers:
            alias = qualifiers[-1]
            if alias not in self.sources:
                return None
            return _in_source(self.sources[alias], column) or []
        found = [_in_source(source, column) for source in self.sources.values()]
        known = [bounds for bounds in found if bounds is not None]
        if known:
            return [bound for bounds in known for bound in bounds]
        # It may be a column of what is not understood: never blame an outer table for it.
        return [] if None in self.sources.values() else None


def own_nodes(root: Any) -> Iterator[Any]:
    """What is below a node, except within nested queries: each of those is one node."""
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending.extend(reversed(node))
        elif isinstance(node, ast.Node) and not isinstance(
            node, (ast.RangeSubselect, ast.WithClause)
        ):
            if node is not root or not isinstance(node, QUERIES):
                yield node
            if node is root or not isinstance(node, QUERIES):
                pending.extend(getattr(node, name) for name in reversed(tuple(node)))


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


class LevelBuilder:
    """Cuts a statement into levels, outer ones first."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._pending: list[_Pending] = []
        self.levels: list[Level] = []

    def build(self, statement: Any) -> list[Level]:
        """Raises `PlanUnavailable` for what nobody writes."""
        self._pending = [_Pending(statement, None, {}, None, False)]
        while self._pending:
            if len(self.levels) > MAX_LEVELS:
                raise PlanUnavailable(_("The statement is nested too deeply."))
            self._enter(self._pending.pop())
        # What a level reads from was entered after it, so backwards every output finds its own.
        for level in reversed(self.levels):
            level.outputs = list(_outputs(level))
        return self.levels

    def _enter(self, item: _Pending) -> None:
        node = item.node
        ctes = self._with_ctes(node, item)
        if is_a(node, ast.SelectStmt) and node.op != SetOperation.SETOP_NONE:
            for arm in (node.rarg, node.larg):
                self._pending.append(_Pending(arm, item.parent, ctes, item.target, False))
            return
        level = Level(node, item.parent, ctes, is_pulled_up=item.is_pulled_up)
        self.levels.append(level)
        if item.target is not None:
            item.target.arms.append(level)
        for nested in own_nodes(node):
            if isinstance(nested, QUERIES):
                level.subqueries[id(nested)] = self._later(nested, level, ctes, in_from=False)
        self._read_from(level)

    def _later(
        self,
        node: Any,
        parent: Level | None,
        ctes: dict[str, Derived | None],
        names: tuple[str, ...] = (),
        *,
        in_from: bool = True,
    ) -> Derived:
        derived = Derived(column_names=names)
        is_pulled_up = in_from and getattr(node, "distinctClause", None) is None
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
            visible = visible | {cte.ctename: self._later(cte.ctequery, item.parent, inside, names)}
        return visible

    def _read_from(self, level: Level) -> None:
        pending = list(reversed(_from_items(level.node)))
        while pending:
            item: Any = pending.pop()
            match item:
                case ast.JoinExpr():
                    pending.extend((item.rarg, item.larg))
                    level.shared_columns.extend(strings(item.usingClause))
                    if item.quals is not None:
                        level.join_conditions.append(item.quals)
                case ast.RangeTableSample():
                    pending.append(item.relation)
                case ast.RangeVar(relname=str(name)):
                    self._add(level, _alias(item, name), self._relation(level, item))
                case ast.RangeSubselect():
                    # Only LATERAL sees what stands beside it in FROM.
                    parent = level if item.lateral else level.parent
                    names = strings(item.alias.colnames) if item.alias else ()
                    derived = self._later(item.subquery, parent, level.ctes, names)
                    self._add(level, _alias(item, f"\0{len(level.sources)}"), derived)
                case _:
                    self._add(level, _alias(item, f"\0{len(level.sources)}"), None)

    def _relation(self, level: Level, item: Any) -> Source:
        if item.schemaname is None and item.relname in level.ctes:
            return level.ctes[item.relname]
        relation = self._catalogue.find((item.schemaname, item.relname))
        if isinstance(relation, View):
            query = view_query(relation)
            names = strings(item.alias.colnames) if item.alias else ()
            return None if query is None else self._later(query, None, {}, names)
        if relation is None or (item.alias is not None and item.alias.colnames):
            return None
        return TableAccess(relation)

    @staticmethod
    def _add(level: Level, alias: str, source: Source) -> None:
        # Twice the same name (two schemas) cannot be told apart by name alone.
        level.sources[alias] = None if alias in level.sources else source


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


def _outputs(level: Level) -> Iterator[tuple[str, list[BoundColumn]]]:
    if not isinstance(level.node, ast.SelectStmt):
        return
    for target in level.node.targetList or ():
        value = target.val
        if not is_a(value, ast.ColumnRef):
            yield target.name or "", []
        elif is_a(value.fields[-1], ast.A_Star):
            yield from _star_outputs(level, value)
        else:
            yield target.name or value.fields[-1].sval, level.resolve(value)


def _star_outputs(level: Level, star: Any) -> Iterator[tuple[str, list[BoundColumn]]]:
    for source in star_sources(level, star):
        if isinstance(source, TableAccess):
            for column in source.table.columns:
                yield column, [BoundColumn(source, column)]
        elif isinstance(source, Derived) and source.arms:
            names = [name for name, _bound in source.arms[0].outputs]
            names[: len(source.column_names)] = source.column_names
            for name in names:
                yield name, source.find(name) or []


def star_sources(level: Level, star: Any) -> list[Source]:
    """What `*` or `alias.*` stands for."""
    if len(star.fields) == 1:
        return list(level.sources.values())
    return [level.source(star.fields[-2].sval)]


def output_columns(source: Source) -> list[BoundColumn]:
    """The table columns among all outputs of a subquery."""
    arms = source.arms if isinstance(source, Derived) else []
    return [bound for arm in arms for _name, bounds in arm.outputs for bound in bounds]


def _in_source(source: Source, column: str) -> list[BoundColumn] | None:
    if isinstance(source, TableAccess):
        return [BoundColumn(source, column)] if column in source.table.columns else None
    return source.find(column) if source is not None else None


def _alias(item: Any, otherwise: str) -> str:
    alias = getattr(item, "alias", None)
    return alias.aliasname if alias is not None else otherwise
