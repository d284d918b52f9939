-- The tables a name may mean, best reading first: quoted with its schema, plain with its schema,
-- in public, anywhere else. No name is taken apart, so a dot inside one does no harm.
WITH named AS (
     SELECT c.oid, n.nspname AS schema_name, c.relname AS name, c.relkind::text AS kind,
            CASE WHEN %(name)s IN (
                          quote_ident(n.nspname) || '.' || quote_ident(c.relname),
                          '"' || replace(n.nspname, '"', '""') || '"."'
                              || replace(c.relname, '"', '""') || '"'
                      ) THEN 1
                 WHEN %(name)s = n.nspname || '.' || c.relname THEN 2
                 WHEN %(name)s IN (c.relname, quote_ident(c.relname)) AND n.nspname = 'public'
                 THEN 3
                 WHEN %(name)s IN (c.relname, quote_ident(c.relname)) THEN 4
            END AS reading
       FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_(toast|temp)'
     )
SELECT oid, schema_name, name, kind
  FROM named
 WHERE reading = (SELECT min(reading) FROM named)
 ORDER BY schema_name, name
