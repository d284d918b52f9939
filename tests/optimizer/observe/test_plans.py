from __future__ import annotations

from typing import Any

import psycopg
import pytest

from optimizer.exceptions import PlanUnavailable
from optimizer.observe.plans import StatementPlanner, explain_generic, plan_index_names

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]

# As pg_stat_statements keeps them: every constant is a parameter, also where SQL takes none.
PLANNABLE = [
    "SELECT sku FROM orders WHERE id = $1",
    "SELECT sku FROM orders WHERE created_at > now() - interval $1",
    "SELECT sku FROM orders WHERE created_at > now() - $1",
    "SELECT sku FROM orders WHERE created_at >= date $1 AND created_at < $2::date",
    "SELECT sku FROM orders WHERE id IN ($1, $2, $3) ORDER BY created_at DESC LIMIT $4 OFFSET $5",
    "SELECT sku FROM orders WHERE id IN ($1 /*, ... */)",
    "SELECT extract($1 FROM created_at), count(*) FROM orders GROUP BY 1",
    "SELECT date_trunc($1, created_at), sum(qty * $2) FROM orders"
    " GROUP BY date_trunc($3, created_at) ORDER BY date_trunc($4, created_at)",
    "SELECT DISTINCT qty + $1 FROM orders ORDER BY qty + $2",
    "SELECT CASE WHEN qty > $1 THEN $2 ELSE $3 END FROM orders"
    " GROUP BY CASE WHEN qty > $4 THEN $5 ELSE $6 END",
    "UPDATE orders SET qty = CASE WHEN id = $1 THEN $2 ELSE $3 END WHERE id IN ($4, $5)",
    "UPDATE orders SET qty = qty + $1 WHERE sku = $2 RETURNING id",
    "DELETE FROM orders WHERE created_at < now() - interval $1 day",
    "INSERT INTO orders (sku, qty) VALUES ($1, $2), ($3, $4) ON CONFLICT DO NOTHING",
    "INSERT INTO orders (sku, qty) SELECT $1, generate_series($2, $3)",
    "MERGE INTO orders o USING lines l ON o.id = l.order_id"
    " WHEN MATCHED THEN UPDATE SET qty = $1 WHEN NOT MATCHED THEN INSERT (sku) VALUES ($2)",
    "WITH gone AS (DELETE FROM lines WHERE order_id = $1 RETURNING *) SELECT count(*) FROM gone",
    "SELECT * FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.attributes @> $1"
    " AND o.attributes ->> $2 = $3 AND upper(o.sku) LIKE upper($4)",
    "SELECT * FROM orders WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC",
    "SELECT * FROM orders WHERE $1 IS NULL OR sku = $2",
    "SELECT jsonb_build_object($1, qty), concat($2, sku), format($3, $4) FROM orders",
    "SELECT $1 + $2, $3 || $4, ARRAY[$5, $6], round(avg(qty) * $7, $8) FROM orders",
    "WITH wanted AS (SELECT $1 AS id) SELECT * FROM orders JOIN wanted USING (id)",
    "SELECT trim(both $1 FROM sku), substring(sku FROM $2 FOR $3), position($4 IN sku) FROM orders",
    "PREPARE by_sku (text) AS SELECT * FROM orders WHERE sku = $1 AND qty > $2",
    "VALUES ($1, $2)",
]


@pytest.fixture(autouse=True)
def orders(catalog: Connection) -> Connection:
    catalog.execute(
        """CREATE TABLE orders (id int PRIMARY KEY, sku text, qty int DEFAULT 0,
                                created_at timestamptz DEFAULT now(), attributes jsonb);
           CREATE TABLE lines (order_id int, sku text);
           CREATE SEQUENCE order_ids OWNED BY orders.id;
           ALTER TABLE orders ALTER id SET DEFAULT nextval('order_ids');
           INSERT INTO orders SELECT i, 'sku' || i FROM generate_series(1, 500) AS i;
           ANALYZE orders"""
    )
    return catalog


@pytest.mark.parametrize("query", PLANNABLE)
def test_a_normalised_statement_has_a_generic_plan(catalog: Connection, query: str) -> None:
    plan = explain_generic(catalog, query)

    assert plan.total_cost == plan.node["Total Cost"] > 0
    assert plan.text.splitlines()[0].endswith(f"width={plan.node['Plan Width']})")


def test_a_plan_leaves_nothing_behind(catalog: Connection) -> None:
    explain_generic(catalog, "SELECT * FROM orders WHERE id = $1")
    with pytest.raises(PlanUnavailable):
        explain_generic(catalog, "SELECT * FROM nowhere WHERE id = $1")

    assert catalog.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
    assert catalog.execute("SHOW plan_cache_mode").fetchone() == ("auto",)
    assert catalog.execute("SHOW transaction_read_only").fetchone() == ("off",)
    assert catalog.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_statement_that_writes_is_planned_and_not_executed(catalog: Connection) -> None:
    assert explain_generic(catalog, "UPDATE orders SET qty = $1").total_cost > 0
    assert explain_generic(catalog, "DELETE FROM orders").total_cost > 0

    assert catalog.execute("SELECT count(*), sum(qty) FROM orders").fetchone() == (500, 0)


