"""The monthly partitions of import_logs: create months ahead, retire old ones.

Every function works on its own connection in autocommit, takes an advisory lock so that two
machines never do the same thing at once, and can be interrupted and run again at any point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from django.db import connections
from django.utils.translation import gettext as _
from psycopg import sql

TABLE = "import_logs"
MONTHS_AHEAD = 3
MONTHS_KEPT = 24
GRACE = timedelta(days=7)

# Creating and detaching wait for a lock on the parent; whoever logs then queues behind the wait.
LOCK_TIMEOUT = "5s"
ADVISORY_LOCK = 0x53495F4C4F4753  # "SI_LOGS"
MARK = re.compile(r"^suppliers-import: retired (?P<at>\S+)$")

EXISTING = """
SELECT child.relname,
       link.inhparent IS NOT NULL AS is_attached,
       coalesce(link.inhdetachpending, false) AS is_detach_pending,
       coalesce(obj_description(child.oid, 'pg_class'), '') AS comment
  FROM pg_class AS child
  LEFT JOIN pg_inherits AS link ON link.inhrelid = child.oid
 WHERE child.relkind = 'r'
   AND child.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = %(table)s::regclass)
   AND child.relname ~ ('^' || %(table)s || '_[0-9]{4}_(0[1-9]|1[0-2])$')
   AND (link.inhparent IS NULL OR link.inhparent = %(table)s::regclass)
 ORDER BY child.relname
"""


class PartitionsBusy(Exception):
    """Another process is maintaining the partitions; run the command again when it is done."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; its partition spans it from UTC midnight to UTC midnight."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime) -> Month:
        utc = moment.astimezone(UTC)
        return cls(utc.year, utc.month)

    @classmethod
    def of_partition(cls, name: str) -> Month:
        year, number = name[-7:].split("_")
        return cls(int(year), int(number))

    def __add__(self, months: int) -> Month:
        year, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, index + 1)

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def partition(self) -> str:
        return f"{TABLE}_{self.year:04d}_{self.number:02d}"


@dataclass(frozen=True, slots=True)
class Partition:
    name: str
    is_attached: bool
    is_detach_pending: bool
    retired_at: datetime | None  # when it was detached by us; None: it never was

    @property
    def month(self) -> Month:
        return Month.of_partition(self.name)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, or would be."""

    action: str  # create, detach, finalize or drop
    partition: str


def existing(*, using: str) -> list[Partition]:
    """All monthly tables, attached and retired, oldest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(EXISTING, {"table": TABLE})
        return [
            Partition(name, is_attached, is_detach_pending, _retired_at(comment))
            for name, is_attached, is_detach_pending, comment in cursor.fetchall()
        ]


def months_ahead(*, using: str, now: datetime) -> int:
    """How many whole months after the current one can be written to without a gap; -1: not even now."""
    attached = {part.month for part in existing(using=using) if part.is_attached}
    ahead = -1
    while Month.of(now) + (ahead + 1) in attached:
        ahead += 1
    return ahead


def create_ahead(
    *, using: str, months: int, now: datetime | None = None, dry_run: bool = False
) -> list[Step]:
    """Create what is missing of the current month and the next `months`."""
    current = Month.of(now or datetime.now(UTC))
    return create(using=using, months=[current + n for n in range(months + 1)], dry_run=dry_run)


def create(*, using: str, months: list[Month], dry_run: bool = False) -> list[Step]:
    """Create and attach the partitions of `months` that do not exist."""
    steps = _missing(months, using=using)
    if dry_run or not steps:
        return steps
    with _maintenance(using=using) as connection:
        steps = _missing(months, using=using)  # another machine may have been faster
        for step in steps:
            _create(connection, Month.of_partition(step.partition))
    return steps


def retire(
    *,
    using: str,
    keep: int,
    grace: timedelta = GRACE,
    now: datetime | None = None,
    dry_run: bool = False,
) -> list[Step]:
    """Detach partitions older than `keep` months; drop those that were detached `grace` ago.

    Only what was detached here is ever dropped: the table's comment says so and since when.
    """
    now = now or datetime.now(UTC)
    steps = _retirable(using=using, keep=keep, grace=grace, now=now)
    if dry_run or not steps:
        return steps
    with _maintenance(using=using) as connection:
        steps = _retirable(using=using, keep=keep, grace=grace, now=now)
        try:
            for step in steps:
                _retire(connection, step, now)
        finally:
            _clear_stale_marks(connection, using=using)
    return steps


def _retired_at(comment: str) -> datetime | None:
    match = MARK.match(comment)
    return datetime.fromisoformat(match["at"]) if match else None


def _missing(months: list[Month], *, using: str) -> list[Step]:
    names = {part.name for part in existing(using=using) if part.is_attached}
    return [Step("create", m.partition) for m in months if m.partition not in names]


def _retirable(*, using: str, keep: int, grace: timedelta, now: datetime) -> list[Step]:
    oldest_kept = Month.of(now) + -keep
    steps = []
    for part in existing(using=using):
        if part.is_detach_pending:
            steps.append(Step("finalize", part.name))
        elif part.is_attached and part.month < oldest_kept:
            steps.append(Step("detach", part.name))
        elif not part.is_attached and part.retired_at and part.retired_at + grace <= now:
            steps.append(Step("drop", part.name))
    return steps


@contextmanager
def _maintenance(*, using: str) -> Iterator[psycopg.Connection]:
    """An own connection in autocommit that holds the advisory lock: DETACH CONCURRENTLY needs it."""
    params = connections[using].get_connection_params()
    params.pop("pool", None)
    params["application_name"] = "suppliers-import partitions"
    with psycopg.connect(**params, autocommit=True) as connection:
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone()
        if not row or not row[0]:
            raise PartitionsBusy(
                _("Another process is maintaining the partitions; try again when it is done.")
            )
        yield connection


def _create(connection: psycopg.Connection, month: Month) -> None:
    """Create the table by itself, then attach it: that lets readers and writers go on."""
    names = {"parent": sql.Identifier(TABLE), "partition": sql.Identifier(month.partition)}
    with connection.transaction():
        connection.execute(
            sql.SQL(
                "CREATE TABLE {partition} "
                "(LIKE {parent} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)"
            ).format(**names)
        )
        connection.execute(
            sql.SQL(
                "ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES FROM ({start}) TO ({end})"
            ).format(
                **names,
                start=sql.Literal(month.start.isoformat()),
                end=sql.Literal((month + 1).start.isoformat()),
            )
        )


def _clear_stale_marks(connection: psycopg.Connection, *, using: str) -> None:
    """A detach that failed, or was undone by hand, must not let a later one by hand be dropped."""
    for part in existing(using=using):
        if part.retired_at and part.is_attached and not part.is_detach_pending:
            connection.execute(
                sql.SQL("COMMENT ON TABLE {} IS NULL").format(sql.Identifier(part.name))
            )


def _retire(connection: psycopg.Connection, step: Step, now: datetime) -> None:
    names = {"parent": sql.Identifier(TABLE), "partition": sql.Identifier(step.partition)}
    if step.action == "detach":
        # Marked first: killed after the detach, the table would otherwise belong to nobody.
        mark = sql.Literal(f"suppliers-import: retired {now.isoformat()}")
        connection.execute(
            sql.SQL("COMMENT ON TABLE {partition} IS {mark}").format(mark=mark, **names)
        )
        statement = "ALTER TABLE {parent} DETACH PARTITION {partition} CONCURRENTLY"
    elif step.action == "finalize":
        statement = "ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE"
    else:
        statement = "DROP TABLE {partition}"
    connection.execute(sql.SQL(statement).format(**names))
