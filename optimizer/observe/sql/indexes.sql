-- The indexes of user tables, or of one table, as the catalogue describes them.
WITH busy AS (
     SELECT relation, mode FROM pg_locks
      WHERE locktype = 'relation' AND granted AND pid <> pg_backend_pid()
        AND mode IN ('AccessExclusiveLock', 'ShareUpdateExclusiveLock')
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
     )
SELECT i.indexrelid AS oid,
       n.nspname AS schema_name,
       t.relname AS table_name,
       c.relname AS name,
       am.amname AS method,
       key.columns,
       key.signature AS key_signature,
       coalesce(
           (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k)
              FROM generate_series(i.indnkeyatts + 1, i.indnatts) AS k),
           '{}'
       ) AS include,
       coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS predicate,
       pg_get_indexdef(i.indexrelid) AS definition,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       EXISTS (SELECT FROM pg_constraint AS con
                WHERE con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x'))
           AS is_constraint,
       i.indisvalid AS is_valid,
       c.relkind = 'I' AS is_partitioned,
       (SELECT inhparent FROM pg_inherits WHERE inhrelid = i.indexrelid) AS parent_oid,
       i.indisreplident AS is_replica_identity,
       CASE WHEN c.relkind = 'I' THEN 0
            WHEN EXISTS (SELECT FROM busy WHERE mode = 'AccessExclusiveLock'
                                            AND relation IN (i.indexrelid, i.indrelid))
            THEN c.relpages * current_setting('block_size')::bigint
            ELSE pg_relation_size(i.indexrelid)
       END AS size_bytes,
       coalesce(s.idx_scan, 0) AS idx_scan,
       -- The progress view tells nothing of other roles without pg_read_all_stats; the lock that
       -- a concurrent build holds on the table does, and errs on the careful side.
       NOT i.indisvalid AND (
           EXISTS (SELECT FROM pg_stat_progress_create_index AS p
                    WHERE p.index_relid = i.indexrelid)
           OR EXISTS (SELECT FROM busy WHERE mode = 'ShareUpdateExclusiveLock'
                                         AND relation = i.indrelid)
       ) AS build_in_progress
  FROM pg_index AS i
  JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_am AS am ON am.oid = c.relam
  JOIN pg_class AS t ON t.oid = i.indrelid
  JOIN pg_namespace AS n ON n.oid = t.relnamespace
  LEFT JOIN pg_stat_all_indexes AS s ON s.indexrelid = i.indexrelid
 CROSS JOIN LATERAL (
       SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k) AS columns,
              array_agg(
                  concat_ws(' ', pg_get_indexdef(i.indexrelid, k, false),
                            opn.nspname || '.' || op.opcname,
                            coln.nspname || '.' || col.collname,
                            CASE WHEN i.indoption[k - 1] & 1 = 1 THEN 'DESC' ELSE 'ASC' END,
                            CASE WHEN i.indoption[k - 1] & 2 = 2 THEN 'NULLS FIRST'
                                 ELSE 'NULLS LAST' END)
                  ORDER BY k) AS signature
         FROM generate_series(1, i.indnkeyatts) AS k
         JOIN pg_opclass AS op ON op.oid = i.indclass[k - 1]
         JOIN pg_namespace AS opn ON opn.oid = op.opcnamespace
         LEFT JOIN pg_collation AS col ON col.oid = i.indcollation[k - 1]
         LEFT JOIN pg_namespace AS coln ON coln.oid = col.collnamespace
       ) AS key
 WHERE t.relkind IN ('r', 'p', 'm')
   AND CASE WHEN %(oid)s::oid IS NULL
            THEN n.nspname NOT IN ('pg_catalog', 'information_schema')
                 AND n.nspname !~ '^pg_(toast|temp)'
            ELSE i.indrelid = %(oid)s::oid END
 ORDER BY n.nspname, t.relname, c.relname
