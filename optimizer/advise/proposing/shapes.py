"""The shape of an index: what it is on, apart from its name. Candidates and existing ones alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from pglast import ast, parse_sql
from pglast.parser import ParseError

from optimizer.advise.understanding.access import ConstantCondition, Match, SortKey, TableAccess
from optimizer.advise.understanding.catalogue import Column, Table
from optimizer.advise.understanding.expressions import Expression, existing_expression
from optimizer.advise.understanding.predicates import existing_predicate, predicate_sql
from optimizer.advise.understanding.tree import is_a
from optimizer.observe.names import quoted
from optimizer.records import Index

PATTERN_OPCLASSES: Final = {
    "text": "text_pattern_ops",
    "character varying": "varchar_pattern_ops",
    "character": "bpchar_pattern_ops",
}
TRIGRAM_OPCLASS: Final = "gin_trgm_ops"
TRIGRAM_EXTENSION: Final = "pg_trgm"

DIRECTION: Final = re.compile(
    r"(?P<key>.*) (?P<direction>ASC|DESC) NULLS (?P<nulls>FIRST|LAST)", re.DOTALL
)
PATTERN_OPCLASS: Final = re.compile(r"\.(text|varchar|bpchar)_pattern_ops ")
DEFAULT_OPCLASSES: Final = {"bpchar": "bpchar_ops"}
# Of an expression, and of what no B-tree holds: operator class, perhaps a collation.
OPCLASS: Final = re.compile(
    r".* \w+\.(?P<opclass>\w+_ops)(?: (?P<collation>[^ ]+\.[^ ]+))?"
    r" (?P<direction>ASC|DESC) NULLS (?P<nulls>FIRST|LAST)",
    re.DOTALL,
)
DEFAULT_COLLATION: Final = "pg_catalog.default"
PATTERN_SUFFIX: Final = "_pattern_ops"
# Those of GIN that are no default for any type.
SPECIAL_OPCLASSES: Final = ("gin_trgm_ops", "jsonb_path_ops")


class Method(StrEnum):
    """How an index finds its rows, as USING takes it."""

    BTREE = "btree"
    HASH = "hash"
    BRIN = "brin"
    GIN = "gin"


@dataclass(frozen=True, slots=True)
class KeyColumn:
    name: str  # or the text of the expression
    descending: bool = False
    nulls_first: bool = False
    opclass: str = ""  # where it is not the default one: for LIKE 'x%', or for what GIN finds
    expression: Expression | None = None

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

    def sql(self) -> str:
        """As CREATE INDEX takes it."""
        name = f"({self.expression.text})" if self.expression else quoted(self.name)
        return " ".join(filter(None, (name, self.opclass, self.direction())))


@dataclass(frozen=True, slots=True)
class IndexShape:
    """An index. Compared by value; `table` is one object for each table."""

    table: Table
    keys: tuple[KeyColumn, ...]
    include: tuple[str, ...] = ()
    predicate: tuple[ConstantCondition, ...] = ()  # sorted
    method: Method = Method.BTREE

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(key.name for key in self.keys)

    @property
    def touched_by(self) -> frozenset[str]:
        """The columns of the table that an UPDATE cannot set without changing the index."""
        read = (key.expression.columns if key.expression else (key.name,) for key in self.keys)
        stated = (name for item in self.predicate for name in item.columns)
        return frozenset((*(name for names in read for name in names), *self.include, *stated))

    @property
    def extension(self) -> str:
        """What has to be installed before it can be built; empty where nothing."""
        is_trigram = any(key.opclass == TRIGRAM_OPCLASS for key in self.keys)
        return TRIGRAM_EXTENSION if is_trigram else ""

    @property
    def sort_key(self) -> tuple[object, ...]:
        """An order that is the same in every run."""
        keys = tuple((key.name, key.direction(), key.opclass) for key in self.keys)
        return (
            self.table.schema_name,
            self.table.name,
            keys,
            self.include,
            self.predicate_sql(),
            self.method.value,
        )

    def facts(self) -> list[Column]:
        """What is known of the values it holds: of its keys, then of what is included."""
        keys = (
            key.expression.facts if key.expression else self.table.columns[key.name]
            for key in self.keys
        )
        return [*keys, *(self.table.columns[name] for name in self.include)]

    def key_sql(self) -> tuple[str, ...]:
        """The key columns as CREATE INDEX takes them."""
        return tuple(key.sql() for key in self.keys)

    def predicate_sql(self) -> str:
        return predicate_sql(self.predicate, self.table.columns)

    def definition(self) -> str:
        """What stands behind the table's name in CREATE INDEX."""
        text = f"({', '.join(self.key_sql())})"
        if self.method is not Method.BTREE:
            text = f"USING {self.method} {text}"
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
        if self.method is not other.method:
            return self._is_served_by_a_btree(other)
        if self.method is Method.GIN:
            # Its columns serve in any order.
            return set(self.keys) <= set(other.keys)
        begins = other.keys[: len(self.keys)]
        backwards = tuple(key.reversed() for key in begins)
        return self.keys in (begins, backwards) and set(self.include) <= {
            *(key.name for key in other.keys if key.expression is None),
            *other.include,
        }

    def _is_served_by_a_btree(self, other: IndexShape) -> bool:
        """A B-tree finds a value, and a range of them, where a hash or BRIN index would."""
        if other.method is not Method.BTREE or self.method is Method.GIN:
            return False
        mine, theirs = self.keys[0], other.keys[0]
        return (mine.name, mine.expression) == (theirs.name, theirs.expression)


