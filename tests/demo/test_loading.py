from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.db import transaction
from django.db.models import Model
from psycopg import errors, sql

from catalog.models import Supplier
from config.databases import DOMAINS
from config.references import all_reference_fields
from config.routers import alias_of
from demo import copying, state
from demo.data.codes import check_digit
from demo.data.plan import USERS, Table
from demo.exceptions import NotDemoData, Stopped
from tests.demo.databases import PLAN, catalogue, execute, load, number, on_demo_data, unmarked

pytestmark = on_demo_data

COLUMNS = ("id", "bucket", "key", "sha256", "size_bytes", "mime_type", "original_name")
FORCE = ("--force", "--scale=0.002", f"--anchor={PLAN.anchor.isoformat()}")


CHECKSUM = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} t"


def checksums() -> dict[str, object]:
    """One of each table's rows."""
    return {
        table: execute(sql.SQL(CHECKSUM).format(sql.Identifier(table)), using=alias)
        for alias in DOMAINS
        for table in state.tables_of(alias)
    }


def fill_media(lines: Iterator[str], *, stop: bool = False) -> None:
    event = Event()
    if stop:
        event.set()
    table = Table("media_files", COLUMNS, 0, lambda: lines)
    copying.fill(
        PLAN, [table], using="media", replace=True, stop=event, progress=lambda table, rows: None
    )


def test_the_counts_are_those_of_the_scale() -> None:
    assert number("SELECT count(*) FROM products WHERE is_active") == 266
    assert number("SELECT count(*) FROM products WHERE NOT is_active") == 14
    assert number("SELECT count(*) FROM suppliers") == 60
    assert number("SELECT count(*) FROM price_history") == 1660
    assert number("SELECT count(*) FROM stock_history") == 1820
    assert number("SELECT count(*) FROM import_jobs", using="imports") == 40
    assert number("SELECT count(*) FROM import_logs", using="imports") == 4000
    assert number("SELECT count(*) FROM notifications", using="analytics") == 600


def test_the_log_reaches_over_fourteen_months_into_the_current_one() -> None:
    months = execute(
        "SELECT DISTINCT date_trunc('month', created_at) FROM import_logs", using="imports"
    )
    assert len(months) > 10  # with forty jobs some month may have none
    assert number("SELECT count(*) FROM import_logs_2024_03", using="imports") > 0
    assert (
        number("SELECT count(*) FROM import_logs WHERE created_at < '2023-02-01'", using="imports")
        == 0
    )


def test_every_ean_has_the_right_check_digit() -> None:
    codes = [ean for (ean,) in execute("SELECT ean FROM products WHERE ean <> ''")]
    assert len(codes) > 200
    assert [ean for ean in codes if check_digit(ean[:-1]) != ean[-1]] == []


def test_the_categories_are_a_tree_of_three_levels() -> None:
    broken = """
        SELECT count(*) FROM categories child LEFT JOIN categories parent ON parent.id = child.parent_id
         WHERE child.path <> concat_ws('/', parent.path, child.slug)
            OR child.depth <> coalesce(parent.depth + 1, 0)"""
    assert execute("SELECT DISTINCT depth FROM categories ORDER BY 1") == [(0,), (1,), (2,)]
    assert number(broken) == 0


def test_the_last_entry_of_a_history_is_the_present_value() -> None:
    different = """
        SELECT count(*) FROM products JOIN LATERAL (
            SELECT {column} FROM {column}_history WHERE product_id = products.id
             ORDER BY recorded_at DESC, id DESC LIMIT 1) AS last ON last.{column} <> products.{column}"""
    assert number(different.format(column="price")) == 0
    assert number(different.format(column="stock")) == 0


def test_a_change_was_made_by_a_job_of_the_products_supplier() -> None:
    suppliers = dict(execute("SELECT id, supplier_id FROM import_jobs", using="imports"))
    changes = execute(
        "SELECT DISTINCT job_id, supplier_id FROM price_history JOIN products ON products.id = product_id"
    )
    assert changes
    assert all(suppliers[job_id] == supplier_id for job_id, supplier_id in changes)


def test_the_ledger_adds_up_to_what_the_jobs_say() -> None:
    counted = execute(
        "SELECT job_id, sum(rows_inserted), sum(rows_updated), sum(rows_unchanged), "
        "sum(rows_deactivated) FROM import_ledger GROUP BY job_id ORDER BY job_id"
    )
    said = execute(
        "SELECT id, rows_inserted, rows_updated, rows_unchanged, rows_deactivated "
        "FROM import_jobs WHERE status = 'completed' ORDER BY id",
        using="imports",
    )
    assert counted == said


def ids(model: type[Model], column: str) -> set[int]:
    query = sql.SQL("SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL").format(
        column=sql.Identifier(column), table=sql.Identifier(model._meta.db_table)
    )
    return {value for (value,) in execute(query, using=alias_of(model._meta.app_label))}


