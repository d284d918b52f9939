"""Indexes that would serve a search inside values, and that HypoPG cannot stand in for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from optimizer.advise.case import Case
from optimizer.advise.proposing.candidates import MIN_ROWS
from optimizer.advise.proposing.recipes import Recipe, recipes
from optimizer.advise.proposing.shapes import TRIGRAM_OPCLASS, IndexShape, KeyColumn, Method
from optimizer.advise.understanding.access import Match, Search, Statement, TableAccess
from optimizer.advise.understanding.catalogue import Table
from optimizer.judgement import unknown
from optimizer.records import Finding

JSON_PATH_OPCLASS: Final = "jsonb_path_ops"
MAX_QUERIES: Final = 3  # that a finding quotes
ONE_VALUE: Final = (Match.EQUAL, Match.JOIN)


@dataclass(frozen=True, slots=True)
class UnprovableCandidate:
    """`shape.extension` names what has to be installed first, where something has to be."""

    shape: IndexShape
    reason: str  # why it might help, and why nobody can tell by how much


def unprovable_candidates(
    statements: Sequence[Statement],
) -> dict[Statement, list[UnprovableCandidate]]:
    """GIN indexes for searches that no B-tree serves; statements without one are left out."""
    found: dict[Statement, list[UnprovableCandidate]] = {}
    for statement in statements:
        mine = {
            shape: reason
            for access in statement.accesses
            if access.table.row_count >= MIN_ROWS and not _is_served_otherwise(access)
            for shape, reason in _searching(access)
        }
        if mine:
            found[statement] = [UnprovableCandidate(*item) for item in mine.items()]
    return found


def unprovable_findings(case: Case, *, beside: Iterable[Recipe]) -> list[Finding]:
    """One for each table and reason, with the statements that build the indexes and some of those
    they might serve. No name is one of those `beside`."""
    queries: dict[IndexShape, list[str]] = {}
    groups: dict[tuple[Table, str], dict[IndexShape, None]] = {}
    for statement, found in unprovable_candidates(case.statements).items():
        for candidate in found:
            shape = candidate.shape
            if case.is_asked_about(shape.table) and case.is_new(shape):
                queries.setdefault(shape, []).append(statement.source.query)
                groups.setdefault((shape.table, candidate.reason), {})[shape] = None
    built = recipes(case.connection, queries, beside=beside)
    return [
        unknown(
            "unprovable-index",
            f"{table.qualified_name} {', '.join(shape.definition() for shape in shapes)}: {reason}",
            subject=table.qualified_name,
            detail="\n".join(query for shape in shapes for query in queries[shape][:MAX_QUERIES]),
            remedy="\n".join(_statements(shapes, built)),
        )
        for (table, reason), shapes in groups.items()
    ]


def _statements(shapes: Iterable[IndexShape], built: Mapping[IndexShape, Recipe]) -> Iterator[str]:
    """What makes them, the extensions they need first."""
    for extension in sorted({shape.extension for shape in shapes} - {""}):
        yield f"CREATE EXTENSION IF NOT EXISTS {extension};"
    for shape in shapes:
        yield built[shape].create_sql


def _is_served_otherwise(access: TableAccess) -> bool:
    """Whether one of its other conditions leaves so few rows that they may be looked through."""
    rows = access.table.row_count
    return any(
        rows / access.facts(name).distinct(rows) < MIN_ROWS
        for name in access.columns_bound(*ONE_VALUE)
    )


def _searching(access: TableAccess) -> Iterator[tuple[IndexShape, str]]:
    asked: dict[str, set[Search]] = {}
    for item in access.searches:
        asked.setdefault(item.column, set()).add(item.search)
    for name, searches in asked.items():
        facts = access.facts(name)
        if facts.category == "S" and Search.SUBSTRING in searches:
            yield _gin(access, name, TRIGRAM_OPCLASS), _trigram_reason()
        elif facts.type_name == "jsonb" and Search.SUBSTRING not in searches:
            only_contains = searches == {Search.CONTAINS}
            yield _gin(access, name, JSON_PATH_OPCLASS if only_contains else ""), _inside_reason()
        elif facts.category == "A" and searches == {Search.CONTAINS}:
            yield _gin(access, name), _inside_reason()


def _gin(access: TableAccess, name: str, opclass: str = "") -> IndexShape:
    key = KeyColumn(name, opclass=opclass, expression=access.expressions.get(name))
    return IndexShape(access.table, (key,), method=Method.GIN)


def _trigram_reason() -> str:
    return _(
        "The statement searches inside a text, which a B-tree cannot do where the pattern begins "
        "with a wildcard. A GIN index on trigrams can, for patterns with three letters or more in "
        "a row. HypoPG knows no GIN index, so this is not provable here: build it on a copy and "
        "compare the plans."
    )


def _inside_reason() -> str:
    return _(
        "The statement asks what a value contains, which no B-tree knows. A GIN index does. HypoPG "
        "knows no GIN index, so this is not provable here: build it on a copy and compare the "
        "plans."
    )
