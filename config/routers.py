"""Which app lives in which database."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from config.databases import DOMAINS


def alias_of(app_label: str) -> str:
    """A domain app lives on the alias of its own name, everything else on `default`."""
    return app_label if app_label in DOMAINS else "default"


class DomainRouter:
    """Decides by app label alone: RunSQL and RunPython carry no model."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return alias_of(model._meta.app_label)

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return alias_of(model._meta.app_label)

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool:
        return alias_of(obj1._meta.app_label) == alias_of(obj2._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == alias_of(app_label)
