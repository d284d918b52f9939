"""The category tree keeps its paths; products keep their history."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from catalog import actions
from catalog.exceptions import CategoryCycle, CategoryPathTaken, CategoryPathTooLong
from catalog.models import Category, PriceHistory, StockHistory
from catalog.queries import subtree_ids
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db(databases="__all__")


def category(slug: str, parent: Category | None = None) -> Category:
    return actions.create_category(
        parent_id=parent.pk if parent else None, name=slug.title(), slug=slug, using="catalog"
    )


def move(moved: Category, parent: Category | None, slug: str = "") -> int:
    return actions.move_category(
        category_id=moved.pk,
        parent_id=parent.pk if parent else None,
        slug=slug or moved.slug,
        using="catalog",
    )


def tree() -> dict[str, int]:
    return dict(Category.objects.values_list("path", "depth"))


def test_a_new_category_stands_below_its_parent() -> None:
    drills = category("drills", category("tools"))
    assert (drills.path, drills.depth) == ("tools/drills", 1)


def test_a_subtree_moves_with_its_root() -> None:
    tools, garden = category("tools"), category("garden")
    drills = category("drills", tools)
    category("cordless", drills)
    assert move(drills, garden) == 2
    assert tree() == {"tools": 0, "garden": 0, "garden/drills": 1, "garden/drills/cordless": 2}
    drills.refresh_from_db()
    assert drills.parent_id == garden.pk


def test_a_subtree_moves_up_to_the_root() -> None:
    tools = category("tools")
    drills = category("drills", tools)
    category("cordless", drills)
    move(drills, None)
    assert tree() == {"tools": 0, "drills": 0, "drills/cordless": 1}


def test_a_new_slug_renames_the_paths_below() -> None:
    tools = category("tools")
    category("drills", tools)
    move(tools, None, slug="power-tools")
    assert tree() == {"power-tools": 0, "power-tools/drills": 1}


def test_neighbours_whose_slugs_begin_alike_stay() -> None:
    tools = category("tools")
    for slug in ("tools-2", "tools0", "tool"):
        category("drills", category(slug))
    move(tools, None, slug="garden")
    assert set(tree()) == {
        "garden",
        *("tools-2", "tools-2/drills", "tools0", "tools0/drills", "tool", "tool/drills"),
    }


def test_all_paths_are_rewritten_by_one_update() -> None:
    tools = category("tools")
    for number in range(5):
        category("leaf", category(f"branch-{number}", tools))
    with CaptureQueriesContext(connections["catalog"]) as sent:
        assert move(tools, None, slug="garden") == 11
    assert sum(q["sql"].startswith("UPDATE") for q in sent.captured_queries) == 1


def test_nothing_is_written_where_nothing_moves() -> None:
    assert move(category("tools"), None) == 0


def test_a_category_cannot_stand_below_itself() -> None:
    tools = category("tools")
    drills = category("drills", tools)
    for parent in (tools, drills):
        with pytest.raises(CategoryCycle):
            move(tools, parent)
    assert tree() == {"tools": 0, "tools/drills": 1}


def test_two_categories_cannot_have_one_path() -> None:
    tools = category("tools")
    category("drills", tools)
    with pytest.raises(CategoryPathTaken):
        category("drills", tools)
    with pytest.raises(CategoryPathTaken):
        move(category("drills"), tools)


def test_a_path_that_would_not_fit_is_refused_before_anything_moves() -> None:
    deep = category("a" * 100)
    for letter in "bcdefghi":
        deep = category(letter * 100, deep)
    top, other = Category.objects.get(depth=0), category("z" * 100)
    with pytest.raises(CategoryPathTooLong):
        move(top, other)
    assert max(len(path) for path in tree()) == 908


def test_a_subtree_is_what_begins_with_its_path() -> None:
    tools = category("tools")
    drills = category("drills", tools)
    category("tools-2")
    found = subtree_ids(category_id=tools.pk, using="catalog")
    assert sorted(found) == [tools.pk, drills.pk]
    assert subtree_ids(category_id=0, using="catalog") == []


def test_only_products_that_change_are_named() -> None:
    active, inactive = ProductFactory.create(), ProductFactory.create(is_active=False)
    ids = [active.pk, inactive.pk]
    assert actions.set_active(product_ids=ids, is_active=False, using="catalog") == [active.pk]
    active.refresh_from_db()
    assert not active.is_active


@pytest.mark.parametrize(
    ("changed", "prices", "stocks"),
    [(["title"], 0, 0), (["cost"], 1, 0), (["stock"], 0, 1), (actions.RECORDED_FIELDS, 1, 1)],
)
def test_history_is_written_for_what_changed(changed: list[str], prices: int, stocks: int) -> None:
    product = ProductFactory.create()
    actions.record_history(product=product, changed=changed, using="catalog")
    assert PriceHistory.objects.count() == prices
    assert StockHistory.objects.count() == stocks
