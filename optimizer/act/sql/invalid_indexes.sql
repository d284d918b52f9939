-- The invalid indexes of a target, its partitions and their TOAST tables, and whether the name is
-- one that REINDEX CONCURRENTLY gave to a copy of another index there.
WITH RECURSIVE tree AS (
     SELECT %(oid)s::oid AS oid
      UNION ALL
     SELECT i.inhrelid
       FROM tree
       JOIN pg_inherits AS i ON i.inhparent = tree.oid
       JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
     ),
     named AS (
     SELECT c.oid, n.nspname AS schema_name, c.relname AS name, i.indisvalid, c.relkind
       FROM tree
       JOIN pg_class AS t ON t.oid = tree.oid
       JOIN pg_index AS i ON i.indrelid IN (t.oid, t.reltoastrelid)
       JOIN pg_class AS c ON c.oid = i.indexrelid
       JOIN pg_namespace AS n ON n.oid = c.relnamespace
     )
SELECT copy.oid, copy.schema_name, copy.name,
       EXISTS (
           SELECT FROM named AS original
            WHERE original.oid <> copy.oid
              AND copy.name ~ '_cc(new|old)[0-9]*$'
              -- Long names are cut to make room for the ending.
              AND starts_with(original.name, regexp_replace(copy.name, '_cc(new|old)[0-9]*$', ''))
       ) AS is_copy
  FROM named AS copy
 WHERE NOT copy.indisvalid AND copy.relkind = 'i'
 ORDER BY copy.name
