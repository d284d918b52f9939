-- Columns that a sequence fills, with the last value it gave and the largest that fits both.
SELECT n.nspname AS schema_name, c.relname AS table_name, a.attname AS column_name,
       pg_catalog.format_type(a.atttypid, NULL) AS type_name,
       format('%I.%I', sn.nspname, sc.relname) AS sequence_name,
       pg_catalog.format_type(s.seqtypid, NULL) AS sequence_type,
       pg_catalog.has_sequence_privilege(sc.oid, 'USAGE, SELECT') AS is_readable,
       CASE WHEN pg_catalog.has_sequence_privilege(sc.oid, 'USAGE, SELECT')
            THEN pg_catalog.pg_sequence_last_value(sc.oid) END AS last_value,
       least(s.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767
                                       WHEN 'int4'::regtype THEN 2147483647
                                       ELSE 9223372036854775807 END) AS largest
FROM (
    -- Identity and serial columns own theirs; any other default that asks a sequence names it.
    SELECT d.objid AS sequence_oid, d.refobjid AS table_oid, d.refobjsubid AS number
    FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass
      AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    UNION
    SELECT d.refobjid, f.adrelid, f.adnum
    FROM pg_catalog.pg_attrdef f
    JOIN pg_catalog.pg_depend d ON d.objid = f.oid
     AND d.classid = 'pg_catalog.pg_attrdef'::regclass
     AND d.refclassid = 'pg_catalog.pg_class'::regclass
) AS fills
JOIN pg_catalog.pg_sequence s ON s.seqrelid = fills.sequence_oid AND NOT s.seqcycle
JOIN pg_catalog.pg_class sc ON sc.oid = s.seqrelid
JOIN pg_catalog.pg_namespace sn ON sn.oid = sc.relnamespace
JOIN pg_catalog.pg_class c ON c.oid = fills.table_oid AND NOT c.relispartition
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = fills.number
WHERE a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
  AND s.seqincrement > 0
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
ORDER BY 1, 2, 3, 5
