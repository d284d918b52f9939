"""Problems that a choice step by step gets wrong, each with its answer."""

from __future__ import annotations

from tests.optimizer.advise.choosing.scripted import Plans, Problem

BY_SKU = "SELECT * FROM products WHERE sku = $1"
BY_TITLE = "SELECT * FROM products WHERE title = $1"
BY_STOCK = "SELECT * FROM products WHERE stock = $1"
BY_ANY = "SELECT * FROM products WHERE sku = $1 AND title = $2 AND stock = $3"
JOINED = "SELECT * FROM products, import_jobs WHERE sku = $1 AND status = $2"


def saving(gain: float, *indexes: str) -> Plans:
    return {(): 1000.0, indexes: 1000.0 - gain}


def independent(sizes: dict[str, float], gains: dict[str, float], budget: float) -> Problem:
    """Each of the indexes serves a statement of its own."""
    queries = {"sku": BY_SKU, "title": BY_TITLE, "stock": BY_STOCK}
    script = {queries[index]: saving(gain, index) for index, gain in gains.items()}
    return Problem(script, sizes, budget)


TRAPS = {
    "one large one instead of the small one that gains more per byte": (
        independent({"sku": 2, "title": 10}, {"sku": 60, "title": 200}, budget=10),
        {"title"},
    ),
    "two small ones instead of the one that gains most": (
        independent(
            {"sku": 7, "title": 6, "stock": 6}, {"sku": 90, "title": 60, "stock": 60}, budget=12
        ),
        {"title", "stock"},
    ),
    "one instead of two that gain nearly the same": (
        Problem(
            {
                BY_ANY: {
                    (): 200.0,
                    ("sku",): 110.0,
                    ("stock",): 110.0,
                    ("sku", "stock"): 100.0,
                    ("title",): 95.0,
                }
            },
            {"sku": 5, "stock": 5, "title": 10},
            budget=10,
        ),
        {"title"},
    ),
    "two that pay only together": (
        Problem(
            {JOINED: saving(900, "sku", "status"), BY_TITLE: saving(300, "title")},
            {"sku": 5, "status": 5, "title": 5},
            budget=10,
        ),
        {"sku", "status"},
    ),
}
