from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from benchmarks.planning import Costs, Planner
from benchmarks.warehouse import warehouse
from benchmarks.workloads import Workload
from tests.demo.databases import demo_data


@pytest.fixture(scope="package")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Committed, because indexes are built concurrently and the workload runs in threads."""
    with django_db_blocker.unblock(), demo_data():
        yield


@pytest.fixture
def _django_db_helper(loaded: None) -> None:
    """What pytest-django does around each marked test, without its flush at the end."""


@pytest.fixture(scope="package")
def small(django_db_setup: None) -> Iterator[Workload]:
    """A warehouse with 30,000 facts, in a database of its own. Nobody changes it."""
    with warehouse(scale=0.02) as workload:
        yield workload


@pytest.fixture
def connection(small: Workload) -> Iterator[psycopg.Connection[Any]]:
    with small.connect() as connection:
        yield connection


@pytest.fixture
def costs(small: Workload, connection: psycopg.Connection[Any]) -> Costs:
    return Costs(Planner(connection), small.questions)
