"""Which tables maintenance visits, with which statements, and whether the role may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.rows import class_row

from optimizer.exceptions import InsufficientPrivilege
from optimizer.models import Operation
from optimizer.observe.names import Table, find_table
from optimizer.sql import load

STATEMENTS = {
    Operation.VACUUM: sql.SQL("VACUUM {}"),
    Operation.ANALYZE: sql.SQL("ANALYZE {}"),
    Operation.VACUUM_ANALYZE: sql.SQL("VACUUM (ANALYZE) {}"),
    Operation.REINDEX: sql.SQL("REINDEX TABLE CONCURRENTLY {}"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """One table to maintain."""

    oid: int
    schema_name: str
    name: str
    kind: str
    may_vacuum: bool
    may_reindex: bool
    owner: str

    @property
    def table(self) -> Table:
        return Table(oid=self.oid, schema_name=self.schema_name, name=self.name, kind=self.kind)

    @property
    def qualified_name(self) -> str:
        return self.table.qualified_name

    def allows(self, operation: Operation) -> bool:
        return self.may_reindex if operation == Operation.REINDEX else self.may_vacuum

    def statement(self, operation: Operation) -> sql.Composed:
        return STATEMENTS[operation].format(self.table.identifier)


@dataclass(frozen=True, slots=True)
class Selection:
    """The tables of one run; `left_out` are those of others in a whole database."""

    targets: list[Target]
    left_out: list[Target]

    def statements(self, operation: Operation) -> list[str]:
        return [target.statement(operation).as_string(None) for target in self.targets]


def select_targets(
    connection: psycopg.Connection[Any], *, operation: Operation, table_name: str | None
) -> Selection:
    """Raises `UnknownTable`, or `InsufficientPrivilege` where the role may do none of it."""
    oid = find_table(connection, table_name).oid if table_name is not None else None
    with connection.cursor(row_factory=class_row(Target)) as cursor:
        found = cursor.execute(load("optimizer.act", "targets"), {"oid": oid}).fetchall()
    allowed = [target for target in found if target.allows(operation)]
    left_out = [target for target in found if not target.allows(operation)]
    if left_out and not allowed:
        raise InsufficientPrivilege(_refusal(connection, operation, left_out))
    return Selection(targets=allowed, left_out=left_out)


def _refusal(
    connection: psycopg.Connection[Any], operation: Operation, targets: list[Target]
) -> str:
    names = {
        "role": connection.info.user,
        "operation": operation.label,
        "table": targets[0].qualified_name,
        "owner": targets[0].owner,
    }
    if connection.info.server_version >= 170000:
        return (
            _(
                "The role %(role)s may not run %(operation)s on %(table)s, which belongs to "
                "%(owner)s: GRANT MAINTAIN ON %(table)s TO %(role)s;"
            )
            % names
        )
    return (
        _(
            "The role %(role)s may not run %(operation)s on %(table)s: only its owner %(owner)s "
            "and superusers may. Run it as %(owner)s, or GRANT %(owner)s TO %(role)s;"
        )
        % names
    )
