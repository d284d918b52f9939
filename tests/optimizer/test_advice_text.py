from __future__ import annotations

from dataclasses import replace

from optimizer import advice_text
from optimizer.records import (
    Advice,
    Confidence,
    Evidence,
    IndexSuggestion,
    ServedStatement,
    WritePrice,
)

SUGGESTION = IndexSuggestion(
    number=2,
    schema_name="public",
    table_name="Orders",
    name="idx_orders_sku",
    columns=("sku", "created_at DESC"),
    include=("total",),
    predicate="is_open",
    method="btree",
    create_sql="CREATE INDEX CONCURRENTLY idx_orders_sku ...",
    estimated_benefit=0.25,
    size_bytes=3 * 2**20,
    evidence=Evidence.HYPOPG,
    reason="It serves one statement.",
    statements=(),
    confidence=Confidence.LOW,
    confidence_reason="Nobody knows the values.",
)
ADVICE = Advice(
    suggestions=(SUGGESTION,),
    baseline_cost=1000.0,
    cost_with_suggestions=10.0,
    planner_calls=7,
    seconds=0.5,
    evidence=Evidence.HYPOPG,
    statements_analysed=3,
    skipped=(),
    findings=(),
)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def said(suggestion: IndexSuggestion) -> str:
    return plain("\n".join(advice_text.sentences(suggestion)))


def test_the_title_is_what_create_index_would_say() -> None:
    assert advice_text.title(SUGGESTION) == (
        '2. public."Orders" (sku, created_at DESC) INCLUDE (total) WHERE is_open'
    )
    hash_index = replace(SUGGESTION, method="hash", columns=("sku",), include=(), predicate="")
    assert advice_text.title(hash_index) == '2. public."Orders" USING hash (sku)'


def test_only_what_is_known_is_said() -> None:
    assert said(SUGGESTION).splitlines() == [
        "Saves 25.0 % of the workload's cost, takes 3.0 MB, proved with HypoPG.",
        "Confidence: low. Nobody knows the values.",
        "It serves one statement.",
    ]


def test_everything_known_is_said() -> None:
    text = said(
        replace(
            SUGGESTION,
            hypopg_size_bytes=9 * 2**20,
            seconds_saved_per_day=90.0,
            write_price=WritePrice(12.0, 3.0, 2048.0),
            makes_redundant=("public.old_one", "public.old_two"),
        )
    )

    assert "takes 3.0 MB (HypoPG says 9.0 MB)" in text
    assert "It would save 1 min 30 s of the server's time a day." in text
    assert (
        "Write price: 12 rows a second to keep up, 3 HOT updates a second lost, "
        "2.0 KB of WAL a second."
    ) in text
    assert "With it these are no longer needed: public.old_one, public.old_two." in text


def test_a_write_price_that_nobody_knows_is_called_so() -> None:
    assert advice_text.price(WritePrice(None, None, None)) == "Write price: not known."
    assert advice_text.price(WritePrice(0.0, None, None)) == (
        "Write price: 0 rows a second to keep up."
    )


def test_statements_are_called_by_their_names() -> None:
    statement = ServedStatement(None, "SELECT\n 1", 4, 100.0, 1.0, "", "", name="q1")

    assert advice_text.served(statement) == "100 → 1.00  × 4  q1: SELECT 1"
    assert advice_text.served(replace(statement, name="")) == "100 → 1.00  × 4  SELECT 1"


def test_the_summary_tells_of_the_budget_and_of_a_search_cut_short() -> None:
    short = " ".join(advice_text.summary(ADVICE))
    full = plain(
        " ".join(advice_text.summary(replace(ADVICE, budget_bytes=5 * 2**20, is_complete=False)))
    )

    assert "budget" not in short
    assert "time was over" not in short
    assert "They take 3.0 MB of a budget of 5.0 MB." in full
    assert "The time was over before the search was" in full


def test_without_suggestions_the_summary_says_that_none_is_worth_it() -> None:
    (sentence,) = advice_text.summary(replace(ADVICE, suggestions=()))

    assert sentence == "No index is worth building for the 3 statements that were judged."
