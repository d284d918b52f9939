# ruff: noqa: S608 - the statements are the subject of these tests
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.advise import advisor
from optimizer.advise.advisor import advise
from optimizer.advise.case import MAX_STATEMENTS
from optimizer.advise.proposing.shapes import existing_shape
from optimizer.observe.indexes import indexes
from optimizer.observe.statements import workload as observed_workload
from optimizer.records import (
    Advice,
    AdviceLimits,
    Evidence,
    IndexSuggestion,
    Verdict,
    WorkloadStatement,
)
from tests.optimizer.advise.conftest import (
    COMPANY,
    FORGET_STATEMENTS,
    Connection,
    fill,
    scratch_database,
    superuser_in,
)
from tests.optimizer.advise.helpers import (
    advice_for,
    brief,
    on_table,
    serving,
    table_of,
    workload,
)

PRODUCT_LIST = """SELECT "products"."id", "products"."title", "products"."description"
    FROM "products" WHERE "products"."is_active" ORDER BY "products"."created_at" DESC LIMIT $1"""
PRODUCT_LIST_API = """SELECT id, title, description FROM products WHERE is_active = $1
    ORDER BY created_at DESC LIMIT $2"""
BY_SKU = "SELECT * FROM products WHERE sku = $1 AND is_active LIMIT $2"
OF_SUPPLIER = "SELECT * FROM products WHERE supplier_id = $1 ORDER BY title LIMIT $2"
JOBS = "SELECT * FROM import_jobs WHERE status = $1 ORDER BY created_at DESC LIMIT $2"
LOGS = """SELECT * FROM import_logs WHERE job_id = $1 AND log_level IN ($2, $3)
    ORDER BY created_at DESC LIMIT $4"""
ALL_LOGS = "SELECT * FROM import_logs WHERE job_id = $1 ORDER BY created_at DESC LIMIT $2"
UNREAD = """SELECT * FROM notifications WHERE user_id = $1 AND NOT is_read
    ORDER BY created_at DESC LIMIT $2"""
UNREAD_COUNT = "SELECT count(*) FROM notifications WHERE user_id = $1 AND read_at IS NULL"
CRITICAL = (PRODUCT_LIST, BY_SKU, OF_SUPPLIER, JOBS, LOGS, ALL_LOGS, UNREAD, UNREAD_COUNT)


@pytest.fixture(scope="module")
def advice(company: Connection) -> Advice:
    return advice_for(company, *CRITICAL)


@pytest.fixture(scope="module")
def copy() -> Iterator[Connection]:
    """The company's tables, to build indexes on."""
    with scratch_database("copy") as connection:
        fill(connection, COMPANY)
        yield connection


def begins_with(suggestion: IndexSuggestion, leading: tuple[str, ...]) -> bool:
    """Whether the keys begin so; what the index's own condition says needs no key."""
    if suggestion.predicate == leading[0]:
        leading = leading[1:]
    return suggestion.columns[: len(leading)] == leading


@pytest.mark.parametrize(
    ("query", "leading"),
    [
        (PRODUCT_LIST, ("is_active", "created_at DESC")),
        (PRODUCT_LIST_API, ("is_active", "created_at DESC")),
        (BY_SKU, ("sku",)),
        (OF_SUPPLIER, ("supplier_id",)),
        (JOBS, ("status", "created_at DESC")),
        (LOGS, ("job_id",)),
        (ALL_LOGS, ("job_id", "created_at DESC")),
        (UNREAD, ("user_id",)),
        (UNREAD_COUNT, ("user_id",)),
    ],
)
def test_each_critical_query_alone_gets_its_index(
    company: Connection, query: str, leading: tuple[str, ...]
) -> None:
    found = advice_for(company, query)
    (suggestion,) = serving(found, query)
    assert begins_with(suggestion, leading), brief(suggestion)
    (served,) = [item for item in suggestion.statements if item.query == query]
    assert served.cost_after < served.cost_before / 3


@pytest.mark.parametrize("query", CRITICAL)
def test_all_of_them_together_get_theirs_too(advice: Advice, query: str) -> None:
    (suggestion,) = serving(advice, query)
    (served,) = [item for item in suggestion.statements if item.query == query]
    assert served.cost_after < served.cost_before / 2
    assert served.plan_before != served.plan_after
    assert suggestion.name in served.plan_after
    assert suggestion.evidence is Evidence.HYPOPG
    assert not advice.skipped


