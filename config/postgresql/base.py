"""Django's PostgreSQL backend, for pools whose server restarts or is away.

psycopg's own check on checkout waits with a growing pause after each dead connection; with 30 of
them in the pool a request times out although the server is long back. Here the first dead
connection empties the pool, so the request that found it gets a fresh one at once. And where the
server is away, psycopg waits for the pool's whole timeout, which soon holds every thread of a
console whose other five databases are well; here such a request fails as fast as the connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

if TYPE_CHECKING:
    from psycopg import Connection


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        if self.pool is None:
            direct: Connection[Any] = super().get_new_connection(conn_params)
            return direct
        _raise_if_away(self.pool, conn_params)
        connection: Connection[Any] = super().get_new_connection(conn_params)
        if self.settings_dict["POOL_PRE_PING"]:
            try:
                ConnectionPool.check_connection(connection)
            except psycopg.OperationalError:
                self.pool.putconn(connection)
                self.pool.drain()
                _raise_if_away(self.pool, conn_params)
                connection = super().get_new_connection(conn_params)
        return connection


def _raise_if_away(pool: ConnectionPool, conn_params: dict[str, Any]) -> None:
    """Fail now, with the reason, where waiting for the pool would be in vain.

    Only for the first that finds the pool empty: while others wait, the pool is in use, not away.
    And only while it may still grow, so that this connection too is within its budget.
    """
    stats = pool.get_stats()
    may_grow = stats["pool_size"] < stats["pool_max"]
    if may_grow and not stats["pool_available"] and not stats["requests_waiting"]:
        psycopg.connect(**conn_params).close()
