from __future__ import annotations

import pytest
from django.db import models
from django.test.utils import isolate_apps

from catalog.models import Product
from optimizer.migration_writer.definition import Inexpressible, definition, index_statements
from optimizer.migration_writer.django_index import index_call
from optimizer.migration_writer.layout import Name, one_line


def written(stated: str, model: type[models.Model] = Product) -> str:
    """The model's index for what stands behind the table's name in CREATE INDEX."""
    (tree,) = index_statements(f"CREATE INDEX CONCURRENTLY idx ON products {stated}")
    call = index_call(model, "idx", definition(tree), alias="catalog")
    return one_line(call, lambda name: name.name)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("(title)", 'Index(fields=["title"], name="idx")'),
        ("(supplier_id, sku)", 'Index(fields=["supplier", "sku"], name="idx")'),
        ("(brand_id, id DESC)", 'Index(F("brand"), F("id").desc(), name="idx")'),
        ("(id DESC NULLS FIRST)", 'Index(F("id").desc(), name="idx")'),
        ("(ean ASC NULLS LAST)", 'Index(fields=["ean"], name="idx")'),
        ("(id DESC NULLS LAST)", 'Index(F("id").desc(nulls_last=True), name="idx")'),
        ("(ean NULLS FIRST)", 'Index(F("ean").asc(nulls_first=True), name="idx")'),
        (
            "(sku) INCLUDE (title, brand_id)",
            'Index(fields=["sku"], name="idx", include=["title", "brand"])',
        ),
        (
            "(title varchar_pattern_ops, id)",
            'Index(fields=["title", "id"], opclasses=["varchar_pattern_ops", ""], name="idx")',
        ),
        (
            "(title varchar_pattern_ops DESC)",
            'Index(fields=["-title"], opclasses=["varchar_pattern_ops"], name="idx")',
        ),
        ("(upper((title)::text))", 'Index(Upper("title"), name="idx")'),
        ("(lower(title) DESC, id)", 'Index(Lower("title").desc(), F("id"), name="idx")'),
        ("USING hash (sku)", 'HashIndex(fields=["sku"], name="idx")'),
        ("USING gin (attributes)", 'GinIndex(fields=["attributes"], name="idx")'),
        (
            "USING gin (attributes jsonb_path_ops) WITH (fastupdate = off)",
            'GinIndex(fields=["attributes"], opclasses=["jsonb_path_ops"], name="idx", '
            "fastupdate=False)",
        ),
        (
            "USING brin (created_at) WITH (pages_per_range='64')",
            'BrinIndex(fields=["created_at"], name="idx", pages_per_range=64)',
        ),
    ],
)
def test_keys_and_methods(stated: str, expected: str) -> None:
    assert written(stated) == expected


@pytest.mark.parametrize(
    ("predicate", "condition"),
    [
        ("is_active", "is_active=True"),
        ("NOT is_active", "is_active=False"),
        ("is_active = false", "is_active=False"),
        ("(is_active = true)", "is_active=True"),
        ("brand_id IS NULL", "brand__isnull=True"),
        ("cost IS NOT NULL", "cost__isnull=False"),
        ("currency = 'EUR'", 'currency="EUR"'),
        ("(currency)::text = 'EUR'::text", 'currency="EUR"'),
        ("stock = 0", "stock=0"),
        ("title = 'it''s new'", 'title="it\'s new"'),
        ("title = '100%'", 'title="100%"'),
        ("supplier_id = 7", "supplier=7"),
        ("currency IN ('EUR', 'CHF')", 'currency__in=["CHF", "EUR"]'),
        ("currency = ANY (ARRAY['EUR'::text, 'CHF'])", 'currency__in=["CHF", "EUR"]'),
        (
            "((currency)::text = ANY ((ARRAY['EUR'::character varying])::text[]))",
            'currency="EUR"',
        ),
        (
            "is_active AND cost IS NULL AND stock IN (1, 2)",
            "cost__isnull=True, is_active=True, stock__in=[1, 2]",
        ),
    ],
)
def test_predicates(predicate: str, condition: str) -> None:
    assert written(f"(sku) WHERE {predicate}") == (
        f'Index(fields=["sku"], name="idx", condition=Q({condition}))'
    )


@pytest.mark.parametrize(
    "stated",
    [
        "((stock + 1))",
        "(date(created_at))",
        "(lower(title), (attributes ->> 'colour'))",
        '(title COLLATE "C")',
        "(lower(title) text_pattern_ops)",  # OpClass needs django.contrib.postgres installed
        "(upper(created_at::text))",
        "(no_such_column)",
        "(sku) INCLUDE (no_such_column)",
        "(sku) WITH (fillfactor = 70)",
        "USING rum (title)",
        "USING gin (title gin_trgm_ops(siglen = 32))",
        "(sku) WHERE stock > 3",
        "(sku) WHERE stock <> 0",
        "(sku) WHERE price = 3.5",
        "(sku) WHERE created_at = '2025-01-01'",
        "(sku) WHERE currency = 'EUR' OR is_active",
        "(sku) WHERE currency LIKE 'E%'",
        "(sku) WHERE lower(title) = 'a'",
        "(sku) WHERE stock = 'many'",
        "(sku) WHERE stock = 1 AND stock = 2",
        "(sku) WHERE currency = NULL",
    ],
)
def test_what_a_model_cannot_say_exactly_is_not_said_nearly(stated: str) -> None:
    with pytest.raises(Inexpressible):
        written(stated)


def test_unique_indexes_are_constraints_in_django() -> None:
    (tree,) = index_statements("CREATE UNIQUE INDEX idx ON products (sku)")

    with pytest.raises(Inexpressible):
        definition(tree)


@isolate_apps("catalog")
def test_columns_with_odd_names_are_found_by_their_fields() -> None:
    class Odd(models.Model):
        order = models.IntegerField(db_column="Sort.Order")
        broken = models.IntegerField(db_column='say "no"')  # Django does not double the quotes
        flag = models.BooleanField(db_column="select")

        class Meta:
            app_label = "catalog"
            db_table = "Odd.Table"

        def __str__(self) -> str:
            return ""

    assert written('("Sort.Order" DESC) WHERE NOT "select"', Odd) == (
        'Index(F("order").desc(), name="idx", condition=Q(flag=False))'
    )
    with pytest.raises(Inexpressible):
        written('("say ""no""")', Odd)


def test_the_project_may_have_an_index_class_of_its_own() -> None:
    (tree,) = index_statements("CREATE INDEX idx ON products (sku)")
    own = Name("config.fields", "Index")

    call = index_call(
        Product, "a_name_longer_than_django_allows", definition(tree), alias="catalog", btree=own
    )

    assert call.target == own
