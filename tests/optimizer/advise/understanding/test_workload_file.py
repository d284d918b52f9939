from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.advise.understanding import workload_file
from optimizer.advise.understanding.workload_file import parse_workload, read_workload
from optimizer.exceptions import WorkloadUnreadable
from optimizer.records import WorkloadStatement


def queries(text: str) -> list[str]:
    return [statement.query for statement in parse_workload(text, source="test.sql")]


def named(text: str) -> list[tuple[str, float | None]]:
    return [(found.name, found.weight) for found in parse_workload(text, source="test.sql")]


def refusal(text: str) -> str:
    with pytest.raises(WorkloadUnreadable) as failure:
        parse_workload(text, source="test.sql")
    return str(failure.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1;;\n ; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 'é;'';' ; SELECT 2;", ["SELECT 'é;'';'", "SELECT 2"]),
        ("SELECT E'\\';'; SELECT 2;", ["SELECT E'\\';'", "SELECT 2"]),
        ('SELECT 1 AS "a;b"; SELECT 2', ['SELECT 1 AS "a;b"', "SELECT 2"]),
        ("SELECT $x$;$$;$x$; SELECT 2", ["SELECT $x$;$$;$x$", "SELECT 2"]),
        ("/* a; /* b; */ */ SELECT 1 /* ; */; -- c;\nSELECT 2", ["SELECT 1 /* ; */", "SELECT 2"]),
        ("SELECT 1 -- one;\n; SELECT 2", ["SELECT 1 -- one;", "SELECT 2"]),
        ("SELECT 1;\r\nSELECT\r\n2;\r\n", ["SELECT 1", "SELECT\r\n2"]),
        (
            "CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b); SELECT 2",
            ["CREATE RULE r AS ON INSERT TO t DO (DELETE FROM a; DELETE FROM b)", "SELECT 2"],
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC "
            "SELECT CASE WHEN true THEN 1 END; SELECT 1; END; SELECT 2",
            [
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC "
                "SELECT CASE WHEN true THEN 1 END; SELECT 1; END",
                "SELECT 2",
            ],
        ),
        ("SET work_mem = '1MB'; CREATE VIEW v AS SELECT 1", None),
        ("SELECT id FROM t WHERE sku = $1 AND day > now() - interval $2; SELECT 2", None),
    ],
)
def test_a_semicolon_ends_a_statement_only_where_sql_says_so(
    text: str, expected: list[str] | None
) -> None:
    assert queries(text) == (text.split("; ") if expected is None else expected)


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ("SELEC 1;", "SELEC 1"),
        ("SELECT (1;", "SELECT (1"),
        ("SELECT 1);", "SELECT 1)"),
        ("SELECT 'abc;", "SELECT 'abc"),
        ("'abc;", "'abc"),
        ("SELECT 1a;", "SELECT 1a"),
        ("SELECT $x$ 1;", "SELECT $x$ 1"),
        ("CREATE VIEW v AS SELECT (1;", "CREATE VIEW v AS SELECT (1"),
    ],
)
def test_a_statement_that_is_wrong_takes_no_other_with_it(wrong: str, kept: str) -> None:
    assert queries(f"SELECT 1;\n{wrong}\nSELECT 2;\nSELECT 3") == [
        "SELECT 1",
        kept,
        "SELECT 2",
        "SELECT 3",
    ]


def test_an_unfinished_comment_is_kept_as_a_statement_that_cannot_be_judged() -> None:
    assert queries("SELECT 1; /* SELECT 2") == ["SELECT 1", "/* SELECT 2"]


def test_names_and_weights_stand_before_a_statement_in_any_order() -> None:
    text = """
        -- Of the shop.
        -- weight: 3
        -- name: list of products
        SELECT 1;
        SELECT 2; -- weight: 9
        -- NAME: q3
        -- another remark, name: none
        /* weight: 7 */
        --Weight:0.25
        SELECT 3;
        SELECT 4
        -- weight: 5
        ;
    """

    assert named(text) == [
        ("list of products", 3.0),
        ("statement 2", 1.0),
        ("q3", 0.25),
        ("statement 4", 1.0),
    ]


def test_a_remark_behind_the_semicolon_is_not_of_the_next_statement() -> None:
    assert named("SELECT 1; -- weight: 9\nSELECT 2;") == [
        ("statement 1", 1.0),
        ("statement 2", 1.0),
    ]


def test_a_statement_counts_once_and_was_never_measured() -> None:
    assert parse_workload("SELECT 1", source="test.sql") == [
        WorkloadStatement(
            queryid=None, query="SELECT 1", calls=1, total_time=0.0, name="statement 1", weight=1.0
        )
    ]


def test_statements_that_differ_in_a_constant_only_stay_apart() -> None:
    assert queries("SELECT 1; SELECT 1; SELECT 2") == ["SELECT 1", "SELECT 1", "SELECT 2"]


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "three", "3 times", ""])
def test_a_weight_that_is_none_is_refused_with_its_line(weight: str) -> None:
    assert refusal(f"SELECT 1;\n\n-- weight: {weight}\nSELECT 2;").startswith(
        "“test.sql”, line 3: the weight has to be a positive number"
    )


@pytest.mark.parametrize("text", ["", " \n;;", "-- weight: 3\n/* nothing */"])
def test_a_file_without_a_statement_is_refused(text: str) -> None:
    assert refusal(text) == "“test.sql” holds no statement."


def test_what_is_no_text_is_refused() -> None:
    assert "NUL" in refusal("SELECT 1;\x00 SELECT 2;")


def test_large_files_are_read_window_by_window(monkeypatch: pytest.MonkeyPatch) -> None:
    statement = "-- name: é{0}\n-- weight: 2\nSELECT {0}, 'a;b' /* ; */ FROM \"t;\""
    text = ";\n".join(statement.format(number) for number in range(300))
    whole = parse_workload(text, source="test.sql")
    for window in (1, 7, 64, 1000):
        monkeypatch.setattr(workload_file, "WINDOW", window)
        assert parse_workload(text, source="test.sql") == whole
    assert [found.name for found in whole] == [f"é{number}" for number in range(300)]
    assert whole[7].query == "SELECT 7, 'a;b' /* ; */ FROM \"t;\""


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_bytes("-- name: é\r\nSELECT 1;\r\n".encode("utf-8-sig"))

    (statement,) = read_workload(path)

    assert (statement.name, statement.query) == ("é", "SELECT 1")


def test_files_that_cannot_be_used_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing, folder, latin = tmp_path / "none.sql", tmp_path, tmp_path / "latin.sql"
    latin.write_bytes(b"SELECT 1;\nSELECT '\xe9';\n")
    monkeypatch.setattr(workload_file, "MAX_BYTES", 10)
    large = tmp_path / "large.sql"
    large.write_text("SELECT 12;\n")
    said = {}
    for path in (missing, folder, latin, large):
        monkeypatch.setattr(workload_file, "MAX_BYTES", 10 if path == large else 10**6)
        with pytest.raises(WorkloadUnreadable) as failure:
            read_workload(path)
        said[path] = str(failure.value)

    assert "No such file" in said[missing]
    assert "Is a directory" in said[folder]
    assert "line 2" in said[latin]
    assert "larger than 0 MB" in said[large]
