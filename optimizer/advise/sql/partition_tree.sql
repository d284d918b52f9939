-- The partitions below a partitioned table, upper levels first.
SELECT tree.relid::oid AS oid, tree.parentrelid::oid AS parent_oid, tree.isleaf AS is_leaf,
       n.nspname AS schema_name, c.relname AS name
FROM pg_catalog.pg_partition_tree(%(oid)s) AS tree
JOIN pg_catalog.pg_class c ON c.oid = tree.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE tree.level > 0
ORDER BY tree.level, n.nspname, c.relname
