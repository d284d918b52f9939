"""System checks: does each database offer what the optimizer reads?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register
from django.utils.translation import gettext as _

from optimizer.connect import open_connection, postgresql_aliases
from optimizer.exceptions import OptimizerError
from optimizer.observe.capabilities import capabilities
from optimizer.records import Capabilities

CHECK_TIMEOUT_S: Final = 5


@register(Tags.database)
def extensions_are_usable(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    given = set(databases or ())
    messages: list[CheckMessage] = []
    for alias in postgresql_aliases():
        found = _capabilities(alias) if alias in given else None
        if found is not None:
            messages += _statements_warnings(alias, found) + _hypopg_warnings(alias, found)
    return messages


def _capabilities(alias: str) -> Capabilities | None:
    try:
        with open_connection(
            using=alias,
            purpose="check",
            statement_timeout=CHECK_TIMEOUT_S,
            lock_timeout=CHECK_TIMEOUT_S,
        ) as connection:
            return capabilities(connection)
    except OptimizerError:
        return None  # config.W001 says that it is unreachable


def _statements_warnings(alias: str, found: Capabilities) -> list[CheckMessage]:
    if found.has_pg_stat_statements:
        return []
    return [
        Warning(
            _("The optimizer cannot see the slow statements of %s.") % alias,
            hint=found.pg_stat_statements_problem,
            id="optimizer.W001",
        )
    ]


def _hypopg_warnings(alias: str, found: Capabilities) -> list[CheckMessage]:
    if found.has_hypopg:
        return []
    return [
        Warning(
            _("The optimizer cannot prove its index suggestions for %s.") % alias,
            hint=found.hypopg_problem,
            id="optimizer.W002",
        )
    ]
