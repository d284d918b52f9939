from __future__ import annotations

import pytest

from optimizer.advise.proposing.candidates import candidates
from optimizer.advise.proposing.naming import MAX_LENGTH, index_name, partition_index_name
from tests.optimizer.advise.conftest import Connection
from tests.optimizer.advise.helpers import shape, table_of, understand


@pytest.mark.parametrize(
    ("table", "columns", "name"),
    [
        ("products", ("sku",), "idx_products_sku"),
        ("products", ("is_active", "created_at desc"), "idx_products_active_created"),
        ("import_jobs", ("status", "created_at desc"), "idx_import_jobs_status_created"),
    ],
)
def test_a_name_says_table_and_columns(
    company: Connection, table: str, columns: tuple[str, ...], name: str
) -> None:
    assert index_name(shape(table_of(company, table), *columns), set()) == name


def test_an_expression_is_named_after_what_it_says(company: Connection) -> None:
    statement = understand(company, "SELECT * FROM products WHERE upper(sku) = $1")
    (candidate,) = [item for item in candidates([statement])[statement] if not item.include]
    assert index_name(candidate, set()) == "idx_products_upper_sku"


def test_a_long_name_is_cut_and_stays_the_same(company: Connection) -> None:
    columns = ("supplier_id", "created_at desc", "description", "attributes")
    names = {index_name(shape(table_of(company, "products"), *columns), set()) for _ in range(3)}
    (name,) = names
    assert len(name) == MAX_LENGTH
    assert name.startswith("idx_products_supplier_cre")


def test_a_name_that_is_taken_gets_another_end(company: Connection) -> None:
    candidate = shape(table_of(company, "products"), "sku")
    taken = set[str]()
    for _attempt in range(5):
        name = index_name(candidate, taken)
        assert name not in taken
        assert len(name) <= MAX_LENGTH
        taken.add(name)


def test_an_odd_name_never_has_to_be_quoted(company: Connection) -> None:
    odd = table_of(company, "Odd.Table", "Odd Schema")
    for columns in (("Group", 'a"b'), ("select", "order desc")):
        assert index_name(shape(odd, *columns), set()).replace("_", "").isalnum()
    assert index_name(shape(odd, "select"), set()) == "idx_odd_table_select"


def test_the_parts_of_an_index_are_told_apart() -> None:
    long = "p" * 60
    first = partition_index_name("idx_logs_job", long + "1", set())
    second = partition_index_name("idx_logs_job", long + "2", {first})
    assert first != second
    assert max(len(first), len(second)) <= 63
    assert partition_index_name("idx_logs_job", "2025_01", set()) == "idx_logs_job_2025_01"
