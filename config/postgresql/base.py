"""Django's PostgreSQL backend with a connection check that survives a server restart.

psycopg's own check on checkout waits with a growing pause after each dead connection; with 30 of
them in the pool a request times out although the server is long back. Here the first dead
connection empties the pool, so the request that found it gets a fresh one at once.
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
        connection: Connection[Any] = super().get_new_connection(conn_params)
        pool = self.pool
        if pool is None or not self.settings_dict["POOL_PRE_PING"]:
            return connection
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            pool.putconn(connection)
            pool.drain()
            connection = super().get_new_connection(conn_params)
        return connection
