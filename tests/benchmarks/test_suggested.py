"""What the optimizer suggests is built as it says, recognised in plans, and dropped again."""

from __future__ import annotations

import psycopg
import pytest
from django.db import transaction

from benchmarks.suggested import built, used_indexes
from optimizer.records import Evidence, IndexSuggestion
from tests.demo.databases import catalogue, execute, on_demo_data

pytestmark = on_demo_data

# One statement for the parent, one for a partition, and one that attaches it.
ON_LOGS = """CREATE INDEX wanted ON ONLY public.import_logs (line_number);
CREATE INDEX CONCURRENTLY wanted_2024_03 ON public.import_logs_2024_03 (line_number);
ALTER INDEX public.wanted ATTACH PARTITION public.wanted_2024_03;"""
ON_PRODUCTS = 'CREATE INDEX CONCURRENTLY "wanted; really" ON public.products (ean)'


def suggestion(create_sql: str) -> IndexSuggestion:
    return IndexSuggestion(
        number=1,
        schema_name="public",
        table_name="products",
        name="wanted",
        columns=("ean",),
        include=(),
        predicate="",
        method="btree",
        create_sql=create_sql,
        estimated_benefit=0.5,
        size_bytes=0,
        evidence=Evidence.HYPOPG,
        reason="",
        statements=(),
    )


def test_what_is_built_is_gone_afterwards() -> None:
    before = catalogue()
    with built([suggestion(ON_PRODUCTS)], using="catalog") as names:
        assert names == ["wanted; really"]
        assert catalogue() != before
    assert catalogue() == before


def test_an_index_of_a_partitioned_table_is_one_index() -> None:
    before = catalogue()
    with built([suggestion(ON_LOGS)], using="imports") as names:
        assert names == ["wanted"]
        assert execute("SELECT to_regclass('wanted_2024_03') IS NOT NULL", using="imports") == [
            (True,)
        ]
    assert catalogue() == before


def test_what_was_built_is_gone_after_an_error_too() -> None:
    before = catalogue()
    with pytest.raises(KeyboardInterrupt), built([suggestion(ON_LOGS)], using="imports"):
        raise KeyboardInterrupt
    half = ON_LOGS.replace("ATTACH PARTITION public.wanted_2024_03", "ATTACH PARTITION nowhere")
    with pytest.raises(psycopg.Error), built([suggestion(half)], using="imports"):
        pass
    assert catalogue() == before


def test_the_indexes_in_a_plan_are_named_by_the_partitioned_one() -> None:
    statements = [("SELECT * FROM import_logs_2024_03 WHERE line_number = %s", (3,))]
    with built([suggestion(ON_LOGS)], using="imports"), transaction.atomic(using="imports"):
        execute("SET LOCAL enable_seqscan = off", using="imports")
        assert used_indexes(statements, using="imports") == {"wanted"}
    assert used_indexes(statements, using="imports") == set()