def test_every_reference_into_another_database_finds_its_row() -> None:
    fields = [f for alias in DOMAINS for f in all_reference_fields(alias)]
    assert len(fields) > 10
    for field in fields:
        referred = ids(field.model, field.attname)
        assert referred, field
        assert referred <= ids(apps.get_model(field.to), "id"), field


def test_the_application_goes_on_with_the_next_ids() -> None:
    last = number("SELECT max(id) FROM suppliers")
    with transaction.atomic(using="catalog"):
        supplier = Supplier.objects.create(code="NEXT", name="Next", country="FR")
        transaction.set_rollback(True, using="catalog")
    assert supplier.pk == last + 1
    with transaction.atomic(using="default"):
        user = User.objects.create(username="someone.new")
        transaction.set_rollback(True, using="default")
    assert user.pk > max(USERS)


def test_the_users_of_the_demonstration_cannot_log_in_and_may_do_nothing() -> None:
    for user in User.objects.filter(pk__in=USERS):
        assert user.is_staff
        assert not user.has_usable_password()
        assert not user.is_superuser
        assert not user.get_all_permissions()


def test_the_tables_are_vacuumed_and_analyzed() -> None:
    visible = "SELECT relallvisible = relpages AND relpages > 0 FROM pg_class WHERE relname = %s"
    assert execute(visible, "price_history") == [(True,)]
    assert number("SELECT count(*) FROM pg_stats WHERE tablename = 'import_logs'", using="imports")


def test_a_second_call_finds_all_there() -> None:
    before = checksums()
    assert "nothing was loaded" in load("--seed=7")
    assert checksums() == before


def test_loading_again_by_force_gives_the_same_rows_indexes_and_constraints() -> None:
    rows, schema = checksums(), catalogue()
    assert "price_history" in load(*FORCE)
    assert checksums() == rows
    assert catalogue() == schema


def test_other_data_than_what_is_there_has_to_be_forced() -> None:
    with pytest.raises(CommandError, match=r"seed 7, scale 0\.002.*--force"):
        load("--scale=0.01")


@pytest.mark.parametrize("arguments", [["--seed=7"], ["--force"]])
def test_rows_that_someone_else_wrote_are_never_touched(arguments: list[str]) -> None:
    before = checksums()
    with unmarked("analytics"), pytest.raises(CommandError, match=r"analytics \(events, metric"):
        load(*arguments)
    assert checksums() == before


def test_real_suppliers_among_the_demonstrations_stop_a_replacement() -> None:
    supplier = Supplier.objects.create(code="ACME-1", name="Acme", country="FR")
    try:
        before = number("SELECT count(*) FROM products")
        with pytest.raises(CommandError, match="ACME-1"):
            load(*FORCE)
        assert number("SELECT count(*) FROM products") == before
    finally:
        supplier.delete()


def test_a_database_without_demonstration_data_is_not_taken_for_one() -> None:
    state.require_demo_data(DOMAINS)
    with unmarked("media"), pytest.raises(NotDemoData, match="media"):
        state.require_demo_data(DOMAINS)


@pytest.mark.parametrize("scale", ["0", "1000", "nan"])
def test_an_impossible_scale_is_refused(scale: str) -> None:
    with pytest.raises(CommandError, match=r"between 0\.001 and 100"):
        load("--force", f"--scale={scale}")


def broken_lines() -> Iterator[str]:
    for file_id in range(1, 5000):
        yield f"{file_id}\tb\tk{file_id}\t{'0' * 64}\t1\timage/png\t"
    yield "not a number\tb\tk\tsha\t1\timage/png\t"


def test_a_load_that_fails_leaves_the_database_as_it_was() -> None:
    rows, schema = checksums(), catalogue()
    with pytest.raises(errors.InvalidTextRepresentation):
        fill_media(broken_lines())
    assert checksums() == rows
    assert catalogue() == schema


def test_a_load_that_is_interrupted_leaves_the_database_as_it_was() -> None:
    rows, schema = checksums(), catalogue()
    with pytest.raises(Stopped):
        fill_media(broken_lines(), stop=True)
    assert checksums() == rows
    assert catalogue() == schema


def test_a_database_that_was_not_filled_is_filled_by_the_next_call() -> None:
    rows = checksums()
    with copying.connect(using="code2asin") as connection:
        tables = ", ".join(state.tables_of("code2asin"))
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    printed = load("--seed=7")
    assert "asin_mappings" in printed
    assert "price_history" not in printed
    assert checksums() == rows


def test_a_vacuum_that_was_missed_is_made_up_for() -> None:
    with copying.connect(using="media") as connection:
        state.mark(connection, PLAN, using="media", is_tidy=False)
    assert "VACUUM ANALYZE" in load("--seed=7")
    assert state.look(using="media").is_tidy


def test_a_table_in_use_is_waited_for_and_then_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_LOCK_TIMEOUT", "200ms")
    rows = checksums()
    with copying.connect(using="media") as connection:
        connection.execute("SELECT count(*) FROM media_files")
        with pytest.raises(CommandError, match=r"media: .*lock timeout.*again"):
            load(*FORCE)
    load("--seed=7")
    assert checksums() == rows