def test_logs_of_a_job_share_one_index(advice: Advice) -> None:
    (suggestion,) = on_table(advice, "import_logs")
    assert suggestion.columns[:2] == ("job_id", "created_at DESC")
    assert {item.query for item in suggestion.statements} == {LOGS, ALL_LOGS}


def test_the_figures_add_up(advice: Advice) -> None:
    saved = (advice.baseline_cost - advice.cost_with_suggestions) / advice.baseline_cost
    benefits = [suggestion.estimated_benefit for suggestion in advice.suggestions]
    assert sum(benefits) == pytest.approx(saved)
    assert benefits == sorted(benefits, reverse=True)
    assert [found.number for found in advice.suggestions] == list(range(1, len(benefits) + 1))
    assert 0.85 < saved < 1
    assert advice.statements_analysed == len(CRITICAL)
    assert 0 < advice.planner_calls < 1_000
    assert advice.seconds > 0


def _without_clocks(found: Advice) -> Advice:
    return replace(found, seconds=0.0, first_answer_seconds=0.0)


def test_the_same_input_gives_the_same_advice(company: Connection, advice: Advice) -> None:
    again = advice_for(company, *CRITICAL)
    assert _without_clocks(again) == _without_clocks(advice)


def test_the_order_of_the_workload_does_not_matter(company: Connection, advice: Advice) -> None:
    backwards = advice_for(company, *reversed(CRITICAL))
    assert [brief(found) for found in backwards.suggestions] == [
        brief(found) for found in advice.suggestions
    ]


def test_every_suggestion_can_be_built_and_keeps_its_promise(copy: Connection) -> None:
    found = advice_for(copy, *CRITICAL)
    for suggestion in found.suggestions:
        for statement in suggestion.create_sql.splitlines():
            copy.execute(statement.encode())
    built = {index.name: index for index in indexes(copy)}
    for suggestion in found.suggestions:
        assert built[suggestion.name].is_valid
        assert built[suggestion.name].table_name == suggestion.table_name
    again = advice_for(copy, *CRITICAL)
    assert again.baseline_cost == pytest.approx(found.cost_with_suggestions, rel=0.25)
    # ANALYZE samples at random: a trifle may be left to gain, but never much.
    left = again.baseline_cost - again.cost_with_suggestions
    assert left <= 0.01 * found.baseline_cost


def test_sizes_are_near_the_real_ones(copy: Connection) -> None:
    query = "SELECT id FROM products WHERE title = $1"
    (suggestion,) = serving(advice_for(copy, query), query)
    copy.execute(suggestion.create_sql.encode())
    row = copy.execute("SELECT pg_relation_size(%s::regclass)", (suggestion.name,)).fetchone()
    assert row is not None
    assert suggestion.size_bytes == pytest.approx(row[0], rel=0.2)


def test_one_table_alone_can_be_asked_for(company: Connection) -> None:
    found = advise(company, statements=workload(*CRITICAL), table=("public", "products"))
    assert {suggestion.table_name for suggestion in found.suggestions} == {"products"}
    assert found.statements_analysed == len(CRITICAL)


@pytest.mark.parametrize(
    ("existing", "query"),
    [
        ("products (sku)", BY_SKU),
        ("products (sku, title)", "SELECT * FROM products WHERE sku = $1"),
        ("products (created_at)", "SELECT * FROM products ORDER BY created_at DESC LIMIT $1"),
        ("import_jobs (status, created_at)", JOBS),
        (
            "products (supplier_id, stock)",
            "SELECT * FROM products WHERE supplier_id = $1 AND stock = $2",
        ),
        ("import_logs (job_id, created_at)", ALL_LOGS),
        ("notifications (user_id) WHERE read_at IS NULL", UNREAD_COUNT),
    ],
)
def test_an_index_that_serves_already_is_recognised(
    company: Connection, existing: str, query: str
) -> None:
    company.execute(f"CREATE INDEX existing ON {existing}")
    try:
        found = advice_for(company, query)
    finally:
        company.execute("DROP INDEX existing")
    assert serving(found, query) == []


