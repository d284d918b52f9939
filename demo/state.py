"""What is in a database: nothing, demonstration data, or something else.

A comment on one table of each database says that, and what, `load_demo` wrote. It commits together
with the rows, so it is there when all of them are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.apps import apps
from django.db import ProgrammingError, connections
from django.utils.translation import gettext as _
from psycopg import sql

from demo.data.plan import Plan
from demo.exceptions import NotDemoData, NotMigrated

MARKED_TABLES = {
    "catalog": "suppliers",
    "imports": "import_configs",
    "media": "media_files",
    "code2asin": "marketplaces",
    "analytics": "reports",
}
_MARK = "Demonstration data: seed {seed}, scale {scale}, until {anchor}"
_UNTIDY = " (to be vacuumed)"
_PATTERN = re.compile(
    r"^Demonstration data: seed (?P<seed>-?\d+), scale (?P<scale>\S+), until (?P<anchor>\S+)"
    rf"(?P<untidy>{re.escape(_UNTIDY)})?$"
)


@dataclass(frozen=True, slots=True)
class State:
    alias: str
    plan: Plan | None  # what `load_demo` wrote; None: it did not, or all of it is gone
    is_tidy: bool  # vacuumed and analyzed after the load
    tables_with_rows: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not self.tables_with_rows

    @property
    def is_foreign(self) -> bool:
        return bool(self.tables_with_rows) and self.plan is None


def tables_of(alias: str) -> list[str]:
    return sorted(model._meta.db_table for model in apps.get_app_config(alias).get_models())


def look(*, using: str) -> State:
    """Cheap whatever the size: it asks each table for one row."""
    filled = []
    with connections[using].cursor() as cursor:
        try:
            for table in tables_of(using):
                query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
                cursor.execute(query)
                filled += [table] * cursor.fetchone()[0]
            cursor.execute(
                "SELECT obj_description(%s::regclass, 'pg_class')", [MARKED_TABLES[using]]
            )
            (comment,) = cursor.fetchone()
        except ProgrammingError as exc:
            text = _("%(alias)s: %(error)s Run “manage.py migrate_all” first.")
            raise NotMigrated(text % {"alias": using, "error": str(exc).split("\n")[0]}) from exc
    match = _PATTERN.match(comment or "") if MARKED_TABLES[using] in filled else None
    if match is None:
        return State(using, None, True, tuple(filled))
    anchor = datetime.fromisoformat(match["anchor"])
    plan = Plan(int(match["seed"]), float(match["scale"]), anchor)
    return State(using, plan, match["untidy"] is None, tuple(filled))


def mark(connection: psycopg.Connection, plan: Plan, *, using: str, is_tidy: bool) -> None:
    text = _MARK.format(seed=plan.seed, scale=plan.scale, anchor=plan.anchor.isoformat())
    text += "" if is_tidy else _UNTIDY
    connection.execute(
        sql.SQL("COMMENT ON TABLE {} IS {}").format(
            sql.Identifier(MARKED_TABLES[using]), sql.Literal(text)
        )
    )


def require_demo_data(aliases: Iterable[str]) -> None:
    """Raise `NotDemoData` unless all of these databases hold what `load_demo` wrote."""
    others = [alias for alias in aliases if look(using=alias).plan is None]
    if others:
        text = _(
            "This is only done to demonstration data, and these databases hold none: %(aliases)s. "
            "“manage.py load_demo” loads it into empty databases."
        )
        raise NotDemoData(text % {"aliases": ", ".join(others)})
