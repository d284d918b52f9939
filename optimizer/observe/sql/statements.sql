-- The statements of this database by total time: one row a query id, its users and nesting
-- levels together; one row a role for what may not be seen. Neither the optimizer's own
-- statements nor utility statements; what EXECUTE ran has the text of its PREPARE.
WITH entry AS (
     SELECT s.queryid, r.rolname, s.queryid IS NULL AS is_hidden,
            left(s.query, %(text_limit)s) AS query,
            s.calls, s.total_exec_time, s.min_exec_time, s.max_exec_time, s.mean_exec_time,
            s.stddev_exec_time, s.rows, s.shared_blks_hit, s.shared_blks_read,
            s.temp_blks_written, s.wal_bytes
       FROM {schema}.pg_stat_statements AS s
       LEFT JOIN pg_roles AS r ON r.oid = s.userid
      WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND s.calls > 0
     ),
     told_apart AS (
     SELECT *,
            upper(substring(
                regexp_replace(query, '^(\s|/\*([^*]|\*+[^*/])*\*+/|--[^\n]*(\n|$))*', '')
                FROM '^[\s(]*([[:alpha:]]+)'
            )) AS keyword
       FROM entry
      WHERE query IS NULL OR position(%(marker)s IN query) = 0
     ),
     listed AS (
     SELECT queryid, is_hidden,
            min(query) AS query,
            string_agg(DISTINCT coalesce(rolname, '?'), ', ') AS role,
            sum(calls) AS calls,
            sum(total_exec_time) AS total_ms,
            min(min_exec_time) AS min_ms,
            max(max_exec_time) AS max_ms,
            -- The variance of several groups: mean of the squares less the square of the mean.
            sqrt(greatest(0, sum(calls * (stddev_exec_time ^ 2 + mean_exec_time ^ 2)) / sum(calls)
                             - (sum(total_exec_time) / sum(calls)) ^ 2)) AS stddev_ms,
            sum(rows) AS rows,
            sum(shared_blks_hit) AS shared_blocks_hit,
            sum(shared_blks_read) AS shared_blocks_read,
            sum(temp_blks_written) AS temp_blocks_written,
            sum(wal_bytes) AS wal_bytes
       FROM told_apart
      WHERE is_hidden OR query IS NULL
         OR keyword IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'WITH', 'VALUES',
                        'TABLE', 'PREPARE')
      GROUP BY queryid, is_hidden, CASE WHEN is_hidden THEN rolname END
     )
SELECT queryid, is_hidden, coalesce(query, '') AS query, role,
       calls::bigint AS calls,
       total_ms / 1000 AS total_time,
       total_ms / calls / 1000 AS avg_time,
       min_ms / 1000 AS min_time,
       max_ms / 1000 AS max_time,
       stddev_ms / 1000 AS stddev_time,
       total_ms / nullif(sum(total_ms) OVER (), 0) AS share_of_load,
       rows::bigint AS rows,
       shared_blocks_hit::bigint AS shared_blocks_hit,
       shared_blocks_read::bigint AS shared_blocks_read,
       temp_blocks_written::bigint AS temp_blocks_written,
       wal_bytes::bigint AS wal_bytes
  FROM listed
 ORDER BY total_ms DESC, queryid
 LIMIT %(limit)s
