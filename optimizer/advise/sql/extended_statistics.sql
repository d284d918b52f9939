-- The columns that extended statistics of some tables cover together; expressions left out.
SELECT s.stxrelid::bigint AS table_oid,
       (SELECT array_agg(a.attname) FROM unnest(s.stxkeys::int2[]) AS key (number)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = s.stxrelid AND a.attnum = key.number
       )::text[] AS columns
FROM pg_catalog.pg_statistic_ext s
WHERE s.stxrelid = ANY (%(oids)s::oid[])
