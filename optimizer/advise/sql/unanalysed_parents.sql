-- Partitioned tables that hold rows and were never analysed as a whole.
SELECT c.oid::bigint AS oid, n.nspname AS schema_name, c.relname AS name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'p' AND NOT c.relispartition AND c.reltuples < 0
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND (SELECT sum(greatest(leaf.reltuples, pg_catalog.pg_stat_get_live_tuples(leaf.oid)))
       FROM pg_catalog.pg_partition_tree(c.oid) AS tree
       JOIN pg_catalog.pg_class leaf ON leaf.oid = tree.relid
       WHERE tree.isleaf) >= %(rows)s
ORDER BY n.nspname, c.relname
