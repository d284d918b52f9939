from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from demo.data import text


@given(st.integers(0, 4_000_000_000_000))  # 1970 to 2096
def test_a_moment_is_written_as_postgresql_reads_it(milliseconds: int) -> None:
    read = datetime.fromisoformat(text.moment(milliseconds))
    assert read - datetime(1970, 1, 1, tzinfo=UTC) == timedelta(milliseconds=milliseconds)


def test_money_has_two_decimals() -> None:
    assert [text.money(cents) for cents in (5, 1990, 123_456)] == ["0.05", "19.90", "1234.56"]


def test_what_copy_would_take_for_syntax_is_escaped() -> None:
    assert text.cell("a\tb\\c\nd") == "a\\tb\\\\c\\nd"
    assert text.line(None, True, 3, "x\ty") == "\\N\tt\t3\tx\\ty"
