"""Small things the tests of the benchmarks are made of."""

from __future__ import annotations

from benchmarks.planning import Costs, Offer
from benchmarks.workloads import Question
from optimizer.records import Evidence, IndexSuggestion

RECEIPT = "CREATE INDEX ON public.sale_line (receipt_no)"
SHOPPER = "CREATE INDEX ON public.sale_line (shopper_id, sold_at)"
EMAIL = "CREATE INDEX ON public.shopper (email)"
CITY = "CREATE INDEX ON public.shopper (city)"


def offer(create_sql: str, size_bytes: int = 1_000_000) -> Offer:
    return Offer(create_sql.split("public.")[1].split(" ")[0], create_sql, size_bytes)


def question(costs: Costs, name: str) -> Question:
    (found,) = [one for one in costs.questions if one.name == name]
    return found


def suggestion(create_sql: str, *, name: str = "wanted", size_bytes: int = 0) -> IndexSuggestion:
    return IndexSuggestion(
        number=1,
        schema_name="public",
        table_name=create_sql.split("public.")[1].split(" ")[0],
        name=name,
        columns=(),
        include=(),
        predicate="",
        method="btree",
        create_sql=create_sql,
        estimated_benefit=0.5,
        size_bytes=size_bytes,
        evidence=Evidence.HYPOPG,
        reason="",
        statements=(),
    )
