-- The tables that maintenance would visit, and whether the role may; partitions come with their
-- parent. All user tables, or the one given.
SELECT c.oid,
       n.nspname AS schema_name,
       c.relname AS name,
       c.relkind::text AS kind,
       own.is_owner OR own.is_maintainer OR own.owns_database AS may_vacuum,
       own.is_owner OR own.is_maintainer AS may_reindex,
       pg_get_userbyid(c.relowner) AS owner
  FROM pg_class AS c
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT pg_has_role(c.relowner, 'USAGE') AS is_owner,
              CASE WHEN current_setting('server_version_num')::int >= 170000
                   THEN has_table_privilege(c.oid, 'MAINTAIN')
                   ELSE false END AS is_maintainer,
              (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database
                WHERE datname = current_database()) AS owns_database
       ) AS own
 WHERE c.relkind IN ('r', 'p', 'm')
   AND CASE WHEN %(oid)s::oid IS NULL
            THEN NOT c.relispartition
                 AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                 AND n.nspname !~ '^pg_(toast|temp)'
            ELSE c.oid = %(oid)s::oid END
 ORDER BY n.nspname, c.relname
