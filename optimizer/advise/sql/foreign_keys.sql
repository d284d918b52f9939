-- Foreign keys of user tables with their columns in order; those that partitions inherit left out.
SELECT k.conname AS name,
       n.nspname AS schema_name, c.relname AS table_name, c.relkind = 'p' AS is_partitioned,
       (SELECT array_agg(a.attname ORDER BY u.place)
        FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
       )::text[] AS columns,
       rn.nspname AS referenced_schema, r.relname AS referenced_table,
       coalesce(s.n_tup_del, 0) AS referenced_deletes
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
CROSS JOIN LATERAL (
    -- The view of all tables' statistics would be read as a whole for each key.
    SELECT sum(pg_catalog.pg_stat_get_tuples_deleted(part.oid))::bigint AS n_tup_del
    FROM (SELECT r.oid UNION SELECT tree.relid
          FROM pg_catalog.pg_partition_tree(r.oid) AS tree) AS part (oid)
) AS s
WHERE k.contype = 'f' AND k.conparentid = 0
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY n.nspname, c.relname, k.conname
