"""Statements over the tables of `test_properties`, as a grammar writes them: most are accepted."""

from __future__ import annotations

from hypothesis import strategies as st

Texts = st.SearchStrategy[str]


def one_of(*texts: str) -> Texts:
    return st.sampled_from(texts)


# Of the table that stands first in every FROM, `i`, and perhaps of its neighbour `o`.
NUMBERS = one_of(
    "i.id", "i.owner", "o.id", "o.boss", "o.rank", "i.id + i.owner", "i.owner * 2", "abs(i.owner)"
)
TEXTS = one_of(
    "i.label", "i.kind", "i.kind::text", "lower(i.label)", "upper(i.kind)", "o.name", "i.code",
    "i.label || i.kind", "i.data ->> 'k'", "o.name::varchar(5)", "coalesce(i.kind, 'x')", "i.nick", "lower(i.nick)", "i.mood", "i.mood::text", "md5(o.name)",
)  # fmt: skip
TIMES = one_of("i.seen", "now()", "i.seen + interval '1 day'", "'2025-02-02'::timestamptz")
DATES = one_of(
    "i.born",
    "(i.seen AT TIME ZONE 'UTC')::date",
    "i.born + 1",
    "'2025-02-02'::date",
    "i.seen::date",
)
NUMBER_VALUES = one_of("5", "-3", "$1::int", "i.owner", "o.id", "(SELECT max(id) FROM owner)")
TEXT_VALUES = one_of(
    "'kind 1'", "'it''s'", "$2::text", "lower($2)", "o.name", "i.kind", "'c1'", "E'a\\\\b'"
)
COMPARISON = one_of("=", "<", "<=", ">", ">=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")

SIMPLE = st.one_of(
    st.builds("{} {} {}".format, NUMBERS, COMPARISON, NUMBER_VALUES),
    st.builds("{} {} {}".format, NUMBER_VALUES, COMPARISON, NUMBERS),
    st.builds("{} {} {}".format, TEXTS, COMPARISON, TEXT_VALUES),
    st.builds("{} {} {}".format, TIMES, COMPARISON, TIMES),
    st.builds("{} {} {}".format, DATES, COMPARISON, DATES),
    st.builds("{} {}IN (1, 2, {})".format, NUMBERS, one_of("", "NOT "), NUMBER_VALUES),
    st.builds("{} IN ({}, 'kind 2')".format, TEXTS, TEXT_VALUES),
    st.builds("{} = ANY ({})".format, NUMBERS, one_of("$3::int[]", "ARRAY[1, 2]", "i.tags", "'{1}'")),
    st.builds("{} {}LIKE {}".format, TEXTS, one_of("", "NOT ", "I"), one_of("'a%'", "'%a'", "$2", "'_'")),
    st.builds("{} {} '^a.*'".format, TEXTS, one_of("~", "~*", "!~")),
    st.builds("starts_with({}, {})".format, TEXTS, TEXT_VALUES),
    st.builds("{} BETWEEN {}{} AND {}".format, NUMBERS, one_of("", "SYMMETRIC "), NUMBER_VALUES, NUMBER_VALUES),
    st.builds("{} IS {}NULL".format, st.one_of(NUMBERS, TEXTS, DATES), one_of("", "NOT ")),
    one_of(
        "i.flag", "NOT i.flag", "i.flag IS TRUE", "i.flag IS NOT TRUE", "i.flag = $4::bool", "i.flag = false",
        "i.data @> '{}'", "i.data ? 'k'", "i.tags && ARRAY[1]", "i.tags @> $3::int[]", "i IS NOT NULL",
        "(i.id, i.owner) = (1, 2)", "(i.id, i.owner) < ($1::int, 2)", "(i.id, i.owner) IN ((1, 2), (3, 4))",
    ),
    st.builds("{} IN (SELECT id FROM owner WHERE boss = {})".format, NUMBERS, NUMBERS),
    st.builds("{} = (SELECT max(rank) FROM owner p WHERE p.boss = {})".format, NUMBERS, NUMBERS),
    st.builds(
        "{}EXISTS (SELECT FROM item j WHERE j.owner = {} AND lower(j.label) = {})".format,
        one_of("", "NOT "), NUMBERS, TEXTS,
    ),
)  # fmt: skip
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=5,
)
SOURCES = one_of(
    "item i, owner o", "item AS i JOIN owner AS o ON o.id = i.owner", "item i NATURAL JOIN owner o",
    "item i JOIN owner o USING (id)", "owner o LEFT JOIN item i ON i.owner = o.id AND i.flag",
    "(item i CROSS JOIN owner x) JOIN owner o ON o.boss = x.id", "item i FULL JOIN owner o ON o.id = i.id",
    "(SELECT * FROM item WHERE flag) i, LATERAL (SELECT * FROM owner WHERE owner.id = i.owner) o",
    "item i, (SELECT id, name, boss, rank FROM owner UNION ALL SELECT id, label, owner, 1 FROM item) o",
    "item i, (VALUES (1, 'a', 2, 3::smallint)) AS o (id, name, boss, rank)", "public.item i, ONLY owner o",
    "item i JOIN dear ON dear.low = lower(i.label), owner AS o (id, name, boss, rank)",
    "item i TABLESAMPLE SYSTEM (50), owner o", "item i, ROWS FROM (generate_series(1, 2)) g (x), owner o",
)  # fmt: skip
VALUES = st.one_of(
    NUMBERS, TEXTS, TIMES, DATES, one_of("i", "i.*", "o.name", "i.price", "(SELECT 1)")
)
ORDER = st.builds(
    "{}{}{}".format, VALUES, one_of("", " DESC"), one_of("", " NULLS FIRST", " NULLS LAST")
)
SORTED = st.builds(" ORDER BY {}, {}".format, ORDER, st.one_of(ORDER, st.just("1")))
LIMIT = one_of(
    "", " LIMIT 5", " LIMIT $5 OFFSET $6", " FETCH FIRST 3 ROWS WITH TIES", " FOR UPDATE OF i"
)
GROUP_KEYS = st.one_of(NUMBERS, TEXTS, DATES)


