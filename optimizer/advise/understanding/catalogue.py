"""What the advisor knows of tables: their columns, sizes and the statistics of their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
from psycopg.rows import class_row, dict_row

from optimizer.observe.names import quoted
from optimizer.sql import load

# What the planner itself assumes of a column it knows nothing of.
DEFAULT_DISTINCT: Final = 200.0
DEFAULT_WIDTH: Final = 32

RelationName = tuple[str | None, str]  # schema where the statement gives one, and name


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type_name: str  # with its modifier, as format_type() shows it
    category: str  # pg_type.typcategory
    is_indexable: bool  # has a default operator class for B-trees
    signature: str  # as records.Index.key_signature begins for it
    deduplicates: bool  # a B-tree stores equal values of it once
    needs_pattern_opclass: bool  # LIKE 'x%' needs text_pattern_ops: its collation is not C
    fixed_width: int  # bytes; -1 where it varies
    alignment: str  # pg_type.typalign
    null_share: float | None
    avg_width: int | None
    n_distinct: float | None  # as in pg_stats: negative is a share of the rows
    common_values: tuple[str, ...] = ()
    common_shares: tuple[float, ...] = ()
    histogram: tuple[str, ...] = ()
    is_text: bool = False  # text or varchar, or a domain over them: a cast to text changes nothing
    correlation: float | None = None  # of the values' order with that of the rows on disk

    @property
    def is_padded(self) -> bool:
        """Whether it is char(n), where blanks at the end mean nothing."""
        return self.type_name.startswith("character(")

    @property
    def width(self) -> int:
        if self.fixed_width > 0:
            return self.fixed_width
        return self.avg_width if self.avg_width is not None else DEFAULT_WIDTH

    @property
    def nulls(self) -> float:
        return self.null_share or 0.0

    def distinct(self, row_count: float) -> float:
        """How many different values that many rows hold; at least 1."""
        if self.n_distinct is None or self.n_distinct == 0:
            estimate = min(DEFAULT_DISTINCT, row_count)
        elif self.n_distinct < 0:
            estimate = -self.n_distinct * row_count
        else:
            estimate = min(self.n_distinct, row_count)
        return max(1.0, estimate)

    def share_of(self, value: str) -> float | None:
        """The share of rows with one of the most common values; None for any other value."""
        values = (item.rstrip(" ") if self.is_padded else item for item in self.common_values)
        return dict(zip(values, self.common_shares, strict=False)).get(value)

    def usual_share(self, value: str, row_count: float) -> float:
        """The share of rows with a value; of one that is not among the most common an average."""
        share = self.share_of(value)
        if share is not None:
            return share
        others = self.distinct(row_count) - len(self.common_values)
        rest = max(0.0, 1.0 - self.nulls - sum(self.common_shares))
        return rest / max(1.0, others)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table, materialised view or partitioned table; one object stands for it everywhere."""

    oid: int
    schema_name: str
    name: str
    is_partitioned: bool
    pages: float
    row_count: float
    may_select: bool
    columns: Mapping[str, Column] = field(repr=False)
    leaf_count: int = 1  # partitions that hold rows

    @property
    def qualified_name(self) -> str:
        return f"{quoted(self.schema_name)}.{quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class View:
    schema_name: str
    name: str
    definition: str  # the query it stands for


Relation = Table | View


class Catalogue:
    """The relations a workload names, found as PostgreSQL finds them for this connection."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._by_name: dict[RelationName, Relation] = {}
        self._by_oid: dict[int, Relation] = {}

    def find(self, name: RelationName) -> Relation | None:
        """None for what is no table or view of this database, system catalogues included."""
        return self._by_name.get(name)

    @property
    def tables(self) -> list[Table]:
        found = (relation for relation in self._by_oid.values() if isinstance(relation, Table))
        return sorted(found, key=lambda table: (table.schema_name, table.name))

    def read(self, names: Iterable[RelationName]) -> list[View]:
        """Read what is new among the names; returns the views among it, for their own names."""
        asked = sorted(set(names) - self._by_name.keys(), key=lambda name: (name[0] or "", name[1]))
        if not asked:
            return []
        rows = self._rows(asked)
        new = {row.oid: row for row in rows if row.oid not in self._by_oid}
        columns = self._columns([row for row in new.values() if row.relkind != "v"])
        for row in new.values():
            self._by_oid[row.oid] = row.relation(columns.get(row.oid, {}))
        for row in rows:
            self._by_name[row.asked_schema, row.asked_name] = self._by_oid[row.oid]
        created = (self._by_oid[oid] for oid in new)
        return [relation for relation in created if isinstance(relation, View)]

    def _rows(self, asked: Sequence[RelationName]) -> list[_RelationRow]:
        with self.connection.cursor(row_factory=class_row(_RelationRow)) as cursor:
            cursor.execute(
                load("optimizer.advise", "relations"),
                {"schemas": [name[0] for name in asked], "names": [name[1] for name in asked]},
            )
            return [row for row in cursor.fetchall() if not row.is_temporary]

    def _columns(self, rows: Sequence[_RelationRow]) -> dict[int, dict[str, Column]]:
        found: dict[int, dict[str, Column]] = {}
        with self.connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                load("optimizer.advise", "columns"),
                {
                    "oids": [row.oid for row in rows],
                    "largest_schemas": [row.largest_schema for row in rows],
                    "largest_names": [row.largest_name for row in rows],
                },
            )
            for record in cursor:
                column = _column(record)
                found.setdefault(record["table_oid"], {})[column.name] = column
        return found


@dataclass(frozen=True, slots=True)
class _RelationRow:
    asked_schema: str | None
    asked_name: str
    oid: int
    nspname: str
    relname: str
    relkind: str
    is_temporary: bool
    pages: float
    row_count: float
    largest_schema: str | None
    largest_name: str | None
    leaf_count: int
    may_select: bool
    definition: str | None

    def relation(self, columns: Mapping[str, Column]) -> Relation:
        if self.relkind == "v":
            return View(self.nspname, self.relname, self.definition or "")
        return Table(
            oid=self.oid,
            schema_name=self.nspname,
            name=self.relname,
            is_partitioned=self.relkind == "p",
            pages=self.pages,
            row_count=self.row_count,
            may_select=self.may_select,
            columns=columns,
            leaf_count=self.leaf_count,
        )


def _column(record: dict[str, Any]) -> Column:
    common = zip(record["common_values"] or (), record["common_shares"] or (), strict=False)
    known = [(value, share) for value, share in common if value is not None]
    return Column(
        name=record["column_name"],
        type_name=record["type_name"],
        category=record["category"],
        is_indexable=record["is_indexable"],
        signature=record["signature"],
        deduplicates=record["deduplicates"],
        needs_pattern_opclass=record["needs_pattern_opclass"],
        fixed_width=record["fixed_width"],
        alignment=record["alignment"],
        null_share=record["null_share"],
        avg_width=record["avg_width"],
        n_distinct=record["n_distinct"],
        common_values=tuple(value for value, _share in known),
        common_shares=tuple(share for _value, share in known),
        histogram=tuple(value for value in record["histogram"] or () if value is not None),
        is_text=record["is_text"],
        correlation=record["correlation"],
    )
