from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from psycopg import errors

from demo import copying, critical_indexes
from demo.critical_indexes import CriticalIndex
from demo.exceptions import NotDemoData
from tests.demo.databases import catalogue, execute, on_demo_data, unmarked

pytestmark = on_demo_data


@pytest.fixture(autouse=True)
def nothing_is_missing_afterwards() -> Iterator[None]:
    yield
    restore()


def restore() -> str:
    output = StringIO()
    call_command("restore_critical_indexes", stdout=output)
    return output.getvalue()


def the(name: str) -> CriticalIndex:
    (critical,) = (one for one in critical_indexes.declared() if one.name == name)
    return critical


def test_there_are_fifteen_over_the_five_databases() -> None:
    declared = critical_indexes.declared()
    assert len(declared) == 15
    assert len({one.alias for one in declared}) == 5
    assert critical_indexes.missing() == []


def test_what_was_dropped_comes_back_as_it_was() -> None:
    before = catalogue()
    dropped = critical_indexes.drop(critical_indexes.declared())
    assert len(dropped) == 15
    assert critical_indexes.missing() == critical_indexes.declared()
    assert "idx_import_logs_job_created_level built" in restore()
    assert catalogue() == before
    assert "No critical index is missing." in restore()


def test_the_models_and_the_migrations_still_agree() -> None:
    critical_indexes.drop(critical_indexes.declared())
    restore()
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)
    assert "No changes detected" in out.getvalue()


def test_dropping_twice_drops_once() -> None:
    metrics = [the("idx_metrics_name_recorded")]
    assert critical_indexes.drop(metrics) == metrics
    assert critical_indexes.drop(metrics) == []


def test_a_build_that_was_interrupted_is_done_again() -> None:
    name = "idx_media_files_product"
    critical_indexes.drop([the(name)])
    with copying.connect(using="media") as writer:
        writer.execute("UPDATE media_files SET original_name = '' WHERE id = 1")
        with copying.connect(using="media", autocommit=True) as builder:
            builder.execute("SET lock_timeout = '100ms'")
            with pytest.raises(errors.LockNotAvailable):
                builder.execute(f"CREATE INDEX CONCURRENTLY {name} ON media_files (product_id, id)")
        writer.rollback()
    assert [one.name for one in critical_indexes.missing()] == [name]
    restore()
    query = "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass"
    assert execute(query, name, using="media") == [(True,)]


def test_only_demonstration_data_loses_its_indexes() -> None:
    with unmarked("analytics"), pytest.raises(NotDemoData, match="analytics"):
        critical_indexes.drop(critical_indexes.declared())
    assert critical_indexes.missing() == []