def test_an_invalid_index_serves_nobody(company: Connection) -> None:
    company.execute("CREATE INDEX invalid_one ON products (sku)")
    with superuser_in(company) as superuser:
        superuser.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'invalid_one'::regclass"
        )
    try:
        query = "SELECT * FROM products WHERE sku = $1"
        assert [brief(found) for found in serving(advice_for(company, query), query)] == ["sku"]
    finally:
        company.execute("DROP INDEX invalid_one")


def test_a_statement_that_fails_ends_nothing(company: Connection) -> None:
    broken = [
        "SELECT nothing FROM products WHERE sku = $1",
        "SELECT ((",
        "SELECT * FROM products WHERE sku = 1 + interval '1 day'",
        "LISTEN jobs",
        "SELECT pg_sleep(10) FROM products",
        "SELECT " + "+".join(["1"] * 50_000),
    ]
    found = advice_for(company, *broken, BY_SKU)
    assert {skipped.query for skipped in found.skipped} == set(broken)
    assert all(skipped.reason for skipped in found.skipped)
    assert len(serving(found, BY_SKU)) == 1


def test_odd_names_are_quoted(copy: Connection) -> None:
    table = '"Odd Schema"."Odd.Table"'
    long = "column_whose_name_takes_all_of_the_sixty_three_bytes_there_are_x"
    found = advice_for(
        copy,
        f'SELECT * FROM {table} WHERE "select" = $1',
        f'SELECT * FROM {table} WHERE "Group" ORDER BY "order" DESC LIMIT $1',
        f'SELECT "a""b" FROM {table} AS "x.y" WHERE "x.y"."a""b" = $1 AND {long} = $2',
    )
    mine = on_table(found, "Odd.Table")
    assert {brief(suggestion).split()[0].strip(",") for suggestion in mine} >= {"select", 'a"b'}
    for suggestion in mine:
        assert suggestion.schema_name == "Odd Schema"
        assert len(suggestion.name) <= 30
        copy.execute(suggestion.create_sql.encode())


def test_a_name_that_is_taken_is_not_used_again(copy: Connection) -> None:
    query = "SELECT * FROM notifications WHERE body = $1"
    (expected,) = serving(advice_for(copy, query), query)
    copy.execute(f"CREATE TABLE {expected.name} (n integer)")
    (other,) = serving(advice_for(copy, query), query)
    assert (other.columns, other.name != expected.name) == (expected.columns, True)


def test_a_foreign_key_without_an_index_is_told(company: Connection) -> None:
    (suggestion,) = on_table(advice_for(company), "products")
    assert suggestion.columns == ("supplier_id",)
    assert "products_supplier_id_fkey" in suggestion.reason
    assert "public.suppliers" in suggestion.reason


def test_a_foreign_key_is_told_however_busy_the_rest_is(company: Connection) -> None:
    found = advice_for(company, BY_SKU, JOBS, calls=1_000_000)
    assert ("supplier_id",) in [item.columns for item in on_table(found, "products")]


def test_a_small_table_needs_no_index_for_its_foreign_key(company: Connection) -> None:
    company.execute(
        """CREATE TABLE notes (supplier_id bigint REFERENCES suppliers);
           INSERT INTO notes SELECT 1 + n % 60 FROM generate_series(1, 400) AS n; ANALYZE notes"""
    )
    try:
        assert on_table(advice_for(company), "notes") == []
    finally:
        company.execute("DROP TABLE notes")


def test_updates_and_deletes_count_too(company: Connection) -> None:
    queries = (
        "UPDATE products SET price = $1 WHERE sku = $2",
        "DELETE FROM notifications WHERE user_id = $1",
    )
    found = advice_for(company, *queries)
    assert [brief(serving(found, query)[0]) for query in queries] == ["sku", "user_id"]


def test_calls_weigh(company: Connection) -> None:
    often = WorkloadStatement(1, BY_SKU, 1_000_000, 0.0)
    once = WorkloadStatement(2, "SELECT * FROM products WHERE title = $1", 1, 0.0)
    found = advise(company, statements=[often, once])
    assert serving(found, BY_SKU)
    assert not serving(found, once.query)


