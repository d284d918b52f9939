"""Ids that point at rows which another database does not have (any more)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db import DatabaseError, connections
from psycopg import sql

from config.fields import ReferenceField
from config.references import target_of
from config.routers import alias_of

BATCH: Final = 10_000
# Those of the ids that have no row.
MISSING: Final = """
SELECT wanted.id
  FROM unnest(%(ids)s::bigint[]) AS wanted(id)
 WHERE NOT EXISTS (SELECT FROM {table} AS target WHERE target.{key} = wanted.id)
 ORDER BY wanted.id
"""


@dataclass(frozen=True, slots=True)
class Orphans:
    """What became of the ids in one reference field.

    `checked` and `count` are distinct ids; `examples` are the first orphans. `error` says why
    nobody could tell, then the counts are of what was seen before.
    """

    field: str  # "app.Model.field"
    target: str  # "app.Model"
    checked: int
    count: int
    examples: tuple[int, ...]
    error: str = ""


def find_orphans(
    field: ReferenceField, *, limit: int, progress: Callable[[str, int], None] | None = None
) -> Orphans:
    """Look up every id that `field` holds; `limit` of the orphans become examples.

    The ids are read once, distinct and in order, through a server-side cursor, and looked up batch
    by batch: neither memory nor the number of scans grows with the table.
    """
    name = f"{field.model._meta.label}.{field.name}"
    checked = count = 0
    examples: list[int] = []
    error = ""
    try:
        for batch in _batches(_distinct_ids(field)):
            missing = _missing(batch, field)
            checked += len(batch)
            count += len(missing)
            examples += missing[: limit - len(examples)]
            if progress:
                progress(name, checked)
    except DatabaseError as exc:
        error = str(exc).strip()
    return Orphans(name, field.to, checked, count, tuple(examples), error)


def _distinct_ids(field: ReferenceField) -> Iterator[int]:
    using = alias_of(field.model._meta.app_label)
    return (
        field.model._base_manager.using(using)
        .filter(**{f"{field.name}__isnull": False})
        .order_by(field.name)
        .values_list(field.name, flat=True)
        .distinct()
        .iterator(chunk_size=BATCH)
    )


def _batches(ids: Iterator[int]) -> Iterator[list[int]]:
    while batch := list(islice(ids, BATCH)):
        yield batch


def _missing(ids: list[int], field: ReferenceField) -> list[int]:
    options = target_of(field)._meta
    statement = sql.SQL(MISSING).format(
        table=sql.Identifier(options.db_table), key=sql.Identifier(str(options.pk.column))
    )
    with connections[alias_of(options.app_label)].cursor() as cursor:
        cursor.execute(statement.as_string(cursor.connection), {"ids": ids})
        return [id_ for (id_,) in cursor.fetchall()]
