-- Columns of tables with what ANALYZE knows of their values and what a B-tree needs to hold them.
SELECT a.attrelid AS table_oid, a.attname AS column_name,
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_name,
       t.typcategory::text AS category,
       coalesce(base.oid, t.oid) IN ('text'::regtype, 'varchar'::regtype) AS is_text,
       opclass.name IS NOT NULL AS is_indexable,
       -- As the index reader describes a key column with the default operator class.
       concat_ws(' ', pg_catalog.quote_ident(a.attname), opclass.name,
                 collation_schema.nspname || '.' || l.collname) AS signature,
       opclass.deduplicates IS TRUE AND coalesce(l.collisdeterministic, true) AS deduplicates,
       t.typcategory = 'S' AND coalesce(l.collname, '') NOT IN ('C', 'POSIX')
           AND NOT (l.collname = 'default'
                    AND (SELECT d.datcollate FROM pg_catalog.pg_database AS d
                          WHERE d.datname = pg_catalog.current_database()) IN ('C', 'POSIX'))
           AS needs_pattern_opclass,
       a.attlen AS fixed_width, t.typalign::text AS alignment,
       s.null_frac::float8 AS null_share, s.avg_width, s.n_distinct::float8 AS n_distinct,
       (s.most_common_vals::text::text[])[:100] AS common_values,
       s.most_common_freqs[:100]::float8[] AS common_shares,
       s.histogram_bounds::text::text[] AS histogram,
       s.correlation::float8 AS correlation
FROM unnest(%(oids)s::oid[], %(largest_schemas)s::text[], %(largest_names)s::text[])
         AS wanted (oid, largest_schema, largest_name)
JOIN pg_catalog.pg_class c ON c.oid = wanted.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = wanted.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type base ON base.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace collation_schema ON collation_schema.oid = l.collnamespace
LEFT JOIN LATERAL (
    -- As CREATE INDEX finds it: for the type itself, or one that it is stored as.
    SELECT operator_schema.nspname || '.' || o.opcname AS name,
           EXISTS (SELECT FROM pg_catalog.pg_amproc p
                   WHERE p.amprocfamily = o.opcfamily AND p.amprocnum = 4
                     AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype)
               AS deduplicates
    FROM pg_catalog.pg_opclass o
    JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
    JOIN pg_catalog.pg_namespace operator_schema ON operator_schema.oid = o.opcnamespace
    WHERE o.opcdefault
      AND (o.opcintype = coalesce(base.oid, t.oid)
           OR EXISTS (SELECT FROM pg_catalog.pg_cast k
                      WHERE k.castsource = coalesce(base.oid, t.oid) AND k.casttarget = o.opcintype
                        AND k.castmethod = 'b' AND k.castcontext = 'i')
           OR (o.opcintype = 'anyenum'::regtype AND coalesce(base.typtype, t.typtype) = 'e')
           OR (o.opcintype = 'anyarray'::regtype AND t.typcategory = 'A')
           OR (o.opcintype = 'anyrange'::regtype AND coalesce(base.typtype, t.typtype) = 'r'))
    ORDER BY o.opcintype = coalesce(base.oid, t.oid) DESC, o.oid
    LIMIT 1
) AS opclass ON true
LEFT JOIN LATERAL (
    -- A partitioned table has statistics of its own only once it was analysed itself; until then
    -- its largest partition has to stand for it.
    SELECT p.* FROM pg_catalog.pg_stats p
    WHERE p.attname = a.attname
      AND ((p.schemaname = n.nspname AND p.tablename = c.relname)
           OR (p.schemaname = wanted.largest_schema AND p.tablename = wanted.largest_name))
    ORDER BY p.inherited DESC, p.tablename = c.relname DESC
    LIMIT 1
) AS s ON true
ORDER BY a.attrelid, a.attnum
