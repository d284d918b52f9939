"""Names in a statement: which table a column belongs to, through aliases, CTEs and subqueries.

A statement is cut into query levels. Each has its FROM list and its own expressions; a level's
outputs lead back to the columns of tables, so that a condition on `recent.job_id` counts for the
table that the CTE `recent` reads. Everything walks with a stack of its own: statements may be
nested deeper than Python recurses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pglast import ast

from optimizer.advise.understanding.access import TableAccess
from optimizer.advise.understanding.expressions import (
    TEXT_TYPES,
    ExpressionReader,
    columns_in,
    is_computed,
)
from optimizer.advise.understanding.tree import is_a, strings

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


@dataclass(frozen=True, slots=True, eq=False)
class Renamed:
    """A table whose alias gives its columns other names: FROM products AS p (key, code)"""

    access: TableAccess
    names: Mapping[str, str]  # the column behind each name


# None: a function, or a relation that the catalogue does not know.
Source = TableAccess | Renamed | Derived | None


@dataclass(frozen=True, slots=True)
class SharedColumns:
    """JOIN ... USING, or NATURAL JOIN: which columns of which sources are equal."""

    left: tuple[str, ...]  # aliases
    right: tuple[str, ...]
    names: tuple[str, ...] | None  # None: all that both sides have


@dataclass(frozen=True, slots=True)
class SetOrder:
    """ORDER BY and LIMIT over a UNION, as each of its arms may serve them."""

    keys: tuple[tuple[int, Any], ...]  # place of the output, counted from 0, and its SortBy node
    is_limited: bool


@dataclass(slots=True, eq=False)
class Level:
    """One SELECT, UPDATE, DELETE, INSERT or MERGE without what is nested in it."""

    node: Any
    parent: Level | None  # where a correlated column is looked up
    ctes: dict[str, Derived | None]
    is_pulled_up: bool  # in FROM or EXISTS: of its outputs only those are read that are asked for
    expressions: ExpressionReader
    set_order: SetOrder | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    join_conditions: list[Any] = field(default_factory=list)
    shared: list[SharedColumns] = field(default_factory=list)
    subqueries: dict[int, Derived] = field(default_factory=dict)  # by id() of the nested query
    outputs: list[tuple[str, list[BoundColumn]]] = field(default_factory=list)

    @property
    def accesses(self) -> list[TableAccess]:
        found = (
            source.access if isinstance(source, Renamed) else source
            for source in self.sources.values()
        )
        return [source for source in found if isinstance(source, TableAccess)]

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

    def plain_columns(self, node: Any) -> list[BoundColumn]:
        """The table columns that an expression is, as an index on a column would hold them."""
        if is_a(node, ast.TypeCast) and is_a(node.arg, ast.ColumnRef):
            # Such a cast keeps the stored form, so that an index on the column itself serves.
            if node.typeName.names[-1].sval not in TEXT_TYPES:
                return []
            bounds = self.resolve(node.arg)
            return [bound for bound in bounds if bound.access.table.columns[bound.column].is_text]
        return self.resolve(node) if is_a(node, ast.ColumnRef) else []

    def columns(self, node: Any) -> list[BoundColumn]:
        """The table columns that an expression is, or what it computes from those of one table:
        then the column is its text."""
        plain = self.plain_columns(node)
        if plain:
            return plain
        if is_a(node, ast.ColumnRef):
            return self._computed_output(node)
        return self._computed(node) if is_computed(node) else []

    def _computed_output(self, reference: Any) -> list[BoundColumn]:
        """What a subquery in FROM computes under this name."""
        *qualifiers, column = (getattr(part, "sval", "") for part in reference.fields)
        wanted = [self._alias_of(qualifiers)] if qualifiers else list(self.sources)
        for alias in wanted:
            source = self.sources.get(alias) if alias is not None else None
            if isinstance(source, Derived) and len(source.arms) == 1:
                names = source_columns(source)
                (arm,) = source.arms
                targets = getattr(arm.node, "targetList", None) or ()
                if column in names and len(names) == len(targets):
                    return arm.columns(targets[names.index(column)].val)
        return []

    def _computed(self, node: Any) -> list[BoundColumn]:
        names: dict[int, str] = {}
        accesses: set[TableAccess] = set()
        for reference in columns_in(node):
            bounds = self.resolve(reference)
            if len(bounds) != 1:
                return []
            accesses.add(bounds[0].access)
            names[id(reference)] = bounds[0].column
        if len(accesses) != 1:
            return []
        (access,) = accesses
        found = self.expressions.read(node, access.table, lambda part: names[id(part)])
        if found is None:
            return []
        access.expressions[found.text] = found
        return [BoundColumn(access, found.text)]

    def shared_columns(self) -> Iterator[tuple[list[BoundColumn], list[BoundColumn]]]:
        """The columns on both sides of each USING and NATURAL JOIN."""
        for join in self.shared:
            left = [self.sources.get(alias) for alias in join.left]
            right = [self.sources.get(alias) for alias in join.right]
            names = join.names
            if names is None:
                theirs = {name for source in right for name in source_columns(source)}
                names = tuple(
                    dict.fromkeys(
                        name for source in left for name in source_columns(source) if name in theirs
                    )
                )
            for name in names:
                yield _in_sources(left, name), _in_sources(right, name)

    def source(self, alias: str) -> Source:
        level: Level | None = self
        while level is not None:
            if alias in level.sources:
                return level.sources[alias]
            level = level.parent
        return None

    def _find(self, qualifiers: list[str], column: str) -> list[BoundColumn] | None:
        if qualifiers:
            alias = self._alias_of(qualifiers)
            return None if alias is None else _in_source(self.sources[alias], column) or []
        found = [_in_source(source, column) for source in self.sources.values()]
        known = [bounds for bounds in found if bounds is not None]
        if known:
            return [bound for bounds in known for bound in bounds]
        # It may be a column of what is not understood: never blame an outer table for it.
        return [] if None in self.sources.values() else None

    def _alias_of(self, qualifiers: list[str]) -> str | None:
        if len(qualifiers) > 1:
            # Two tables of the same name are told apart by their schemas.
            for alias, source in self.sources.items():
                if isinstance(source, TableAccess):
                    table = source.table
                    if [table.schema_name, table.name] == qualifiers[-2:]:
                        return alias
        return qualifiers[-1] if qualifiers[-1] in self.sources else None


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


def outputs(level: Level) -> Iterator[tuple[str, list[BoundColumn]]]:
    is_select = isinstance(level.node, ast.SelectStmt)
    targets = level.node.targetList if is_select else _returned(level.node)
    for target in targets or ():
        value = target.val
        if not is_a(value, ast.ColumnRef):
            yield target.name or "", []
        elif is_a(value.fields[-1], ast.A_Star):
            yield from _star_outputs(level, value)
        else:
            yield target.name or value.fields[-1].sval, level.resolve(value)


def _returned(node: Any) -> Any:
    clause = getattr(node, "returningClause", None)
    return clause.exprs if clause is not None else getattr(node, "returningList", None)


def _star_outputs(level: Level, star: Any) -> Iterator[tuple[str, list[BoundColumn]]]:
    for source in star_sources(level, star):
        for name in source_columns(source):
            yield name, _in_source(source, name) or []


def source_columns(source: Source) -> list[str]:
    """The names of a source's columns, as far as they are known."""
    match source:
        case TableAccess():
            return list(source.table.columns)
        case Renamed():
            return list(source.names)
        case Derived() if source.arms:
            names = [name for name, _bound in source.arms[0].outputs]
            names[: len(source.column_names)] = source.column_names
            return names
    return []


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
    match source:
        case TableAccess():
            return [BoundColumn(source, column)] if column in source.table.columns else None
        case Renamed():
            behind = source.names.get(column)
            return [BoundColumn(source.access, behind)] if behind is not None else None
        case Derived():
            return source.find(column)
    return None


def _in_sources(sources: Sequence[Source], column: str) -> list[BoundColumn]:
    return [bound for source in sources for bound in _in_source(source, column) or ()]
