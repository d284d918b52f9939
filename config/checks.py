"""System checks of the databases: what has to be true before the pages can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from config.databases import ALIASES, DOMAINS, URL_VARIABLES, pool_sizes

# The settings of a server that the budget has to fit in, and which database answers.
SERVER = """
SELECT current_database(),
       current_setting('max_connections')::integer
       - current_setting('superuser_reserved_connections')::integer
"""


@register
def every_app_has_a_database(
    *, app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    return [
        Error(
            _("The app %(app)s has no database.") % {"app": alias},
            hint=_("Set %(variable)s and add the alias to DATABASES.")
            % {"variable": URL_VARIABLES[alias]},
            id="config.E001",
        )
        for alias in DOMAINS
        if alias not in settings.DATABASES
    ]


@register
def no_database_has_two_aliases(
    *, app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Two aliases of one database: the second `migrate` would believe that all is applied."""
    aliases: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for alias in _known(settings.DATABASES):
        config = settings.DATABASES[alias]
        place = (*_server_of(config), config["NAME"])
        aliases[place].append(alias)
    return [
        Error(
            _("The aliases %(aliases)s are one database.") % {"aliases": ", ".join(names)},
            hint=_("Give each alias a database of its own."),
            id="config.E002",
        )
        for names in aliases.values()
        if len(names) > 1
    ]


@register(Tags.database)
def the_right_database_answers(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    for alias in _known(databases or ()):
        name = connections[alias].settings_dict["NAME"]
        try:
            answering, __ = _server(alias)
        except (DatabaseError, psycopg.Error) as exc:
            messages.append(_unreachable(alias, exc))
            continue
        if answering != name:
            messages.append(
                Error(
                    _("%(alias)s should be %(name)s, but %(answering)s answers.")
                    % {"alias": alias, "name": name, "answering": answering},
                    hint=_("Correct %(variable)s, or the pooler that it points at.")
                    % {"variable": URL_VARIABLES[alias]},
                    id="config.E003",
                )
            )
    return messages


@register(Tags.database)
def the_pools_fit_the_servers(
    *,
    app_configs: Sequence[AppConfig] | None = None,
    databases: Iterable[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """The sum of the pools on each server against what that server accepts."""
    budget: dict[tuple[str, str], int] = defaultdict(int)
    limit: dict[tuple[str, str], int] = {}
    sizes = pool_sizes(settings.ENV)
    for alias in _known(databases or ()):
        server = _server_of(connections[alias].settings_dict)
        budget[server] += sizes[alias].maximum
        try:
            __, limit[server] = _server(alias)
        except (DatabaseError, psycopg.Error):
            continue  # config.W001 says that it is unreachable
    return [
        Warning(
            _("The pools may open %(budget)d connections to %(server)s, which accepts %(limit)d.")
            % {"budget": budget[server], "server": ":".join(server), "limit": limit[server]},
            hint=_("Raise max_connections, or lower the ..._POOL_SIZE and ..._MAX_OVERFLOW."),
            id="config.W002",
        )
        for server in limit
        if budget[server] > limit[server]
    ]


def _server_of(config: dict[str, Any]) -> tuple[str, str]:
    """Host and port, the names of this machine taken for one."""
    host = config.get("HOST") or "localhost"
    is_here = host in {"127.0.0.1", "::1"}
    return "localhost" if is_here else host, str(config.get("PORT") or 5432)


def _known(aliases: Iterable[str]) -> list[str]:
    given = set(aliases)
    return [alias for alias in ALIASES if alias in given]


def _server(alias: str) -> tuple[str, int]:
    with connections[alias].cursor() as cursor:
        cursor.execute(SERVER)
        name, limit = cursor.fetchone()
        return name, limit


def _unreachable(alias: str, exc: Exception) -> CheckMessage:
    return Warning(
        _("The database %(alias)s cannot be reached: %(error)s")
        % {"alias": alias, "error": str(exc).strip()},
        hint=_("Start it, or correct %(variable)s.") % {"variable": URL_VARIABLES[alias]},
        id="config.W001",
    )
