-- The indexes and foreign keys of some tables that a bulk load is better off without: the statement
-- that removes each and the one that brings it back as it was. Primary keys, unique constraints and
-- the indexes of partitioned tables are left alone.
SELECT 1 AS step,
       'DROP INDEX ' || indexrelid::regclass AS remove,
       pg_get_indexdef(indexrelid) AS restore
  FROM pg_index
  JOIN pg_class ON pg_class.oid = indexrelid
 WHERE indrelid = ANY (%(tables)s::regclass[])
   AND relkind = 'i'
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL
SELECT 2,
       'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(conname),
       'ALTER TABLE ' || conrelid::regclass || ' ADD CONSTRAINT ' || quote_ident(conname)
           || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint
 WHERE conrelid = ANY (%(tables)s::regclass[])
   AND contype = 'f'
 ORDER BY step, remove
