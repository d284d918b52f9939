-- Foreign keys between integer columns, with the largest value that ANALYZE saw in the referring one.
SELECT n.nspname AS schema_name, c.relname AS table_name, a.attname AS column_name,
       pg_catalog.format_type(a.atttypid, NULL) AS type_name,
       rn.nspname AS referenced_schema, r.relname AS referenced_table,
       ra.attname AS referenced_column, ra.atttypid = 'int8'::regtype AS refers_to_bigint,
       CASE WHEN a.atttypid <> 'int8'::regtype AND ra.atttypid = 'int8'::regtype THEN (
           SELECT max(value)
           FROM pg_catalog.pg_stats p
           CROSS JOIN LATERAL unnest(p.most_common_vals::text::bigint[]
                                     || p.histogram_bounds::text::bigint[]) AS value
           WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.attname = a.attname
       ) END AS largest_seen
FROM pg_catalog.pg_constraint k
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair (number, referenced_number)
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.number
JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
JOIN pg_catalog.pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = pair.referenced_number
WHERE k.contype = 'f' AND k.conparentid = 0
  AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
  AND ra.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, 2, 3