def skips_entries(shape: IndexShape, access: TableAccess) -> bool:
    """Whether an access that reads the index in order for a LIMIT passes over entries that do not
    match: a column that has to have one value stands behind one that may have any."""
    fixed = set(access.columns_bound(Match.EQUAL))
    places = [key.name in fixed for key in shape.keys]
    return access.is_limited and shape.table is access.table and sorted(places)[::-1] != places


def pattern_opclass(type_name: str) -> str:
    base, _bracket, _modifier = type_name.partition("(")
    return PATTERN_OPCLASSES.get(base, "")


def existing_shape(index: Index, table: Table) -> IndexShape | None:
    """The shape of an index there is; None for what no candidate can be like: GiST for example, a
    condition of another kind, an operator class or collation of its own."""
    if index.method not in set(Method):
        return None
    method = Method(index.method)
    by_signature = {column.signature: column for column in table.columns.values()}
    keys: list[KeyColumn] = []
    for text, signature in zip(index.columns, index.key_signature, strict=False):
        key = _plain_key(signature, by_signature) if method is Method.BTREE else None
        key = key or _other_key(text, signature, table, method)
        if key is None:
            return None
        keys.append(key)
    predicate = existing_predicate(index.predicate, table.columns)
    if predicate is None:
        return None
    # INCLUDE takes columns only, so what is quoted there is a name.
    include = tuple(
        text[1:-1].replace('""', '"') if text[0] == '"' else text for text in index.include
    )
    return IndexShape(table, tuple(keys), include, predicate, method)


def _plain_key(text: str, by_signature: Mapping[str, Column]) -> KeyColumn | None:
    found = PATTERN_OPCLASS.search(text)
    plain = PATTERN_OPCLASS.sub(
        lambda match: "." + DEFAULT_OPCLASSES.get(match[1], "text_ops") + " ", text
    )
    direction = DIRECTION.fullmatch(plain)
    column = by_signature.get(direction["key"]) if direction else None
    if direction is None or column is None:
        return None
    return KeyColumn(
        name=column.name,
        descending=direction["direction"] == "DESC",
        nulls_first=direction["nulls"] == "FIRST",
        opclass=f"{found[1]}{PATTERN_SUFFIX}" if found else "",
    )


def _other_key(text: str, signature: str, table: Table, method: Method) -> KeyColumn | None:
    found = OPCLASS.fullmatch(signature)
    node = _parsed(text)
    if found is None or node is None:
        return None
    is_special = found["opclass"] in SPECIAL_OPCLASSES or found["opclass"].endswith(PATTERN_SUFFIX)
    opclass = found["opclass"] if is_special else ""
    if is_a(node, ast.ColumnRef):
        # A B-tree's column that is not as the default has it, was looked at already.
        name = node.fields[-1].sval
        return KeyColumn(name, opclass=opclass) if method is not Method.BTREE else None
    expression = existing_expression(node, table)
    if expression is None or not _has_usual_collation(found["collation"], expression, table):
        return None
    return KeyColumn(
        name=expression.text,
        descending=found["direction"] == "DESC",
        nulls_first=found["nulls"] == "FIRST",
        opclass=opclass,
        expression=expression,
    )


def _has_usual_collation(collation: str | None, expression: Expression, table: Table) -> bool:
    """The collation that the expression has by itself."""
    signatures = (table.columns[name].signature for name in expression.columns)
    return collation in (None, DEFAULT_COLLATION) or any(
        signature.endswith(f" {collation}") for signature in signatures
    )


def _parsed(text: str) -> Any:
    try:
        select: Any = parse_sql(f"SELECT {text}")[0].stmt
    except ParseError:
        return None
    return select.targetList[0].val