def test_a_function_that_writes_behind_a_stable_one_cannot(catalog: Connection) -> None:
    """Planning runs stable functions; the read-only transaction is what stops them."""
    catalog.execute(
        """CREATE FUNCTION write() RETURNS int LANGUAGE plpgsql AS
               'BEGIN DELETE FROM orders; RETURN 1; END';
           CREATE FUNCTION sneaky() RETURNS int STABLE LANGUAGE plpgsql AS
               'BEGIN RETURN write(); END'"""
    )

    with pytest.raises(PlanUnavailable, match="read-only transaction"):
        explain_generic(catalog, "SELECT * FROM orders WHERE id = sneaky()")

    assert catalog.execute("SELECT count(*) FROM orders").fetchone() == (500,)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT * FROM pg_read_file('/etc/passwd') AS f(line)",
        "SELECT shop.PG_TERMINATE_BACKEND(1)",
        "SELECT * FROM orders WHERE id IN (SELECT dblink_exec('', ''))",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_sleep(10)",
        "WITH x AS (SELECT set_config('role', 'postgres', false)) SELECT * FROM x",
    ],
)
def test_a_statement_that_reaches_beyond_the_query_is_refused(
    catalog: Connection, query: str
) -> None:
    with pytest.raises(PlanUnavailable, match="not planned for safety"):
        explain_generic(catalog, query)


@pytest.mark.parametrize(
    "query",
    [
        "VACUUM orders",
        "TRUNCATE orders",
        "CREATE TABLE stolen AS SELECT * FROM orders",
        "SELECT * INTO stolen FROM orders",
        "COPY orders TO PROGRAM 'true'",
        "EXPLAIN ANALYZE DELETE FROM orders",
        "PREPARE gone AS TRUNCATE orders",
    ],
)
def test_anything_but_a_query_is_refused(catalog: Connection, query: str) -> None:
    with pytest.raises(PlanUnavailable):
        explain_generic(catalog, query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1; DROP TABLE orders",
        "SELECT 1; COMMIT; DROP TABLE orders",
        "/* harmless */ SELECT 1; DROP TABLE orders --",
        "",
        ";",
    ],
)
def test_only_a_single_statement_is_taken(catalog: Connection, query: str) -> None:
    with pytest.raises(PlanUnavailable, match="single statement"):
        explain_generic(catalog, query)

    assert catalog.execute("SELECT count(*) FROM orders").fetchone() == (500,)


@pytest.mark.parametrize("query", ["SELECT FROM WHERE", "SELECT 'cut off in the mid"])
def test_what_cannot_be_parsed_is_said_to_be_so(catalog: Connection, query: str) -> None:
    with pytest.raises(PlanUnavailable, match="cannot be parsed"):
        explain_generic(catalog, query)


def test_deep_nesting_is_refused_with_a_reason(catalog: Connection) -> None:
    with pytest.raises(PlanUnavailable):
        explain_generic(catalog, "SELECT " + "(" * 50_000 + "1" + ")" * 50_000)


def test_a_locked_table_does_not_hang_planning(catalog: Connection, superuser: Connection) -> None:
    with superuser.transaction():
        superuser.execute("LOCK TABLE shop.orders IN ACCESS EXCLUSIVE MODE")

        with pytest.raises(PlanUnavailable, match="lock"):
            explain_generic(catalog, "SELECT * FROM orders WHERE id = $1")


def test_partitions_are_shown_although_no_value_is_known(catalog: Connection) -> None:
    """A NULL belongs to no partition: pruned away, neither they nor their indexes would show."""
    catalog.execute(
        """CREATE TABLE logs (id int, at date) PARTITION BY RANGE (at);
           CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
           CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
           CREATE INDEX logs_at ON logs (at)"""
    )

    plan = explain_generic(catalog, "SELECT * FROM logs WHERE at = $1")

    assert plan_index_names(plan.node) == {"logs_1_at_idx", "logs_2_at_idx"}
    assert "logs_2" in plan.text


def test_a_planner_sees_indexes_that_come_and_go(catalog: Connection) -> None:
    planner = StatementPlanner(catalog, "SELECT * FROM orders WHERE sku = $1")
    before = planner.plan(with_text=False)

    catalog.execute("SELECT hypopg_create_index('CREATE INDEX ON shop.orders (sku)')")
    with_index = planner.plan(with_text=False)
    catalog.execute("SELECT hypopg_reset()")
    after = planner.plan(with_text=False)

    assert with_index.total_cost < before.total_cost == after.total_cost
    assert any("orders_sku" in name for name in plan_index_names(with_index.node))
    assert plan_index_names(after.node) == set()
    assert before.text == ""


def test_a_planner_that_fails_leaves_the_transaction_around_it_usable(catalog: Connection) -> None:
    with catalog.transaction():
        catalog.execute("INSERT INTO lines VALUES (1, 'kept')")
        with pytest.raises(PlanUnavailable):
            explain_generic(catalog, "SELECT nothing FROM orders WHERE id = $1")
        assert explain_generic(catalog, "SELECT id FROM orders WHERE id = $1").total_cost > 0

    assert catalog.execute("SELECT sku FROM lines").fetchone() == ("kept",)
