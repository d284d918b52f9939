from __future__ import annotations

from typing import Any

import psycopg
import pytest

from benchmarks.planning import Costs
from benchmarks.scratch import scratch_database
from benchmarks.warehouse import fill, questions
from benchmarks.workloads import Workload, data_size

Connection = psycopg.Connection[Any]

FACTS = ("sale_line", "stock_movement")
DIGEST = "SELECT count(*), sum(hashtextextended(row::text, 0)) FROM {} AS row"
ANALYZED = "SELECT count(DISTINCT tablename) FROM pg_stats WHERE schemaname = 'public'"
INDEXES = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"


def value(connection: Connection, statement: str) -> Any:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def digests(connection: Connection) -> list[tuple[Any, ...]]:
    return [
        connection.execute(DIGEST.format(table).encode()).fetchall()[0]
        for table in (*FACTS, "article", "shopper", "store", "clerk", "campaign", "vendor")
    ]


def test_each_run_makes_the_same_rows(connection: Connection) -> None:
    with (
        scratch_database(using="default", purpose="again") as parameters,
        psycopg.connect(**parameters, autocommit=True) as other,
    ):
        fill(other, scale=0.02)
        assert digests(other) == digests(connection)


def test_the_scale_is_that_of_the_facts(connection: Connection) -> None:
    assert [digest[0] for digest in digests(connection)[:2]] == [20_000, 10_000]
    assert data_size(connection) > 2_000_000


def test_there_are_primary_keys_and_statistics_and_nothing_else(connection: Connection) -> None:
    names = [name for (name,) in connection.execute(INDEXES).fetchall()]
    assert len(names) == 10
    assert all(name.endswith("_pkey") for name in names)
    assert value(connection, ANALYZED) == 10
    assert value(
        connection, "SELECT relallvisible = relpages FROM pg_class WHERE relname = 'sale_line'"
    )


def test_few_articles_make_most_sales(connection: Connection) -> None:
    share = value(
        connection,
        """SELECT sum(sold) FILTER (WHERE place <= 24)::float / sum(sold)
             FROM (SELECT count(*) AS sold, rank() OVER (ORDER BY count(*) DESC) AS place
                     FROM sale_line GROUP BY article_id) AS ranked""",
    )
    assert share > 0.3  # the tenth part of 240 articles


def test_shoppers_buy_near_home(connection: Connection) -> None:
    share = value(
        connection,
        """SELECT avg((shopper.city = store.city)::int)::float
             FROM sale_line JOIN shopper USING (shopper_id) JOIN store USING (store_id)""",
    )
    assert share > 0.7


def test_every_line_has_its_rows_in_the_dimensions(connection: Connection) -> None:
    joined = value(
        connection,
        """SELECT count(*) FROM sale_line JOIN calendar USING (day_id) JOIN tender USING (tender_id)
             JOIN clerk ON clerk.clerk_id = sale_line.clerk_id AND clerk.store_id = sale_line.store_id
             JOIN store ON store.store_id = sale_line.store_id LEFT JOIN shopper USING (shopper_id)
             LEFT JOIN campaign USING (campaign_id)""",
    )
    assert joined == 20_000


def test_sixty_statements_of_different_names() -> None:
    found = questions()
    assert len({question.name for question in found}) == len(found) == 60
    assert all(question.weight >= 1 for question in found)


def test_no_statement_decides_the_cost_of_all(costs: Costs) -> None:
    """Otherwise the benchmark would measure that one."""
    shares = [costs.of(question, frozenset()) for question in costs.questions]
    assert max(shares) < 0.25 * sum(shares)


def databases(connection: Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


def interrupted(made: list[str]) -> None:
    with scratch_database(using="default", purpose="interrupted") as parameters:
        made.append(parameters["dbname"])
        raise KeyboardInterrupt


def test_the_database_is_gone_also_when_all_is_interrupted(
    small: Workload, connection: Connection
) -> None:
    assert small.parameters["dbname"] in databases(connection)
    made: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(made)
    assert made
    assert not databases(connection) & set(made)
