"""Sorts suggestions into models, migrations, and what only plain SQL can say."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from django.apps import apps
from django.conf import settings
from django.db.models import Index, Model
from django.utils.translation import gettext as _
from pglast import ast as sql_ast
from pglast import parse_sql, split

from optimizer.exceptions import MigrationRefused
from optimizer.migration_writer.definition import (
    Inexpressible,
    definition,
    index_statements,
)
from optimizer.migration_writer.django_index import INDEX, index_call, model_definition
from optimizer.migration_writer.layout import Call, Name, one_line
from optimizer.migration_writer.migration_text import add_index, migration_text, run_sql
from optimizer.migration_writer.owners import (
    NextMigration,
    is_of_this_project,
    migration_that_names,
    next_migration,
    owner,
)
from optimizer.migration_writer.source import Source
from optimizer.observe.names import quoted
from optimizer.records import IndexSuggestion

STEM: Final = "suggested_indexes"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    path: str  # relative to the project
    old_text: str | None  # None: it is new
    new_text: str


class Draft:
    """What the suggestions of one alias come to."""

    def __init__(self, alias: str) -> None:
        self.plain_sql: list[str] = []
        self.notes: list[str] = []
        self.obstacles: list[str] = []
        self._alias = alias
        self._migrations: dict[str, NextMigration] = {}
        self._operations: dict[str, list[Call]] = {}  # by app
        self._indexes: dict[type[Model], list[Call]] = {}

    def add(self, connection: psycopg.Connection[Any], suggestion: IndexSuggestion) -> None:
        table = f"{quoted(suggestion.schema_name)}.{quoted(suggestion.table_name)}"
        model = owner(
            connection,
            alias=self._alias,
            schema=suggestion.schema_name,
            table=suggestion.table_name,
        )
        if model is None:
            self._leave(suggestion, _("No model of the project owns %s.") % table)
            return
        app = apps.get_app_config(model._meta.app_label)
        if not is_of_this_project(app):
            self._leave(
                suggestion,
                _("%(table)s belongs to the installed package %(app)s.")
                % {"table": table, "app": app.name},
            )
            return
        try:
            if app.label not in self._migrations:
                self._migrations[app.label] = next_migration(app.label, stem=STEM)
        except MigrationRefused as exc:
            self._leave(suggestion, str(exc))
            return
        self._add_to_model(model, suggestion)

    def files(self) -> list[PlannedFile]:
        """The patched models, then the migrations."""
        return [*self._patched(), *self._new_migrations()]

    def _leave(self, suggestion: IndexSuggestion, reason: str) -> None:
        self.notes.append(
            _("%(reason)s Suggestion %(number)d stays plain SQL.")
            % {"reason": reason, "number": suggestion.number}
        )
        self.plain_sql.append(suggestion.create_sql)

    def _add_to_model(self, model: type[Model], suggestion: IndexSuggestion) -> None:
        """As an index of the model where Django would build the very same, else as SQL."""
        known = self._known(model, suggestion)
        if known:
            self._leave(suggestion, known)
            return
        trees = index_statements(suggestion.create_sql)
        parents = [tree for tree in trees if not tree.relation.inh]  # ON ONLY
        try:
            if len(parents) > 1:
                raise Inexpressible  # partitions of partitions
            btree = _index_class(_source(model))
            call = index_call(
                model, suggestion.name, definition(trees[0]), alias=self._alias, btree=btree
            )
        except Inexpressible:
            self._add_sql(model, suggestion, is_partitioned=bool(parents))
            return
        self._indexes.setdefault(model, []).append(call)
        operations = self._operations.setdefault(model._meta.app_label, [])
        operations += [run_sql([sql], "") for sql in _preparations(suggestion.create_sql)]
        operations.append(
            add_index(model._meta.model_name or "", call, is_partitioned=bool(parents))
        )

    def _known(self, model: type[Model], suggestion: IndexSuggestion) -> str:
        """Where the index is written down already, as a sentence."""
        folder = self._migrations[model._meta.app_label].folder
        migration = migration_that_names(folder, suggestion.name)
        if migration:
            return _("The migration %(migration)s of %(app)s builds it; run manage.py migrate.") % {
                "migration": migration,
                "app": model._meta.app_label,
            }
        (tree, *_more) = index_statements(suggestion.create_sql)
        for index in model._meta.indexes:
            try:
                is_same = model_definition(model, index, alias=self._alias) == definition(tree)
            except Inexpressible:
                continue  # it has something that this module never writes
            if is_same:
                return _("The model %(model)s has it, as %(name)s, but not the database.") % {
                    "model": model._meta.label,
                    "name": index.name,
                }
        return ""

    def _add_sql(
        self, model: type[Model], suggestion: IndexSuggestion, *, is_partitioned: bool
    ) -> None:
        how = "" if is_partitioned else "CONCURRENTLY "
        name = f"{quoted(suggestion.schema_name)}.{quoted(suggestion.name)}"
        self.notes.append(
            _(
                "The Meta of %(model)s cannot say suggestion %(number)d as it is, so its migration "
                "runs SQL."
            )
            % {"model": model._meta.label, "number": suggestion.number}
        )
        self._operations.setdefault(model._meta.app_label, []).append(
            run_sql(split(suggestion.create_sql), f"DROP INDEX {how}IF EXISTS {name}")
        )

    def _patched(self) -> Iterator[PlannedFile]:
        files: dict[str, tuple[str, Source]] = {}
        for model, calls in self._indexes.items():
            source = _source(model)
            old, source = files.setdefault(source.path, (source.text, source))
            try:
                source.add_indexes(model.__qualname__, calls)
            except MigrationRefused as exc:
                names = source.names()
                wanted = ", ".join(one_line(call, names) for call in calls)
                self.obstacles.append(
                    _("%(reason)s Add this to the indexes of %(model)s by hand: %(indexes)s")
                    % {"reason": exc, "model": model.__name__, "indexes": wanted}
                )
        for path, (old, source) in files.items():
            if source.text != old:
                yield PlannedFile(path, old, source.text)

    def _new_migrations(self) -> Iterator[PlannedFile]:
        for app_label, operations in self._operations.items():
            place = self._migrations[app_label]
            path = place.folder / f"{place.name}.py"
            text = migration_text(
                app_label=app_label, dependency=place.dependency, operations=operations
            )
            yield PlannedFile(_relative(path), None, text)


def _preparations(sql: str) -> list[str]:
    """Statements that neither create an index nor attach one, such as CREATE EXTENSION."""
    return [
        statement
        for statement, raw in zip(split(sql), parse_sql(sql), strict=True)
        if not isinstance(raw.stmt, sql_ast.IndexStmt | sql_ast.AlterTableStmt)
    ]


def _source(model: type[Model]) -> Source:
    path = Path(inspect.getfile(model))
    return Source(path.read_bytes().decode(), path=_relative(path))


def _relative(path: Path) -> str:
    return path.resolve().relative_to(Path(settings.BASE_DIR).resolve()).as_posix()


def _index_class(source: Source) -> Name:
    """The project may have one of its own, which takes longer names."""
    own = source.bound("Index")
    if own is not None and issubclass(own.imported(), Index):
        return own
    return INDEX
