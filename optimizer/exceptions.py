"""What can go wrong, one class per cause; the message says what to do."""

from __future__ import annotations


class OptimizerError(Exception):
    """Base of everything the optimizer raises on purpose."""


class UnknownAlias(OptimizerError):
    """The name is none of `settings.DATABASES`, or not a PostgreSQL database."""


class DatabaseUnavailable(OptimizerError):
    """No connection: down, unreachable, refused or full. Another alias may well answer."""


class UnsupportedServer(OptimizerError):
    """The server is older than PostgreSQL 15."""


class UnknownTable(OptimizerError):
    """No table of that name, or several: the message lists the nearest."""


class InsufficientPrivilege(OptimizerError):
    """The role may not do it; the message names the grant that is missing."""


class QueryTimedOut(OptimizerError):
    """A statement of the optimizer was stopped: by its timeout, a lock, or an administrator."""


class StatementsUnavailable(OptimizerError):
    """pg_stat_statements is not there or not loaded, so nothing is known about statements."""


class UnknownStatement(OptimizerError):
    """pg_stat_statements has no statement of that query id: reset, evicted, or not to be seen."""


class PlanUnavailable(OptimizerError):
    """The statement has no generic plan, or must not be planned; the message says why."""


class MaintenanceRefused(OptimizerError):
    """The maintenance was not started: already running, not allowed, or not recordable."""


class WorkloadUnreadable(OptimizerError):
    """The file of statements cannot be used; the message says why, and where in it."""


class InvalidBudget(OptimizerError):
    """What was given as a size is none."""


class MigrationRefused(OptimizerError):
    """The migration cannot be written; the message says what stands in the way."""


class UnknownSuggestion(OptimizerError):
    """The advisor suggests no such index, or not any more."""
