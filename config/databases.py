"""The six databases: their aliases, pools, and the budget the pools share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import environ


@dataclass(frozen=True, slots=True)
class PoolSize:
    """Connections of one alias over the whole deployment: kept open, and opened on demand on top."""

    size: int
    overflow: int

    @property
    def maximum(self) -> int:
        return self.size + self.overflow

    def share(self, workers: int) -> PoolSize:
        """What one of `workers` processes may use, so that together they stay within the budget.

        Rounded down, but never to nothing: a process that serves needs one connection.
        """
        maximum = max(1, math.floor(self.maximum / workers))
        size = min(maximum, math.floor(self.size / workers))
        return PoolSize(size=size, overflow=maximum - size)


# Small and lazy: a command or a test must not take the connections of the servers that serve.
COMMAND_POOL = PoolSize(size=0, overflow=8)

DOMAINS = ("catalog", "imports", "media", "code2asin", "analytics")
ALIASES = ("default", *DOMAINS)

URL_VARIABLES = {
    "default": "DATABASE_URL",
    **{alias: f"{alias.upper()}_DATABASE_URL" for alias in DOMAINS},
}
DATABASE_NAMES = {"default": "db_console", **{alias: f"db_{alias}" for alias in DOMAINS}}

DEFAULT_POOLS = {
    "default": PoolSize(size=5, overflow=10),
    "catalog": PoolSize(size=30, overflow=40),
    "imports": PoolSize(size=20, overflow=40),
    "media": PoolSize(size=15, overflow=40),
    "code2asin": PoolSize(size=12, overflow=40),
    "analytics": PoolSize(size=10, overflow=40),
}


def pool_sizes(env: environ.Env) -> dict[str, PoolSize]:
    """The deployment's pool per alias: its own variables, else the common ones, else the design's."""
    return {
        alias: PoolSize(
            size=env.int(f"{alias.upper()}_POOL_SIZE", env.int("DATABASE_POOL_SIZE", default.size)),
            overflow=env.int(
                f"{alias.upper()}_MAX_OVERFLOW",
                env.int("DATABASE_MAX_OVERFLOW", default.overflow),
            ),
        )
        for alias, default in DEFAULT_POOLS.items()
    }


def database(env: environ.Env, alias: str, pool: PoolSize) -> dict[str, Any]:
    """Django's settings for one alias, with `pool` as the share of this process."""
    config: dict[str, Any] = env.db_url(
        URL_VARIABLES[alias], default=f"postgres:///{DATABASE_NAMES[alias]}"
    )
    options = config.setdefault("OPTIONS", {})
    options.setdefault("connect_timeout", 5)
    options.setdefault("application_name", "suppliers-import")
    options["pool"] = {
        "min_size": pool.size,
        "max_size": pool.maximum,
        "timeout": env.float("DATABASE_POOL_TIMEOUT", 30.0),
        "max_lifetime": env.float("DATABASE_POOL_RECYCLE", 3600.0),
        # After an outage the pauses between attempts must not outlast the outage.
        "reconnect_timeout": 10.0,
    }
    return config | {
        "ENGINE": "config.postgresql",
        "CONN_MAX_AGE": 0,
        "POOL_PRE_PING": env.bool("DATABASE_POOL_PRE_PING", True),
    }


def databases(env: environ.Env, *, serving: bool, workers: int) -> dict[str, dict[str, Any]]:
    """All aliases. A serving process takes its share of the budget, any other a small lazy pool."""
    sizes = pool_sizes(env)
    return {
        alias: database(env, alias, sizes[alias].share(workers) if serving else COMMAND_POOL)
        for alias in ALIASES
    }
