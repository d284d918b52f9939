"""The optimizer's own connections: short-lived, unpooled, in autocommit.

Not Django's, because session state (hypothetical indexes, advisory locks, timeouts) would leak to
whoever gets the pooled connection next, and VACUUM refuses to run inside a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils.translation import gettext as _
from psycopg import errors

from optimizer.exceptions import (
    DatabaseUnavailable,
    InsufficientPrivilege,
    OptimizerError,
    QueryTimedOut,
    UnknownAlias,
    UnsupportedServer,
)
from optimizer.sql import marked

APPLICATION_NAME: Final = "suppliers-import optimizer"
CONNECT_TIMEOUT_S: Final = 3
OLDEST_SERVER: Final = 150000

SESSION_TIMEOUTS = marked(
    "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)"
)
# How Django wants its own cursors to behave and values to be read.
DJANGOS_OWN: Final = ("cursor_factory", "context")


@contextmanager
def open_connection(
    *, using: str, purpose: str, statement_timeout: float, lock_timeout: float
) -> Iterator[psycopg.Connection[Any]]:
    """An autocommit connection to the database of an alias; timeouts in seconds, 0 for none.

    `purpose` is one word for pg_stat_activity. Whatever psycopg raises, here or in the block,
    leaves as an `OptimizerError`.
    """
    with _connected(using=using, purpose=purpose) as connection, translated_errors(using=using):
        if connection.info.server_version < OLDEST_SERVER:
            raise UnsupportedServer(
                _("“%(alias)s” runs PostgreSQL %(major)d; the optimizer needs 15 or later.")
                % {"alias": using, "major": connection.info.server_version // 10000}
            )
        timeouts = (f"{statement_timeout * 1000:.0f}ms", f"{lock_timeout * 1000:.0f}ms")
        connection.execute(SESSION_TIMEOUTS, timeouts)
        yield connection


@contextmanager
def translated_errors(*, using: str) -> Iterator[None]:
    """Turn what psycopg raises in the block into the optimizer's exceptions."""
    try:
        yield
    except errors.InsufficientPrivilege as exc:
        raise InsufficientPrivilege(
            _("The role of “%(alias)s” lacks a privilege: %(reason)s")
            % {"alias": using, "reason": reason(exc)}
        ) from exc
    except (errors.QueryCanceled, errors.LockNotAvailable) as exc:
        raise QueryTimedOut(
            _("A statement on “%(alias)s” was stopped: %(reason)s. Try again when it is less busy.")
            % {"alias": using, "reason": reason(exc)}
        ) from exc
    except psycopg.OperationalError as exc:
        raise _unavailable(using, exc) from exc
    except psycopg.Error as exc:
        raise OptimizerError(
            _("PostgreSQL refused a statement of the optimizer on “%(alias)s”: %(reason)s")
            % {"alias": using, "reason": reason(exc)}
        ) from exc


def reason(exc: psycopg.Error) -> str:
    """What PostgreSQL said, on one line; its details stay away because they may quote rows."""
    return " ".join((exc.diag.message_primary or str(exc)).split())


def postgresql_aliases() -> list[str]:
    """The aliases of the settings that point at PostgreSQL, in their order."""
    return [alias for alias in connections if connections[alias].vendor == "postgresql"]


def connection_parameters(*, using: str) -> dict[str, Any]:
    """What psycopg needs to reach an alias, the test database's name included."""
    if using not in connections.settings:
        known = ", ".join(postgresql_aliases())
        raise UnknownAlias(
            _("There is no database “%(alias)s”. Choose one of: %(known)s.")
            % {"alias": using, "known": known}
        )
    if connections[using].vendor != "postgresql":
        raise UnknownAlias(_("“%s” is not a PostgreSQL database.") % using)
    try:
        parameters = connections[using].get_connection_params()
    except ImproperlyConfigured as exc:
        raise DatabaseUnavailable(str(exc)) from exc
    return {name: value for name, value in parameters.items() if name not in DJANGOS_OWN}


@contextmanager
def _connected(*, using: str, purpose: str) -> Iterator[psycopg.Connection[Any]]:
    parameters = connection_parameters(using=using) | {
        "application_name": f"{APPLICATION_NAME}: {purpose}",
        "connect_timeout": CONNECT_TIMEOUT_S,
    }
    try:
        connection = psycopg.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as exc:
        raise _unavailable(using, exc) from exc
    except psycopg.ProgrammingError as exc:
        raise DatabaseUnavailable(
            _("The settings of “%(alias)s” are not understood: %(reason)s")
            % {"alias": using, "reason": reason(exc)}
        ) from exc
    try:
        yield connection
    finally:
        connection.close()


def _unavailable(using: str, exc: psycopg.Error) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        _(
            "“%(alias)s” does not answer: %(reason)s. "
            "Check that the server runs and that the settings of this alias are right."
        )
        % {"alias": using, "reason": reason(exc).rstrip(".?")}
    )
