"""What the optimizer suggests is built as it says, recognised in plans, and dropped again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import transaction

from benchmarks.suggested import built, used_indexes
from demo.copying import connect
from tests.benchmarks.advice import suggestion
from tests.demo.databases import catalogue, execute, on_demo_data

pytestmark = on_demo_data

# One statement for the parent, one for a partition, and one that attaches it.
ON_LOGS = """CREATE INDEX wanted ON ONLY public.import_logs (line_number);
CREATE INDEX CONCURRENTLY wanted_2024_03 ON public.import_logs_2024_03 (line_number);
ALTER INDEX public.wanted ATTACH PARTITION public.wanted_2024_03;"""
ON_PRODUCTS = 'CREATE INDEX CONCURRENTLY "wanted; really" ON public.products (ean)'


@contextmanager
def building(create_sql: str, *, using: str = "imports") -> Iterator[list[str]]:
    with (
        connect(using=using, autocommit=True) as connection,
        built([suggestion(create_sql)], connection=connection) as names,
    ):
        yield names


def test_what_is_built_is_gone_afterwards() -> None:
    before = catalogue()
    with building(ON_PRODUCTS, using="catalog") as names:
        assert names == ["wanted; really"]
        assert catalogue() != before
    assert catalogue() == before


def test_an_index_of_a_partitioned_table_is_one_index() -> None:
    before = catalogue()
    with building(ON_LOGS) as names:
        assert names == ["wanted"]
        assert execute("SELECT to_regclass('wanted_2024_03') IS NOT NULL", using="imports") == [
            (True,)
        ]
    assert catalogue() == before


def test_what_was_built_is_gone_after_an_error_too() -> None:
    before = catalogue()
    with pytest.raises(KeyboardInterrupt), building(ON_LOGS):
        raise KeyboardInterrupt
    half = ON_LOGS.replace("ATTACH PARTITION public.wanted_2024_03", "ATTACH PARTITION nowhere")
    with pytest.raises(psycopg.Error), building(half):
        pass
    assert catalogue() == before


def test_the_indexes_in_a_plan_are_named_by_the_partitioned_one() -> None:
    statements = [("SELECT * FROM import_logs_2024_03 WHERE line_number = %s", (3,))]
    with building(ON_LOGS), transaction.atomic(using="imports"):
        execute("SET LOCAL enable_seqscan = off", using="imports")
        assert used_indexes(statements, using="imports") == {"wanted"}
    assert used_indexes(statements, using="imports") == set()
