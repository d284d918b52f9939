from __future__ import annotations

from random import Random

import pytest

from demo.workload import parameters
from demo.workload.parameters import Parameters
from demo.workload.queries import CRITICAL, QUERIES, NamedQuery
from tests.demo.databases import on_demo_data

pytestmark = on_demo_data

DRAWS = 60  # of so little data, some find nothing


@pytest.fixture(scope="module")
def drawn(loaded: None) -> Parameters:
    return parameters.read()


def test_the_shares_are_of_a_hundred_and_the_names_are_unique() -> None:
    assert sum(query.share for query in QUERIES) == 100
    assert len({query.name for query in QUERIES}) == len(QUERIES)


def test_reads_are_much_more_frequent_than_writes() -> None:
    writes = [query for query in QUERIES if query.run.__module__.endswith("writing")]
    assert 0 < sum(query.share for query in writes) < 15


def test_the_critical_queries_are_those_of_the_company() -> None:
    assert [query.name for query in CRITICAL] == [
        "product list",
        "search by SKU",
        "job dashboard",
        "logs of a job",
        "unread notifications",
    ]


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_every_query_runs_and_finds_rows(query: NamedQuery, drawn: Parameters) -> None:
    assert any(query.run(Random(draw), drawn) for draw in range(DRAWS))


def test_the_same_draw_asks_for_the_same_rows(drawn: Parameters) -> None:
    for query in CRITICAL:
        assert query.run(Random(3), drawn) == query.run(Random(3), drawn)
