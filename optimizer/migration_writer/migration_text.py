"""The text of a migration that builds indexes without stopping the writers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from optimizer.migration_writer.layout import Call, Expression, Name, laid_out, literal
from optimizer.migration_writer.names import Names, import_block

ADD_INDEX: Final = Name("django.contrib.postgres.operations", "AddIndexConcurrently")
ADD_PARTITIONED_INDEX: Final = Name("config.operations", "AddPartitionedIndexConcurrently")
RUN_SQL: Final = Name("django.db.migrations", "RunSQL")
MIGRATIONS: Final = Name("django.db", "migrations")
MODELS: Final = Name("django.db", "models")

TEXT: Final = """\
{imports}


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY runs outside a transaction

    dependencies = [
        ({app}, {dependency}),
    ]

{operations}
"""


def add_index(model_name: str, index: Call, *, is_partitioned: bool) -> Call:
    target = ADD_PARTITIONED_INDEX if is_partitioned else ADD_INDEX
    return Call(target, (), {"model_name": model_name, "index": index})


def run_sql(forwards: Sequence[str], backwards: str) -> Call:
    """For what no operation of Django can say; each statement is sent by itself."""
    sql: Expression = forwards[0] if len(forwards) == 1 else tuple(forwards)
    return Call(RUN_SQL, (), {"sql": sql, "reverse_sql": backwards})


def migration_text(*, app_label: str, dependency: str, operations: Sequence[Call]) -> str:
    names = Names({"migrations": MIGRATIONS, "models": MODELS})
    body = laid_out(tuple(operations), names, indent=4, before="operations = ")
    imports = [*names.missing, MIGRATIONS, *(names.used & {MODELS})]
    return TEXT.format(
        imports=import_block(imports),
        app=literal(app_label),
        dependency=literal(dependency),
        operations=body,
    )
