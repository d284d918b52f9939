from __future__ import annotations

from optimizer.console.plan_reading import sentences

PLAN = """\
Limit  (cost=4374.62..4375.18 rows=222 width=56)
  ->  Sort  (cost=4374.62..4380.17 rows=2218 width=56)
        Sort Key: products.created_at DESC
        ->  Nested Loop  (cost=98.47..4251.36 rows=2218 width=56)
              ->  Parallel Seq Scan on suppliers  (cost=0.00..1.75 rows=1 width=19)
                    Filter: (id = $1)
              ->  Index Scan Backward using products_pkey on products p  (cost=0.29..8.30 rows=1 width=8)
"""


def test_each_step_is_said_once_the_most_telling_first() -> None:
    said = sentences(PLAN + PLAN)
    assert [sentence.split(" reads ")[0].split(" ")[0] for sentence in said] == [
        "Seq",
        "Sort",
        "Index",
        "Nested",
        "Limit",
    ]


def test_the_table_and_the_index_are_named() -> None:
    said = sentences(PLAN)
    assert said[0].startswith("Seq Scan reads suppliers from beginning to end")
    assert "Index Scan finds the rows of products through the index products_pkey." in said


def test_conditions_and_unknown_nodes_say_nothing() -> None:
    assert sentences("  Filter: (Sort on x)\nForeign Scan on far  (cost=1.00..2.00 rows=1)") == []
    assert sentences("") == []
