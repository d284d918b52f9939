-- Under which names statements may read the tables of some indexes: those themselves, the partitioned
-- tables they belong to, their partitions, and views on any of these.
WITH RECURSIVE reader AS (
    SELECT i.indexrelid AS index_oid, family.oid
    FROM pg_catalog.pg_index i
    CROSS JOIN LATERAL (
        SELECT i.indrelid
        UNION SELECT a.relid FROM pg_catalog.pg_partition_ancestors(i.indrelid) AS a
        UNION SELECT t.relid FROM pg_catalog.pg_partition_tree(i.indrelid) AS t
    ) AS family (oid)
    WHERE i.indexrelid = ANY (%(oids)s::oid[])
    UNION
    SELECT reader.index_oid, r.ev_class
    FROM reader
    JOIN pg_catalog.pg_depend d ON d.refobjid = reader.oid
     AND d.refclassid = 'pg_catalog.pg_class'::regclass
     AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
)
SELECT reader.index_oid::bigint, reader.oid::bigint, c.relname AS name
FROM reader JOIN pg_catalog.pg_class c ON c.oid = reader.oid
