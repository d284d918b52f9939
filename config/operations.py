"""Migration operations that Django lacks."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from django.db.models import Index, Model

# The partitions of a table, and for each the state of its index of a given name.
PARTITION_INDEXES = """
SELECT child.relname AS partition,
       index_class.relname AS index,
       coalesce(pg_index.indisvalid, false) AS is_valid,
       index_link.inhparent IS NOT NULL AS is_attached
  FROM pg_inherits AS link
  JOIN pg_class AS child ON child.oid = link.inhrelid
  LEFT JOIN pg_class AS index_class
         ON index_class.relnamespace = child.relnamespace
        AND index_class.relname = left(%(index)s || substr(child.relname, length(%(table)s) + 1), 63)
  LEFT JOIN pg_index ON pg_index.indexrelid = index_class.oid
  LEFT JOIN pg_inherits AS index_link ON index_link.inhrelid = index_class.oid
 WHERE link.inhparent = to_regclass(quote_ident(%(table)s))
   AND NOT link.inhdetachpending
 ORDER BY child.relname
"""


class AddPartitionedIndexConcurrently(AddIndexConcurrently):
    """`AddIndexConcurrently` for a partitioned table, where PostgreSQL refuses CONCURRENTLY.

    The index is created on the parent alone, which takes no time, then concurrently on each
    partition, then attached. Interrupted anywhere, it goes on from there when run again.
    The table is found by its name alone, so it must be on the search path.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        schema_editor.execute(self._statement(model, schema_editor, only=True))
        for partition, index, is_valid, is_attached in self._partitions(model, schema_editor):
            if is_attached:
                continue
            self._build(model, schema_editor, partition, existing=index, is_valid=is_valid)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            # Dropping the parent's index drops those attached to it; CONCURRENTLY is refused here.
            quoted = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX IF EXISTS {quoted}")

    def describe(self) -> str:
        return (
            f"Concurrently create index {self.index.name} on {self.model_name}, "
            "partition by partition"
        )

    def _statement(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        *,
        only: bool = False,
        partition: str = "",
    ) -> str:
        index: Index = self.index
        statement: Any = index.create_sql(model, schema_editor, concurrently=not only)
        if only:
            statement.template = statement.template.replace(
                "CREATE INDEX %(name)s ON ", "CREATE INDEX IF NOT EXISTS %(name)s ON ONLY "
            )
        else:
            quote = schema_editor.quote_name
            statement.parts["table"] = quote(partition)
            statement.parts["name"] = quote(self._index_name(model, partition))
        return str(statement)

    def _index_name(self, model: type[Model], partition: str) -> str:
        return f"{self.index.name}{partition[len(model._meta.db_table) :]}"[:63]

    def _partitions(
        self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> list[tuple[str, str | None, bool, bool]]:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                PARTITION_INDEXES, {"table": model._meta.db_table, "index": self.index.name}
            )
            rows: list[tuple[str, str | None, bool, bool]] = cursor.fetchall()
            return rows

    def _build(
        self,
        model: type[Model],
        schema_editor: BaseDatabaseSchemaEditor,
        partition: str,
        *,
        existing: str | None,
        is_valid: bool,
    ) -> None:
        quote = schema_editor.quote_name
        name = quote(self._index_name(model, partition))
        if existing and not is_valid:  # what an interrupted build left behind
            schema_editor.execute(f"DROP INDEX CONCURRENTLY {name}")
        if not is_valid:
            schema_editor.execute(self._statement(model, schema_editor, partition=partition))
        schema_editor.execute(f"ALTER INDEX {quote(self.index.name)} ATTACH PARTITION {name}")
