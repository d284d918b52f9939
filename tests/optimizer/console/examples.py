"""Records to show, complete with what a test does not care about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.records import (
    Advice,
    Evidence,
    Index,
    IndexSuggestion,
    ServedStatement,
    TableStats,
)

TABLE = TableStats(
    schema_name="public",
    table_name="products",
    row_count=1_000,
    size_bytes=8_192,
    heap_bytes=8_192,
    index_bytes=0,
    toast_bytes=0,
    partitions=0,
    seq_scan=0,
    seq_tup_read=0,
    idx_scan=0,
    n_live_tup=1_000,
    n_dead_tup=0,
    n_tup_ins=0,
    n_tup_upd=0,
    n_tup_del=0,
    n_tup_hot_upd=0,
    n_mod_since_analyze=0,
    blocks_hit=0,
    blocks_read=0,
    last_vacuum=None,
    last_analyze=None,
)
INDEX = Index(
    oid=1,
    schema_name="public",
    table_name="products",
    name="products_pkey",
    method="btree",
    columns=("id",),
    include=(),
    predicate="",
    definition="CREATE UNIQUE INDEX products_pkey ON public.products USING btree (id)",
    key_signature=("id",),
    is_unique=True,
    is_primary=True,
    is_constraint=True,
    is_valid=True,
    is_partitioned=False,
    parent_oid=None,
    is_replica_identity=False,
    size_bytes=8_192,
    idx_scan=0,
    build_in_progress=False,
)


def table(**figures: Any) -> TableStats:
    return replace(TABLE, **figures)


def index(**figures: Any) -> Index:
    return replace(INDEX, **figures)


SERVED = ServedStatement(
    queryid=7,
    query="SELECT title FROM products WHERE ean = $1",
    call_count=1_200,
    cost_before=5_000.0,
    cost_after=8.0,
    plan_before="Seq Scan on products",
    plan_after="Index Scan using idx_products_ean on products",
)
SUGGESTION = IndexSuggestion(
    number=1,
    schema_name="public",
    table_name="products",
    name="idx_new",
    columns=("ean",),
    include=(),
    predicate="",
    method="btree",
    create_sql="CREATE INDEX CONCURRENTLY idx_new ON public.products (ean);",
    estimated_benefit=0.5,
    size_bytes=8_192,
    evidence=Evidence.HYPOPG,
    reason="It serves one statement.",
    statements=(SERVED,),
)
ADVICE = Advice(
    suggestions=(SUGGESTION,),
    baseline_cost=1_000.0,
    cost_with_suggestions=500.0,
    planner_calls=321,
    seconds=0.5,
    evidence=Evidence.HYPOPG,
    statements_analysed=3,
    skipped=(),
    findings=(),
)


def suggestion(**figures: Any) -> IndexSuggestion:
    return replace(SUGGESTION, **figures)


def advice(*suggestions: IndexSuggestion, **figures: Any) -> Advice:
    return replace(ADVICE, suggestions=suggestions, **figures)
