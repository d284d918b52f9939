-- How full the server is, and how this database reads its blocks.
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int
           AS connections,
       current_setting('max_connections')::int
           - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0)
           AS usable_connections,
       d.blks_hit::bigint AS blocks_hit,
       d.blks_read::bigint AS blocks_read
  FROM pg_stat_database AS d
 WHERE d.datname = current_database()
