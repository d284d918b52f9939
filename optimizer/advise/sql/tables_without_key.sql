-- Tables whose rows cannot be told apart: no primary key and no unique index over columns that are
-- never NULL. Partitions follow their parent; what is unlogged or of an extension is left out.
SELECT c.oid::bigint AS oid, n.nspname AS schema_name, c.relname AS name,
       c.relkind = 'p' AS is_partitioned,
       EXISTS (SELECT FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'id' AND NOT a.attisdropped) AS has_id
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND NOT EXISTS (
      -- As REPLICA IDENTITY USING INDEX wants it, which a primary key always fulfils.
      SELECT FROM pg_catalog.pg_index i
      WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indpred IS NULL AND i.indexprs IS NULL
        AND NOT EXISTS (
            SELECT FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) AS key (number)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.number
            WHERE NOT a.attnotnull))
ORDER BY n.nspname, c.relname
