# ruff: noqa: S608 - the statements are the subject of these tests
"""Problems made at random: what some indexes, alone and together, would do for some statements."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from tests.optimizer.advise.choosing.scripted import Plans, Problem

# Each column is in one of these tables only, so that its name stands for an index.
INDEXES = ("sku", "title", "price", "stock", "status", "file_name", "user_id", "body")
# Any index may matter to any of them; only the order makes them different statements.
QUERIES = tuple(
    "SELECT * FROM products, import_jobs, notifications WHERE "
    f"{' AND '.join(f'{column} = ${place}' for place, column in enumerate(INDEXES, start=1))} "
    f"ORDER BY {column}"
    for column in ("description", "is_active", "updated_at", "finished_at", "read_at", "is_read")
)


def random_problem(random: Random) -> Problem:
    indexes = INDEXES[: random.randint(3, len(INDEXES))]
    sizes = {index: float(random.randint(1, 20)) for index in indexes}
    script = {
        query: random_plans(random, indexes) for query in QUERIES[: random.randint(1, len(QUERIES))]
    }
    return Problem(script, sizes, budget=float(random.randint(1, int(sum(sizes.values())))))


def random_plans(random: Random, indexes: tuple[str, ...]) -> Plans:
    """One plan without an index, and a few with one to three of them."""
    plans: Plans = {(): float(random.randint(500, 1500))}
    for _plan in range(random.randint(1, 5)):
        used = random.sample(indexes, random.choice((1, 1, 1, 2, 2, 3)))
        plans[tuple(sorted(used))] = float(random.randint(1, int(plans[()])))
    return plans


def problems() -> st.SearchStrategy[Problem]:
    return st.randoms(use_true_random=False).map(random_problem)
