-- Every name that is taken in some schemas: tables, indexes, sequences and views share them.
SELECT n.nspname AS schema_name, c.relname AS name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s)
