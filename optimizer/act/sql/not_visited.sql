-- The tables below a target that were not vacuumed or analysed since a moment; none where the
-- server does not keep such statistics.
WITH RECURSIVE tree AS (
     SELECT %(oid)s::oid AS oid
      UNION ALL
     SELECT i.inhrelid
       FROM tree
       JOIN pg_inherits AS i ON i.inhparent = tree.oid
       JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
     )
SELECT quote_ident(s.schemaname) || '.' || quote_ident(s.relname)
  FROM tree
  JOIN pg_class AS c ON c.oid = tree.oid AND c.relkind IN ('r', 'm')
  JOIN pg_stat_all_tables AS s ON s.relid = tree.oid
 WHERE current_setting('track_counts')::bool
   AND (%(vacuum)s AND coalesce(s.last_vacuum, '-infinity') < %(since)s
        OR %(analyze)s AND coalesce(s.last_analyze, '-infinity') < %(since)s)
 ORDER BY 1
