"""Which model owns a table, and where its app keeps its migrations."""

from __future__ import annotations

import re
import sysconfig
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import psycopg
from django.apps import AppConfig, apps
from django.conf import settings
from django.db import router
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.utils.translation import gettext as _

from optimizer.exceptions import MigrationRefused

NUMBER: Final = re.compile(r"\d+")

# Whether the name alone, as models give it, leads to the table.
IS_FOUND_BY_NAME: Final = """
SELECT to_regclass(quote_ident(%(table)s))
     = to_regclass(quote_ident(%(schema)s) || '.' || quote_ident(%(table)s))
"""


@dataclass(frozen=True, slots=True)
class NextMigration:
    """The place of an app's next migration."""

    folder: Path
    dependency: str  # the last one there is
    name: str


def owner(
    connection: psycopg.Connection[Any], *, alias: str, schema: str, table: str
) -> type[Model] | None:
    """The managed model of the table, if there is one that lives on the alias."""
    row = connection.execute(IS_FOUND_BY_NAME, {"schema": schema, "table": table}).fetchone()
    names = {f'"{schema}"."{table}"', f'{schema}"."{table}'}
    if row is not None and row[0]:
        names.add(table)
    for model in apps.get_models():
        meta = model._meta
        is_owner = meta.managed and not meta.proxy and meta.db_table in names
        if is_owner and router.allow_migrate_model(alias, model):
            return model
    return None


def is_of_this_project(app: AppConfig) -> bool:
    """Not of a package that was installed, whose files are nobody's to change."""
    path = Path(app.path).resolve()
    installed = {Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib")}
    return path.is_relative_to(Path(settings.BASE_DIR).resolve()) and not any(
        path.is_relative_to(place) for place in installed
    )


def migration_that_names(folder: Path, index: str) -> str | None:
    """A migration that was written for the index already."""
    for path in sorted(folder.glob("*.py")):
        if re.search(rf"\b{re.escape(index)}\b", path.read_bytes().decode()):
            return path.stem
    return None


def next_migration(app_label: str, *, stem: str) -> NextMigration:
    """Raises `MigrationRefused` where the app has no migrations, or two that are the last."""
    module, _is_explicit = MigrationLoader.migrations_module(app_label)
    loader = MigrationLoader(None, ignore_no_migrations=True)
    leaves = loader.graph.leaf_nodes(app_label)
    if module is None or not leaves:
        raise MigrationRefused(_("The app “%s” has no migrations.") % app_label)
    if len(leaves) > 1:
        raise MigrationRefused(
            _("The app “%(app)s” has several last migrations (%(names)s). Merge them first.")
            % {"app": app_label, "names": ", ".join(name for _app, name in leaves)}
        )
    last = leaves[0][1]
    number = NUMBER.match(last)
    folder = Path(import_module(module).__path__[0]).resolve()
    if not folder.is_relative_to(Path(settings.BASE_DIR).resolve()):
        raise MigrationRefused(
            _("The migrations of the app “%s” are not in this project.") % app_label
        )
    return NextMigration(
        folder=folder,
        dependency=last,
        name=f"{int(number[0]) + 1 if number else 1:04d}_{stem}",
    )
