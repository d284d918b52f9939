-- One row a table, its partitions, TOAST and indexes summed up; all user tables, or the given one.
-- A relation that somebody has locked exclusively is not opened: its size is then its last known
-- number of pages, so that one VACUUM FULL does not stop the whole report.
WITH RECURSIVE locked AS (
     SELECT relation FROM pg_locks
      WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND granted
        AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     ),
     root AS (
     SELECT c.oid, n.nspname, c.relname, c.relkind
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm')
        AND CASE WHEN %(oid)s::oid IS NULL
                 THEN NOT c.relispartition
                      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                      AND n.nspname !~ '^pg_(toast|temp)'
                 ELSE c.oid = %(oid)s::oid END
     ),
     tree AS (
     SELECT oid AS root, oid FROM root
      UNION ALL
     SELECT tree.root, c.oid
       FROM tree
       JOIN pg_inherits AS i ON i.inhparent = tree.oid
       JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
     ),
     leaf AS (
     SELECT tree.root, c.oid, c.reltoastrelid, c.relpages,
            coalesce(s.n_live_tup, 0) AS n_live_tup, c.reltuples,
            c.oid <> tree.root AS is_partition
       FROM tree
       JOIN pg_class AS c ON c.oid = tree.oid AND c.relkind <> 'p'
       LEFT JOIN pg_stat_all_tables AS s ON s.relid = c.oid
     ),
     relation AS (
     SELECT root, oid, 'heap' AS kind FROM leaf
      UNION ALL
     SELECT root, reltoastrelid, 'toast' FROM leaf WHERE reltoastrelid <> 0
      UNION ALL
     SELECT leaf.root, i.indexrelid, 'toast'
       FROM leaf JOIN pg_index AS i ON i.indrelid = leaf.reltoastrelid
      UNION ALL
     SELECT leaf.root, i.indexrelid, 'index'
       FROM leaf JOIN pg_index AS i ON i.indrelid = leaf.oid
     ),
     size AS (
     SELECT relation.root,
            coalesce(sum(bytes) FILTER (WHERE kind = 'heap'), 0) AS heap_bytes,
            coalesce(sum(bytes) FILTER (WHERE kind = 'index'), 0) AS index_bytes,
            coalesce(sum(bytes) FILTER (WHERE kind = 'toast'), 0) AS toast_bytes
       FROM relation
       JOIN pg_class AS c ON c.oid = relation.oid
      CROSS JOIN LATERAL (
            SELECT CASE WHEN c.oid IN (SELECT relation FROM locked)
                          OR EXISTS (SELECT FROM pg_index AS i
                                      WHERE i.indexrelid = c.oid
                                        AND i.indrelid IN (SELECT relation FROM locked))
                        THEN c.relpages * current_setting('block_size')::bigint
                        ELSE pg_relation_size(c.oid, 'main') + pg_relation_size(c.oid, 'fsm')
                             + pg_relation_size(c.oid, 'vm') + pg_relation_size(c.oid, 'init')
                   END AS bytes
            ) AS measured
      GROUP BY relation.root
     ),
     activity AS (
     SELECT leaf.root,
            count(*) FILTER (WHERE leaf.is_partition) AS partitions,
            sum(CASE WHEN leaf.reltuples < 0 THEN leaf.n_live_tup ELSE leaf.reltuples END)
                AS row_count,
            sum(s.seq_scan) AS seq_scan, sum(s.seq_tup_read) AS seq_tup_read,
            sum(s.idx_scan) AS idx_scan,
            sum(s.n_live_tup) AS n_live_tup, sum(s.n_dead_tup) AS n_dead_tup,
            sum(s.n_tup_ins) AS n_tup_ins, sum(s.n_tup_upd) AS n_tup_upd,
            sum(s.n_tup_del) AS n_tup_del, sum(s.n_tup_hot_upd) AS n_tup_hot_upd,
            sum(s.n_mod_since_analyze) AS n_mod_since_analyze,
            sum(coalesce(io.heap_blks_hit, 0) + coalesce(io.idx_blks_hit, 0)
                + coalesce(io.toast_blks_hit, 0) + coalesce(io.tidx_blks_hit, 0)) AS blocks_hit,
            sum(coalesce(io.heap_blks_read, 0) + coalesce(io.idx_blks_read, 0)
                + coalesce(io.toast_blks_read, 0) + coalesce(io.tidx_blks_read, 0)) AS blocks_read,
            max(greatest(s.last_vacuum, s.last_autovacuum)) AS last_vacuum,
            max(greatest(s.last_analyze, s.last_autoanalyze)) AS last_analyze
       FROM leaf
       LEFT JOIN pg_stat_all_tables AS s ON s.relid = leaf.oid
       LEFT JOIN pg_statio_all_tables AS io ON io.relid = leaf.oid
      GROUP BY leaf.root
     )
SELECT root.nspname AS schema_name, root.relname AS table_name,
       coalesce(a.row_count, 0)::bigint AS row_count,
       (coalesce(size.heap_bytes, 0) + coalesce(size.index_bytes, 0)
        + coalesce(size.toast_bytes, 0))::bigint AS size_bytes,
       coalesce(size.heap_bytes, 0)::bigint AS heap_bytes,
       coalesce(size.index_bytes, 0)::bigint AS index_bytes,
       coalesce(size.toast_bytes, 0)::bigint AS toast_bytes,
       coalesce(a.partitions, 0)::int AS partitions,
       coalesce(a.seq_scan, 0)::bigint AS seq_scan,
       coalesce(a.seq_tup_read, 0)::bigint AS seq_tup_read,
       coalesce(a.idx_scan, 0)::bigint AS idx_scan,
       coalesce(a.n_live_tup, 0)::bigint AS n_live_tup,
       coalesce(a.n_dead_tup, 0)::bigint AS n_dead_tup,
       coalesce(a.n_tup_ins, 0)::bigint AS n_tup_ins,
       coalesce(a.n_tup_upd, 0)::bigint AS n_tup_upd,
       coalesce(a.n_tup_del, 0)::bigint AS n_tup_del,
       coalesce(a.n_tup_hot_upd, 0)::bigint AS n_tup_hot_upd,
       coalesce(a.n_mod_since_analyze, 0)::bigint AS n_mod_since_analyze,
       coalesce(a.blocks_hit, 0)::bigint AS blocks_hit,
       coalesce(a.blocks_read, 0)::bigint AS blocks_read,
       a.last_vacuum, a.last_analyze
  FROM root
  LEFT JOIN size ON size.root = root.oid
  LEFT JOIN activity AS a ON a.root = root.oid
 ORDER BY size_bytes DESC, root.nspname, root.relname