def test_of_very_many_statements_the_dearest_are_looked_at(company: Connection) -> None:
    sources = [
        WorkloadStatement(number, f"SELECT {number}, id FROM suppliers", 1, float(number))
        for number in range(MAX_STATEMENTS + 20)
    ]
    found = advise(company, statements=sources)
    assert found.statements_analysed == MAX_STATEMENTS
    assert {skipped.query for skipped in found.skipped} == {source.query for source in sources[:20]}


def test_the_time_limit_is_kept(company: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisor, "MAX_PLANNER_CALLS", 12)
    found = advice_for(company, *CRITICAL)
    assert found.planner_calls < 100
    assert found.statements_analysed + len(found.skipped) == len(CRITICAL)
    assert not found.is_complete
    hasty = advise(company, statements=workload(*CRITICAL), limits=AdviceLimits(seconds=0.0))
    assert {skipped.query for skipped in hasty.skipped} == set(CRITICAL)


def test_an_empty_database_gives_no_advice() -> None:
    with scratch_database("empty") as connection:
        found = advice_for(connection)
        assert (found.suggestions, found.skipped, found.findings) == ((), (), ())
        assert (found.baseline_cost, found.cost_with_suggestions) == (0, 0)


def test_real_statements_with_varying_parameters_are_enough(copy: Connection) -> None:
    """As the application sends them: values bound by the client, constants lost on the way."""
    runs: Mapping[str, list[tuple[object, ...]]] = {
        "SELECT * FROM import_jobs WHERE supplier_id = %s AND status = %s LIMIT 25": [
            (number, status) for number in range(1, 8) for status in ("failed", "pending")
        ],
        "SELECT id, body FROM notifications WHERE created_at >= %s ORDER BY created_at": [
            (f"2025-10-{day:02}",) for day in range(20, 26)
        ],
    }
    with superuser_in(copy) as superuser:
        superuser.execute(FORGET_STATEMENTS)
    with psycopg.ClientCursor(copy) as cursor:
        for query, parameters in runs.items():
            for values in parameters:
                cursor.execute(query.encode(), values)
    found = advise(copy, statements=observed_workload(copy))
    assert [brief(item).split(",")[0] for item in on_table(found, "import_jobs")] == ["supplier_id"]
    assert [brief(item).split()[0] for item in on_table(found, "notifications")] == ["created_at"]


@pytest.fixture(scope="module")
def bare() -> Iterator[Connection]:
    """The company's tables on a server without HypoPG."""
    with scratch_database("bare") as connection:
        with superuser_in(connection) as superuser:
            superuser.execute("DROP EXTENSION hypopg")
        fill(connection, COMPANY)
        yield connection


@pytest.mark.parametrize(
    ("query", "leading"),
    [
        (PRODUCT_LIST, ("is_active", "created_at DESC")),
        (PRODUCT_LIST_API, ("is_active", "created_at DESC")),
        (BY_SKU, ("sku",)),
        (OF_SUPPLIER, ("supplier_id",)),
        (JOBS, ("status", "created_at DESC")),
        (LOGS, ("job_id",)),
        (UNREAD, ("user_id",)),
    ],
)
def test_without_hypopg_rules_find_the_same(
    bare: Connection, query: str, leading: tuple[str, ...]
) -> None:
    found = advice_for(bare, query)
    (suggestion,) = serving(found, query)
    assert begins_with(suggestion, leading), brief(suggestion)
    assert found.evidence is suggestion.evidence is Evidence.HEURISTIC
    assert "nothing is proved" in suggestion.reason
    assert found.planner_calls == 0


def test_without_hypopg_it_is_said_how_to_get_it(bare: Connection) -> None:
    (finding,) = advice_for(bare).findings
    assert (finding.code, finding.verdict) == ("hypopg-missing", Verdict.UNKNOWN)
    assert "apt-get install postgresql-" in finding.remedy
    assert "CREATE EXTENSION hypopg" in finding.remedy


def test_without_hypopg_a_fast_statement_is_no_reason(bare: Connection) -> None:
    fast = [WorkloadStatement(1, BY_SKU, 1000, 0.1)]
    slow = [WorkloadStatement(1, BY_SKU, 1000, 10.0)]
    assert serving(advise(bare, statements=fast), BY_SKU) == []
    assert len(serving(advise(bare, statements=slow), BY_SKU)) == 1


