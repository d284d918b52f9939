"""The company's critical indexes: drop them to see what they are worth, and bring them back.

They are the indexes that the domains' models declare, `idx_...`; migrations build the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connections
from django.db.migrations.state import ProjectState
from django.db.models import Index, Model
from psycopg import sql

from config.databases import DOMAINS
from config.operations import AddPartitionedIndexConcurrently
from demo import state
from demo.copying import connect

_PREFIX = "idx_"
_LOCK_TIMEOUT = "10s"
_VALIDITY = """
SELECT index_class.relname, pg_index.indisvalid
  FROM pg_index
  JOIN pg_class AS index_class ON index_class.oid = pg_index.indexrelid
 WHERE pg_index.indrelid = to_regclass(quote_ident(%(table)s))
"""


@dataclass(frozen=True, slots=True)
class CriticalIndex:
    alias: str
    model: type[Model]
    index: Index

    @property
    def name(self) -> str:
        return self.index.name

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def declared(aliases: Iterable[str] = DOMAINS) -> list[CriticalIndex]:
    return [
        CriticalIndex(alias, model, index)
        for alias in aliases
        for model in apps.get_app_config(alias).get_models()
        for index in model._meta.indexes
        if index.name.startswith(_PREFIX)
    ]


def drop(indexes: list[CriticalIndex]) -> list[CriticalIndex]:
    """Drop those that exist, from demonstration data only; which ones.

    Dropping the index of a partitioned table drops those of its partitions.
    """
    state.require_demo_data(sorted({critical.alias for critical in indexes}))
    present = [critical for critical in indexes if _is_valid(critical) is not None]
    for critical in present:
        with connect(using=critical.alias, autocommit=True) as connection:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_TIMEOUT])
            connection.execute(
                sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(critical.name))
            )
    return present


def missing(aliases: Iterable[str] = DOMAINS) -> list[CriticalIndex]:
    return [critical for critical in declared(aliases) if not _is_valid(critical)]


def restore(critical: CriticalIndex) -> None:
    """Build it concurrently, exactly as its migration does. Interrupted, it can be called again."""
    wrapper = connections[critical.alias]
    is_partitioned = _is_partitioned(critical)
    if _is_valid(critical) is False and not is_partitioned:  # an interrupted build left it behind
        with wrapper.cursor() as cursor:
            name = sql.Identifier(critical.name)
            cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(name))
    operation = AddPartitionedIndexConcurrently if is_partitioned else AddIndexConcurrently
    now = ProjectState.from_apps(apps)
    with wrapper.schema_editor(atomic=False) as editor:
        operation(critical.model.__name__, critical.index).database_forwards(
            critical.model._meta.app_label, editor, now, now
        )


def _is_valid(critical: CriticalIndex) -> bool | None:
    """None where there is no such index."""
    with connections[critical.alias].cursor() as cursor:
        cursor.execute(_VALIDITY, {"table": critical.table})
        validity: dict[str, bool] = dict(cursor.fetchall())
    return validity.get(critical.name)


def _is_partitioned(critical: CriticalIndex) -> bool:
    with connections[critical.alias].cursor() as cursor:
        cursor.execute(
            "SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(quote_ident(%s))",
            [critical.table],
        )
        row = cursor.fetchone()
    return bool(row and row[0])
