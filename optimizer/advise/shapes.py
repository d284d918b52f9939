"""The shape of an index: what it is on, apart from its name. Candidates and existing ones alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pglast import ast, parse_sql
from pglast.enums import BoolExprType, NullTestType
from pglast.parser import ParseError

from optimizer.advise.access import Constant, ConstantCondition, Match, SortKey, TableAccess
from optimizer.advise.catalogue import Column, Table
from optimizer.advise.tree import boolean_literal, is_a
from optimizer.observe.names import quoted
from optimizer.records import Index

DIRECTION: Final = re.compile(r"(?P<key>.*) (?P<direction>ASC|DESC) NULLS (?P<nulls>FIRST|LAST)")
PATTERN_OPCLASS: Final = re.compile(r"\.(text|varchar)_pattern_ops ")
PATTERN_OPCLASSES: Final = {"text": "text_pattern_ops", "character varying": "varchar_pattern_ops"}


@dataclass(frozen=True, slots=True)
class KeyColumn:
    name: str
    descending: bool = False
    nulls_first: bool = False
    is_pattern: bool = False  # with the operator class that serves LIKE 'x%'

    @classmethod
    def of(cls, key: SortKey) -> KeyColumn:
        return cls(key.column, key.descending, key.nulls_first)

    def reversed(self) -> KeyColumn:
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    def direction(self) -> str:
        """What has to be written behind the column: nothing for PostgreSQL's own choice."""
        words = ["DESC"] if self.descending else []
        if self.nulls_first != self.descending:
            words.append("NULLS FIRST" if self.nulls_first else "NULLS LAST")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class IndexShape:
    """A B-tree index. Compared by value; `table` is one object for each table."""

    table: Table
    keys: tuple[KeyColumn, ...]
    include: tuple[str, ...] = ()
    predicate: tuple[ConstantCondition, ...] = ()  # sorted

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(key.name for key in self.keys)

    @property
    def sort_key(self) -> tuple[object, ...]:
        """An order that is the same in every run."""
        keys = tuple((key.name, key.direction(), key.is_pattern) for key in self.keys)
        return (self.table.schema_name, self.table.name, keys, self.include, self.predicate_sql())

    def key_sql(self) -> tuple[str, ...]:
        """The key columns as CREATE INDEX takes them."""
        return tuple(" ".join(filter(None, self._key_words(key))) for key in self.keys)

    def _key_words(self, key: KeyColumn) -> Iterator[str]:
        yield quoted(key.name)
        if key.is_pattern:
            yield pattern_opclass(self.table.columns[key.name].type_name)
        yield key.direction()

    def predicate_sql(self) -> str:
        atoms = (item.constant.value.format(quoted(item.column)) for item in self.predicate)
        return " AND ".join(atoms)

    def definition(self) -> str:
        """What stands behind the table's name in CREATE INDEX."""
        text = f"({', '.join(self.key_sql())})"
        if self.include:
            text += f" INCLUDE ({', '.join(map(quoted, self.include))})"
        if self.predicate:
            text += f" WHERE {self.predicate_sql()}"
        return text

    def is_served_by(self, other: IndexShape) -> bool:
        """Whether `other` does all that this one would: it begins with the same key columns,
        read forwards or backwards, over the same rows, and holds the same columns."""
        if other.table is not self.table or set(other.predicate) != set(self.predicate):
            return False
        begins = other.keys[: len(self.keys)]
        backwards = tuple(key.reversed() for key in begins)
        return self.keys in (begins, backwards) and set(self.include) <= {
            *other.columns,
            *other.include,
        }


def skips_entries(shape: IndexShape, access: TableAccess) -> bool:
    """Whether an access that reads the index in order for a LIMIT passes over entries that do not
    match: a column that has to have one value stands behind one that may have any."""
    fixed = set(access.columns_bound(Match.EQUAL))
    places = [key.name in fixed for key in shape.keys]
    return access.is_limited and shape.table is access.table and sorted(places)[::-1] != places


def pattern_opclass(type_name: str) -> str:
    base, _bracket, _modifier = type_name.partition("(")
    return PATTERN_OPCLASSES.get(base, "")


def sorted_predicate(conditions: set[ConstantCondition]) -> tuple[ConstantCondition, ...]:
    return tuple(sorted(conditions, key=lambda item: (item.column, item.constant.value)))


def existing_shape(index: Index, table: Table) -> IndexShape | None:
    """The shape of an index there is; None for what no candidate can be like: another method,
    an expression, a condition with values, an operator class or collation of its own."""
    by_signature = {column.signature: column for column in table.columns.values()}
    keys = [_existing_key(text, by_signature) for text in index.key_signature]
    known = [key for key in keys if key is not None]
    predicate = _existing_predicate(index.predicate)
    if index.method != "btree" or len(known) < len(keys) or predicate is None:
        return None
    # INCLUDE takes columns only, so what is quoted there is a name.
    include = tuple(
        text[1:-1].replace('""', '"') if text[0] == '"' else text for text in index.include
    )
    return IndexShape(table, tuple(known), include, sorted_predicate(predicate))


def _existing_key(text: str, by_signature: Mapping[str, Column]) -> KeyColumn | None:
    plain = PATTERN_OPCLASS.sub(".text_ops ", text)
    found = DIRECTION.fullmatch(plain)
    column = by_signature.get(found["key"]) if found else None
    if found is None or column is None:
        return None
    return KeyColumn(
        name=column.name,
        descending=found["direction"] == "DESC",
        nulls_first=found["nulls"] == "FIRST",
        is_pattern=plain != text,
    )


def _existing_predicate(text: str) -> set[ConstantCondition] | None:
    if not text:
        return set()
    try:
        select: Any = parse_sql(f"SELECT WHERE {text}")[0].stmt
    except ParseError:
        return None
    clause = select.whereClause
    is_and = is_a(clause, ast.BoolExpr) and clause.boolop == BoolExprType.AND_EXPR
    found = [_constant_condition(part) for part in (clause.args if is_and else (clause,))]
    known = {item for item in found if item is not None}
    return known if len(found) == sum(item is not None for item in found) else None


def _constant_condition(node: Any) -> ConstantCondition | None:
    argument, constant = node, Constant.TRUE
    if is_a(node, ast.BoolExpr) and node.boolop == BoolExprType.NOT_EXPR:
        argument, constant = node.args[0], Constant.FALSE
    elif is_a(node, ast.NullTest):
        is_null = node.nulltesttype == NullTestType.IS_NULL
        argument, constant = node.arg, Constant.NULL if is_null else Constant.NOT_NULL
    elif is_a(node, ast.A_Expr) and node.name[-1].sval == "=":
        truth = boolean_literal(node.rexpr)
        argument, constant = (node.lexpr, truth) if truth is not None else (None, constant)
    if not is_a(argument, ast.ColumnRef):
        return None
    return ConstantCondition(argument.fields[-1].sval, constant)
