-- The relations behind names of the workload: sizes of leaf partitions summed, as the role sees them.
WITH found AS (
    SELECT asked.schema_name AS asked_schema, asked.relation_name AS asked_name,
           c.oid, c.relname, n.nspname, c.relkind, c.relpersistence, c.relpages, c.reltuples
    FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS asked (schema_name, relation_name)
    JOIN pg_catalog.pg_class c ON c.relname = asked.relation_name
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'v')
      AND CASE WHEN asked.schema_name IS NULL THEN pg_catalog.pg_table_is_visible(c.oid)
               ELSE n.nspname = asked.schema_name END
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
)
SELECT found.asked_schema, found.asked_name, found.oid, found.nspname, found.relname,
       found.relkind::text AS relkind,
       found.relpersistence = 't' AS is_temporary,
       coalesce(leaves.pages, 0)::float8 AS pages,
       coalesce(leaves.row_count, 0)::float8 AS row_count,
       leaves.largest_schema, leaves.largest_name,
       greatest(coalesce(leaves.leaf_count, 0), 1)::int AS leaf_count,
       pg_catalog.has_table_privilege(found.oid, 'SELECT') AS may_select,
       CASE WHEN found.relkind = 'v' THEN pg_catalog.pg_get_viewdef(found.oid) END AS definition
FROM found
LEFT JOIN LATERAL (
    SELECT sum(c.relpages) AS pages, count(*) AS leaf_count,
           sum(CASE WHEN c.reltuples >= 0 THEN c.reltuples
                    ELSE coalesce(s.n_live_tup, 0) END) AS row_count,
           (array_agg(n.nspname ORDER BY c.reltuples DESC, c.oid))[1] AS largest_schema,
           (array_agg(c.relname ORDER BY c.reltuples DESC, c.oid))[1] AS largest_name
    FROM (
        SELECT found.oid AS leaf WHERE found.relkind IN ('r', 'm')
        UNION ALL
        SELECT tree.relid FROM pg_catalog.pg_partition_tree(found.oid) AS tree
        WHERE found.relkind = 'p' AND tree.isleaf
    ) AS leaf_tables
    JOIN pg_catalog.pg_class c ON c.oid = leaf_tables.leaf
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
) AS leaves ON true
ORDER BY found.nspname, found.relname, found.asked_schema NULLS FIRST
