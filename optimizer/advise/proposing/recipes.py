"""The statements that build an index, ready to be run one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.rows import class_row

from optimizer.advise.proposing.naming import index_name, partition_index_name
from optimizer.advise.proposing.shapes import IndexShape
from optimizer.advise.understanding.catalogue import Table
from optimizer.observe.names import quoted
from optimizer.sql import load

NAMED: Final = re.compile(r"^CREATE INDEX(?: CONCURRENTLY)? (\w+) ON ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Recipe:
    name: str
    create_sql: str  # several statements for a partitioned table


@dataclass(frozen=True, slots=True)
class _Partition:
    oid: int
    parent_oid: int
    is_leaf: bool
    schema_name: str
    name: str


def recipes(
    connection: psycopg.Connection[Any],
    shapes: Iterable[IndexShape],
    *,
    beside: Iterable[Recipe] = (),
) -> dict[IndexShape, Recipe]:
    """A name and the statements for each; no two share a name, nor do they with those beside."""
    wanted = list(shapes)
    partitions = {
        shape.table: _partitions(connection, shape.table)
        for shape in wanted
        if shape.table.is_partitioned
    }
    schemas = {shape.table.schema_name for shape in wanted}
    schemas |= {part.schema_name for parts in partitions.values() for part in parts}
    taken = _taken(connection, schemas)
    reserved = {name for recipe in beside for name in NAMED.findall(recipe.create_sql)}
    for names in taken.values():
        names |= reserved
    found: dict[IndexShape, Recipe] = {}
    for shape in wanted:
        name = index_name(shape, taken[shape.table.schema_name])
        taken[shape.table.schema_name].add(name)
        if shape.table.is_partitioned:
            text = _partitioned(shape, name, partitions[shape.table], taken)
        else:
            text = (
                f"CREATE INDEX CONCURRENTLY {name} "
                f"ON {shape.table.qualified_name} {shape.definition()};"
            )
        found[shape] = Recipe(name, text)
    return found


def _partitioned(
    shape: IndexShape, name: str, partitions: list[_Partition], taken: dict[str, set[str]]
) -> str:
    """PostgreSQL refuses CONCURRENTLY on the parent. So an index of the parent alone, invalid at
    first, then one on each partition, attached: with the last the parent's becomes valid."""
    table = shape.table
    lines = [f"CREATE INDEX {name} ON ONLY {table.qualified_name} {shape.definition()};"]
    index_of = {table.oid: f"{quoted(table.schema_name)}.{name}"}
    for part in partitions:
        suffix = part.name.removeprefix(f"{table.name}_")
        mine = partition_index_name(name, suffix, taken[part.schema_name])
        taken[part.schema_name].add(mine)
        index_of[part.oid] = f"{quoted(part.schema_name)}.{mine}"
        how, where = (" CONCURRENTLY", "") if part.is_leaf else ("", "ONLY ")
        relation = f"{quoted(part.schema_name)}.{quoted(part.name)}"
        lines.append(f"CREATE INDEX{how} {mine} ON {where}{relation} {shape.definition()};")
        parent = index_of[part.parent_oid]
        lines.append(f"ALTER INDEX {parent} ATTACH PARTITION {index_of[part.oid]};")
    return "\n".join(lines)


def _partitions(connection: psycopg.Connection[Any], table: Table) -> list[_Partition]:
    with connection.cursor(row_factory=class_row(_Partition)) as cursor:
        statement = load("optimizer.advise", "partition_tree")
        return cursor.execute(statement, {"oid": table.oid}).fetchall()


def _taken(connection: psycopg.Connection[Any], schemas: set[str]) -> dict[str, set[str]]:
    taken: dict[str, set[str]] = {schema: set() for schema in schemas}
    statement = load("optimizer.advise", "relation_names")
    for schema, name in connection.execute(statement, {"schemas": sorted(schemas)}):
        taken[schema].add(name)
    return taken
