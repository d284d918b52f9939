-- Rows written to tables since the statistics count, partitions summed, and what their indexes hold.
SELECT wanted.oid::bigint AS table_oid,
       pg_catalog.pg_table_is_visible(wanted.oid) AS is_visible,
       counted.inserted, counted.updated, counted.hot_updated, counted.deleted,
       held.index_count, held.columns AS indexed_columns,
       extract(epoch FROM now() - database.stats_reset)::float8 AS seconds
FROM unnest(%(oids)s::oid[]) AS wanted (oid)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(pg_catalog.pg_stat_get_tuples_inserted(part.oid)), 0)::float8 AS inserted,
           coalesce(sum(pg_catalog.pg_stat_get_tuples_updated(part.oid)), 0)::float8 AS updated,
           coalesce(sum(pg_catalog.pg_stat_get_tuples_hot_updated(part.oid)), 0)::float8
               AS hot_updated,
           coalesce(sum(pg_catalog.pg_stat_get_tuples_deleted(part.oid)), 0)::float8 AS deleted
    FROM (SELECT wanted.oid UNION SELECT tree.relid
          FROM pg_catalog.pg_partition_tree(wanted.oid) AS tree) AS part (oid)
) AS counted
CROSS JOIN LATERAL (
    SELECT (SELECT count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = wanted.oid)::int
               AS index_count,
           -- Those of expressions and predicates are known by what the index depends on.
           coalesce(array_agg(DISTINCT a.attname), '{}')::text[] AS columns
    FROM (SELECT unnest(i.indkey::int2[]) FROM pg_catalog.pg_index i
           WHERE i.indrelid = wanted.oid
          UNION
          SELECT d.refobjsubid FROM pg_catalog.pg_index i
          JOIN pg_catalog.pg_depend d ON d.objid = i.indexrelid
               AND d.classid = 'pg_catalog.pg_class'::regclass
               AND d.refclassid = 'pg_catalog.pg_class'::regclass
               AND d.refobjid = i.indrelid
           WHERE i.indrelid = wanted.oid) AS used (number)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = wanted.oid AND a.attnum = used.number
     AND a.attnum > 0
) AS held
JOIN pg_catalog.pg_stat_database AS database ON database.datname = pg_catalog.current_database()