@st.composite
def grouped(draw: st.DrawFn) -> str:
    first, second = draw(GROUP_KEYS), draw(GROUP_KEYS)
    keys = draw(one_of("{}, {}", "ROLLUP ({}, {})", "GROUPING SETS (({}), ({}))", "CUBE ({}, {})"))
    having = draw(one_of("", f" HAVING {first} IS NOT NULL", " HAVING count(*) > 3"))
    aggregate = draw(
        one_of("count(*)", "sum(i.price)", "max(i.seen) FILTER (WHERE i.flag)", "min(o.name)")
    )
    tail = draw(one_of("", f" ORDER BY {second}, 1 DESC", " ORDER BY 3"))
    return (
        f"SELECT {first}, {second}, {aggregate} FROM {draw(SOURCES)} WHERE {draw(CONDITIONS)} "  # noqa: S608
        f"GROUP BY {keys.format(first, second)}{having}{tail}"
    )


PLAIN = st.builds(
    "SELECT {}{}, {} FROM {} WHERE {}{}{}".format,
    one_of("", "DISTINCT ", "DISTINCT ON (i.owner) "),
    VALUES, VALUES, SOURCES, CONDITIONS, st.one_of(st.just(""), SORTED), LIMIT,
)  # fmt: skip
WINDOWED = st.builds(
    "SELECT rank() OVER (PARTITION BY {} ORDER BY {}) FROM {} WHERE {}".format,
    VALUES, ORDER, SOURCES, CONDITIONS,
)  # fmt: skip
ARMS = st.builds("SELECT {}, i.label AS x FROM {} WHERE {}".format, NUMBERS, SOURCES, CONDITIONS)
SETS = st.builds(
    "{} {} {}{}".format,
    ARMS, one_of("UNION", "UNION ALL", "INTERSECT", "EXCEPT ALL"), ARMS,
    one_of("", " ORDER BY x DESC LIMIT 3", " ORDER BY 1", " LIMIT $5"),
)  # fmt: skip
WITH = st.one_of(
    st.builds("WITH i AS ({}) SELECT * FROM i WHERE x = 'a'".format, ARMS),
    st.builds(
        "WITH RECURSIVE o AS (SELECT id, boss, name, rank FROM owner WHERE id = 1 UNION ALL SELECT p.id, "
        "p.boss, p.name, p.rank FROM owner p JOIN o ON p.boss = o.id) SELECT i.id FROM item i, o WHERE {}".format,
        CONDITIONS,
    ),
    st.builds("WITH o AS (DELETE FROM owner RETURNING *) SELECT i.id FROM item i, o WHERE {}".format, CONDITIONS),
)  # fmt: skip
WRITES = st.one_of(
    st.builds("UPDATE item i SET price = 1, (kind, owner) = ('a', 2) FROM owner o WHERE {}".format, CONDITIONS),
    st.builds("DELETE FROM item i USING owner o WHERE {} RETURNING *".format, CONDITIONS),
    st.builds(
        "INSERT INTO owner (id, name) SELECT i.id, i.label FROM {} WHERE {} "
        "ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE owner.rank = 1".format,
        SOURCES, CONDITIONS,
    ),
    st.builds(
        "MERGE INTO item i USING owner o ON {} WHEN MATCHED AND i.flag THEN UPDATE SET price = 2 "
        "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (o.id)".format,
        CONDITIONS,
    ),
)  # fmt: skip
STATEMENTS = st.one_of(PLAIN, PLAIN, grouped(), WINDOWED, SETS, WITH, WRITES)
