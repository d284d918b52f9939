-- What the server offers to the role that asks; NULL where an extension is not there.
SELECT current_setting('server_version_num')::int AS server_version,
       current_database() AS database,
       current_user AS role,
       pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS reads_all_stats,
       -- Only a library that was loaded at server start defines its settings.
       current_setting('pg_stat_statements.max', true) IS NOT NULL AS statements_loaded,
       current_setting('pg_stat_statements.track', true) AS statements_track,
       current_setting('compute_query_id', true) AS compute_query_id,
       statements.extversion AS statements_version,
       statements.schema_name AS statements_schema,
       coalesce(has_schema_privilege(statements.extnamespace, 'USAGE'), false)
           AS statements_schema_usable,
       hypopg.extversion AS hypopg_version,
       coalesce(has_schema_privilege(hypopg.extnamespace, 'USAGE'), false) AS hypopg_schema_usable,
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg') AS hypopg_available,
       -- Where they were never reset nothing tells how old they are; but they are no younger than
       -- what they remember. Shared catalogues remember for all databases.
       coalesce(
           (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
           (SELECT min(least(s.last_vacuum, s.last_autovacuum, s.last_analyze, s.last_autoanalyze))
              FROM pg_stat_all_tables AS s JOIN pg_class AS c ON c.oid = s.relid
             WHERE NOT c.relisshared)
       ) AS stats_reset
  FROM (VALUES (1)) AS always
  LEFT JOIN (
        SELECT e.extversion, e.extnamespace, n.nspname AS schema_name
          FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
         WHERE e.extname = 'pg_stat_statements'
       ) AS statements ON true
  LEFT JOIN (
        SELECT extversion, extnamespace FROM pg_extension WHERE extname = 'hypopg'
       ) AS hypopg ON true
