"""Every table exists in exactly one database."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connections

from config.databases import ALIASES, DOMAINS
from config.routers import alias_of

TABLES = """
SELECT relname FROM pg_class
 WHERE relkind IN ('r', 'p') AND NOT relispartition
   AND relnamespace = 'public'::regnamespace AND relname <> 'django_migrations'
"""


def tables(alias: str) -> set[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute(TABLES)
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db(databases="__all__")
def test_every_table_exists_in_exactly_one_database() -> None:
    found = {alias: tables(alias) for alias in ALIASES}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            homes = [alias for alias in ALIASES if model._meta.db_table in found[alias]]
            assert homes == [alias_of(model._meta.app_label)], model._meta.label


@pytest.mark.django_db(databases="__all__")
def test_the_five_domains_hold_32_tables() -> None:
    assert {alias: len(tables(alias)) for alias in DOMAINS} == {
        "catalog": 9,
        "imports": 8,
        "media": 4,
        "code2asin": 5,
        "analytics": 6,
    }


@pytest.mark.django_db(databases="__all__")
def test_the_migrations_build_the_15_critical_indexes() -> None:
    names = set()
    for alias in DOMAINS:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT index_class.relname, indisvalid FROM pg_index"
                " JOIN pg_class AS index_class ON index_class.oid = indexrelid"
                " WHERE index_class.relname LIKE 'idx\\_%%' AND NOT index_class.relispartition"
            )
            for name, is_valid in cursor.fetchall():
                assert is_valid, name
                names.add(name)
    assert len(names) == 15
    assert {
        "idx_products_active_created_desc",
        "idx_products_sku_active_title",
        "idx_products_supplier_id",
        "idx_import_jobs_status_created",
        "idx_import_logs_job_created_level",
        "idx_notifications_user_unread",
    } <= names


def test_no_foreign_key_crosses_a_database() -> None:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            target = field.related_model
            if target is not None and field.remote_field is not None:
                assert not isinstance(target, str)
                assert alias_of(model._meta.app_label) == alias_of(target._meta.app_label), field