def test_without_hypopg_an_index_that_serves_is_recognised(bare: Connection) -> None:
    bare.execute("CREATE INDEX existing ON import_jobs (status, created_at)")
    try:
        assert serving(advice_for(bare, JOBS), JOBS) == []
    finally:
        bare.execute("DROP INDEX existing")


def test_without_the_right_to_read_the_missing_grant_is_named(company: Connection) -> None:
    with superuser_in(company) as connection:
        connection.execute("SET ROLE pg_monitor")
        found = advice_for(connection, BY_SKU, JOBS)
    assert {skipped.query for skipped in found.skipped} >= {BY_SKU, JOBS}
    assert all("permission denied" in skipped.reason for skipped in found.skipped)
    (finding,) = found.findings
    assert finding.code == "missing-select"
    assert finding.remedy == "GRANT SELECT ON public.import_jobs, public.products TO pg_monitor;"


@pytest.fixture(scope="module")
def indexed() -> Iterator[Connection]:
    """Tables that have some indexes already."""
    with scratch_database("indexed") as connection:
        fill(
            connection,
            COMPANY
            + """CREATE INDEX ON products (supplier_id, stock);
                 CREATE INDEX ON products (created_at DESC) WHERE is_active;
                 CREATE INDEX ON products (sku) INCLUDE (title);
                 CREATE INDEX ON products (title varchar_pattern_ops)""",
        )
        yield connection


COLUMNS = st.sampled_from(["supplier_id", "stock", "created_at", "sku", "title", "price", "id"])
TESTS = st.one_of(
    st.builds("{} = $1".format, COLUMNS),
    st.builds("{} > $2".format, COLUMNS),
    st.builds("{} IN ($3, $4)".format, COLUMNS),
    st.builds("{} IS NULL".format, COLUMNS),
    st.sampled_from(["is_active", "NOT is_active", "title LIKE 'Product 1%'", "title LIKE $5"]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(
    tests=st.lists(TESTS, min_size=1, max_size=3),
    joined=st.sampled_from([" AND ", " OR "]),
    order=st.one_of(st.none(), COLUMNS, COLUMNS.map("{} DESC".format)),
    targets=st.sampled_from(["*", "id", "count(*)", "max(price)"]),
)
def test_what_exists_is_never_suggested_and_every_suggestion_is_sql(
    indexed: Connection, tests: list[str], joined: str, order: str | None, targets: str
) -> None:
    tail = f" ORDER BY {order} LIMIT $6" if order and targets in ("*", "id") else ""
    query = f"SELECT {targets} FROM products WHERE {joined.join(tests)}{tail}"
    found = advice_for(indexed, query)
    products = table_of(indexed, "products")
    with indexed.transaction(force_rollback=True):
        before = indexes(indexed)
        for suggestion in found.suggestions:
            indexed.execute(suggestion.create_sql.replace("CONCURRENTLY ", "").encode())
        new = [index for index in indexes(indexed) if index.oid not in {old.oid for old in before}]
    assert len(new) == len(found.suggestions)
    for index in new:
        mine = existing_shape(index, products)
        assert mine is not None
        for old in before:
            theirs = existing_shape(old, products) if old.table_name == "products" else None
            assert theirs is None or not mine.is_served_by(theirs)


def test_what_cannot_be_proved_is_said_once_a_table_with_all_that_builds_it(
    company: Connection,
) -> None:
    found = advice_for(
        company,
        "SELECT id FROM products WHERE title LIKE '%lamp%'",
        "SELECT id FROM products WHERE description ILIKE '%lamp%'",
        "SELECT id FROM products WHERE sku = $1",
    )
    (unprovable,) = (item for item in found.findings if item.code == "unprovable-index")
    extension, *statements = unprovable.remedy.splitlines()
    assert extension == "CREATE EXTENSION IF NOT EXISTS pg_trgm;"
    assert len(statements) == 2
    assert all("gin_trgm_ops" in statement for statement in statements)
    names = {item.name for item in found.suggestions}
    assert not any(f" {name} " in statement for name in names for statement in statements)
    assert "leading-wildcard" not in {item.code for item in found.findings}
