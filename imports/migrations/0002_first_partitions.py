from typing import Any

from django.db import migrations

from imports import partitions


def create_first_months(apps: Any, schema_editor: Any) -> None:
    """A fresh install can log from its first minute; `maintain_partitions` goes on from there."""
    if schema_editor.connection.alias == "imports":
        partitions.create_ahead(using="imports", months=partitions.MONTHS_AHEAD)


class Migration(migrations.Migration):
    atomic = False  # each month is a transaction of its own

    dependencies = [
        ("imports", "0001_initial"),
    ]

    # Going back has nothing to undo: dropping import_logs drops its partitions.
    operations = [migrations.RunPython(create_first_months, migrations.RunPython.noop)]
