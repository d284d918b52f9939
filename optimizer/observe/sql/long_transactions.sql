-- Transactions of this database that have been open for longer than a number of seconds.
SELECT pid,
       coalesce(usename, '') AS role,
       coalesce(application_name, '') AS application_name,
       coalesce(state, '') AS state,
       extract(epoch FROM clock_timestamp() - xact_start)::float8 AS seconds
  FROM pg_stat_activity
 WHERE datname = current_database()
   AND backend_type = 'client backend'
   AND pid <> pg_backend_pid()
   AND xact_start < clock_timestamp() - make_interval(secs => %(older_than)s)
 ORDER BY xact_start
 LIMIT 10
