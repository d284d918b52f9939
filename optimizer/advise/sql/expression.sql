-- What an index has to know of an expression: whether its value never changes, and its type.
WITH calls AS (
    SELECT call.kind, call.name, call.arguments::oidvector AS arguments
    FROM unnest(%(kinds)s::text[], %(names)s::text[], %(arguments)s::text[])
             AS call (kind, name, arguments)
),
judged AS (
    SELECT CASE calls.kind
        WHEN 'function' THEN (
            -- The one for exactly these types, or all that may be meant.
            SELECT coalesce(bool_and(p.provolatile = 'i') FILTER (WHERE p.proargtypes = calls.arguments),
                            bool_and(p.provolatile = 'i'))
            FROM pg_catalog.pg_proc p
            WHERE p.proname = calls.name AND p.prokind = 'f' AND NOT p.proretset
              AND p.pronargs = cardinality(calls.arguments::oid[]))
        WHEN 'operator' THEN (
            SELECT coalesce(bool_and(p.provolatile = 'i')
                                FILTER (WHERE o.oprleft = calls.arguments[0]
                                          AND o.oprright = calls.arguments[1]),
                            bool_and(p.provolatile = 'i'))
            FROM pg_catalog.pg_operator o
            JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
            WHERE o.oprname = calls.name AND (o.oprleft = 0) = (calls.arguments[0] = 0))
        WHEN 'cast' THEN calls.arguments[0] = calls.arguments[1] OR coalesce(
            (SELECT k.castmethod = 'b' OR p.provolatile = 'i'
             FROM pg_catalog.pg_cast k
             LEFT JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc
             WHERE k.castsource = calls.arguments[0] AND k.casttarget = calls.arguments[1]
               AND k.castmethod <> 'i'),
            -- By way of its text.
            (SELECT writing.provolatile = 'i' AND reading.provolatile = 'i'
             FROM pg_catalog.pg_type source
             JOIN pg_catalog.pg_proc writing ON writing.oid = source.typoutput
             CROSS JOIN pg_catalog.pg_type target
             JOIN pg_catalog.pg_proc reading ON reading.oid = target.typinput
             WHERE source.oid = calls.arguments[0] AND target.oid = calls.arguments[1]))
        END AS is_immutable
    FROM calls
)
SELECT (SELECT coalesce(bool_and(coalesce(judged.is_immutable, false)), true) FROM judged)
           AS is_immutable,
       pg_catalog.format_type(t.oid, NULL) AS type_name,
       t.typcategory::text AS category, t.typlen AS fixed_width, t.typalign::text AS alignment,
       opclass.oid IS NOT NULL AS is_indexable,
       opclass.deduplicates IS TRUE AS deduplicates,
       t.typcategory = 'S' AND (SELECT d.datcollate NOT IN ('C', 'POSIX')
                                FROM pg_catalog.pg_database AS d
                                WHERE d.datname = pg_catalog.current_database())
           AS needs_pattern_opclass
FROM pg_catalog.pg_type t
LEFT JOIN LATERAL (
    SELECT o.oid,
           EXISTS (SELECT FROM pg_catalog.pg_amproc p
                   WHERE p.amprocfamily = o.opcfamily AND p.amprocnum = 4
                     AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype)
               AS deduplicates
    FROM pg_catalog.pg_opclass o
    JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
    WHERE o.opcdefault AND o.opcintype = t.oid
) AS opclass ON true
WHERE t.oid = %(type)s
