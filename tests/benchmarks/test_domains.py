from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from benchmarks.domains import as_text, numbered, question, workload
from benchmarks.planning import NOTHING, Costs, Planner
from config.databases import DOMAINS
from demo.copying import connect
from demo.workload import parameters
from demo.workload.queries import QUERIES
from tests.demo.databases import on_demo_data

pytestmark = on_demo_data


def test_placeholders_become_numbers_as_postgresql_keeps_them() -> None:
    assert numbered("SELECT %s WHERE a LIKE 'x%%' AND b = %s", (1, 2)) == (
        "SELECT $1 WHERE a LIKE 'x%' AND b = $2"
    )
    assert numbered("SELECT %(b)s, %(a)s, %(b)s", {"a": 1, "b": 2}) == "SELECT $2, $1, $2"
    assert numbered("SELECT 10 % 3", None) == "SELECT 10 % 3"


def test_values_become_what_postgresql_reads() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    with connect(using="catalog") as connection:
        assert as_text((1, None, True, Decimal("1.50"), "é", moment, [1, 2]), connection) == (
            *("1", None, "t", "1.50", "é", "2026-01-02 00:00:00+00:00", "{1,2}"),
        )
        assert as_text(None, connection) == ()


def test_a_question_has_the_statement_for_the_advisor_and_literals_for_the_judge() -> None:
    with connect(using="catalog") as connection:
        found = question("SELECT %s", [("a",), ("b",), ("a",)], 12, "letters", connection)
    assert found.texts == ("SELECT 'a'", "SELECT 'b'")
    assert (found.source.query, found.source.calls, found.name) == ("SELECT $1", 12, "letters")
    assert found.source.captured == (("a",), ("b",), ("a",))


@pytest.mark.parametrize("alias", DOMAINS)
def test_what_the_queries_of_a_database_execute_can_be_planned(alias: str) -> None:
    found = workload(alias, parameters.read(), name="small")
    own = [query for query in QUERIES if query.alias == alias]
    assert all(any(one.name.startswith(query.name) for one in found.questions) for query in own)
    with found.connect() as connection:
        assert Costs(Planner(connection), found.questions).total(NOTHING) > 0
