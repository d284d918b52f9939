"""Which table a person means."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.utils.translation import gettext as _
from pglast.keywords import COL_NAME_KEYWORDS, RESERVED_KEYWORDS, TYPE_FUNC_NAME_KEYWORDS
from psycopg import sql
from psycopg.rows import class_row

from optimizer.exceptions import UnknownTable
from optimizer.sql import load

KEYWORDS: Final = RESERVED_KEYWORDS | TYPE_FUNC_NAME_KEYWORDS | COL_NAME_KEYWORDS


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the catalogue names it."""

    oid: int
    schema_name: str
    name: str
    kind: str  # pg_class.relkind: r table, p partitioned table, m materialised view

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema_name, self.name)

    @property
    def qualified_name(self) -> str:
        """Schema and name, quoted where PostgreSQL needs it: for people and for the shell."""
        return f"{quoted(self.schema_name)}.{quoted(self.name)}"


def quoted(name: str) -> str:
    """A name as SQL takes it: in double quotes where it would be folded or taken for a keyword."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain and name not in KEYWORDS else '"' + name.replace('"', '""') + '"'


def find_table(connection: psycopg.Connection[Any], name: str) -> Table:
    """The table called `schema.table` or `table`, `public` first; raises `UnknownTable`."""
    found = _candidates(connection, name)
    if len(found) == 1:
        return found[0]
    if found:
        raise UnknownTable(
            _("“%(name)s” may be any of %(tables)s. Give its schema too.")
            % {"name": name, "tables": ", ".join(table.qualified_name for table in found)}
        )
    near = _near_names(connection, name)
    if near:
        raise UnknownTable(
            _("There is no table “%(name)s”. Did you mean %(near)s?")
            % {"name": name, "near": ", ".join(near)}
        )
    raise UnknownTable(_("There is no table “%s” in this database.") % name)


def _candidates(connection: psycopg.Connection[Any], name: str) -> list[Table]:
    if "\x00" in name:
        return []
    with connection.cursor(row_factory=class_row(Table)) as cursor:
        statement = load("optimizer.observe", "table_names")
        return cursor.execute(statement, {"name": name}).fetchall()


def _near_names(connection: psycopg.Connection[Any], name: str) -> list[str]:
    rows = connection.execute(load("optimizer.observe", "all_table_names")).fetchall()
    full_names = {full: full for (full,) in rows}
    bare_names = {full.split(".", 1)[1]: full for full in full_names}
    near = difflib.get_close_matches(name, [*bare_names, *full_names], n=3)
    return list(dict.fromkeys((bare_names | full_names)[match] for match in near))
