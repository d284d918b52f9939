from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer.advise.findings.foreign_keys import foreign_keys, without_index
from optimizer.observe.indexes import indexes
from tests.optimizer.advise.conftest import Connection, scratch_database

TABLES = """
CREATE TABLE authors (id bigint PRIMARY KEY, "First Name" text, "last" text,
                      UNIQUE ("First Name", "last"));
CREATE TABLE books (id bigint PRIMARY KEY, author_id bigint REFERENCES authors,
                    "First Name" text, "last" text, editor_id bigint REFERENCES authors,
                    CONSTRAINT by_name FOREIGN KEY ("last", "First Name")
                        REFERENCES authors ("last", "First Name"));
CREATE TABLE prints (book_id bigint REFERENCES books, at date) PARTITION BY RANGE (at);
CREATE TABLE prints_2025 PARTITION OF prints FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
"""


@pytest.fixture(scope="module")
def database() -> Iterator[Connection]:
    with scratch_database("library") as connection:
        yield connection


@pytest.fixture
def library(database: Connection) -> Iterator[Connection]:
    database.execute(TABLES)
    yield database
    database.execute("DROP TABLE prints, books, authors")


def uncovered(connection: Connection) -> set[str]:
    keys = without_index(foreign_keys(connection), indexes(connection))
    return {f"{key.table_name} {', '.join(key.columns)}" for key in keys}


def test_every_foreign_key_is_listed_once(library: Connection) -> None:
    assert uncovered(library) == {
        "books author_id",
        "books editor_id",
        "books last, First Name",
        "prints book_id",
    }


@pytest.mark.parametrize(
    ("definition", "covered"),
    [
        ("books (author_id)", "books author_id"),
        ("books (author_id, id)", "books author_id"),
        ("books USING hash (author_id)", "books author_id"),
        ("books (author_id) WHERE author_id IS NOT NULL", "books author_id"),
        ('books ("First Name", "last")', "books last, First Name"),
        ('books ("last", "First Name", id)', "books last, First Name"),
        ("prints (book_id)", "prints book_id"),
    ],
)
def test_an_index_that_begins_with_the_columns_covers_it(
    library: Connection, definition: str, covered: str
) -> None:
    before = uncovered(library)
    library.execute(f"CREATE INDEX ON {definition}")
    assert before - uncovered(library) == {covered}


@pytest.mark.parametrize(
    "definition",
    [
        "books (id, author_id)",
        "books (author_id) WHERE id > 5",
        'books ("last", id, "First Name")',
        "books (abs(author_id))",
        "prints_2025 (book_id)",
    ],
)
def test_another_index_does_not(library: Connection, definition: str) -> None:
    before = uncovered(library)
    library.execute(f"CREATE INDEX ON {definition}")
    assert uncovered(library) == before


def test_the_check_is_the_query_a_delete_runs(library: Connection) -> None:
    checks = {key.name: key.check().query for key in foreign_keys(library)}
    assert checks["by_name"] == (
        'SELECT 1 FROM ONLY public.books AS x WHERE x.last = $1 AND x."First Name" = $2'
    )
    assert checks["prints_book_id_fkey"] == (
        "SELECT 1 FROM public.prints AS x WHERE x.book_id = $1"
    )


def test_as_often_as_rows_were_deleted(library: Connection) -> None:
    library.execute(
        """INSERT INTO authors (id) SELECT generate_series(1, 50);
           INSERT INTO books (id) SELECT generate_series(1, 20);
           DELETE FROM authors WHERE id <= 40; DELETE FROM books WHERE id <= 7;
           SELECT pg_stat_force_next_flush()"""
    )
    library.execute("SELECT 1")
    calls = {key.name: key.check().calls for key in foreign_keys(library)}
    assert calls["books_author_id_fkey"] == 40
    assert calls["prints_book_id_fkey"] == 7
