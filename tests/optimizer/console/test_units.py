"""Every figure has its unit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from optimizer.templatetags.optimizer import (
    ago,
    bar,
    count,
    dead_tone,
    duration,
    elapsed,
    rate,
    script,
    server_version,
    share,
    size,
    size_rate,
)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0, "0.00 ms"),
        (0.000_004_2, "4.20 µs"),
        (0.000_42, "0.42 ms"),
        (0.045, "45.0 ms"),
        (0.8504, "850 ms"),
        (1.3, "1.30 s"),
        (59.94, "59.9 s"),
        (125, "2 min 5 s"),
        (120, "2 min"),
        (11_520, "3 h 12 min"),
    ],
)
def test_a_duration_is_told_in_the_unit_that_fits_it(seconds: float | None, text: str) -> None:
    assert plain(duration(seconds)) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (None, "–"),
        (0.0, "0.0 %"),
        (0.0004, "< 0.1 %"),
        (0.1234, "12.3 %"),
        (0.1239, "12.4 %"),
        (1.0, "100.0 %"),
    ],
)
def test_a_share_is_told_in_percent(fraction: float | None, text: str) -> None:
    assert plain(share(fraction)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "–"), (0, "0"), (133_149, "133,149"), (2.5, "2.5"), (2.0, "2"), (1234.5, "1,234")],
)
def test_a_count_has_its_thousands_apart(number: float | None, text: str) -> None:
    assert count(number) == text


def test_a_size_is_told_in_bytes_and_their_multiples() -> None:
    assert [plain(size(number)) for number in (None, 0, 36_175_872)] == ["–", "0 bytes", "34.5 MB"]


def test_figures_are_written_as_the_reader_writes_them() -> None:
    with translation.override("fr"):
        assert plain(share(0.1234)) == "12,3 %"
        assert plain(count(133_149)) == "133 149"


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=19), "19 min ago"),
        (timedelta(hours=30), "30 h ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_a_moment_is_told_by_its_age_and_its_title_says_when(age: timedelta, text: str) -> None:
    moment = timezone.now() - age
    shown = plain(ago(moment))
    assert f">{text}</time>" in shown
    assert f'datetime="{moment.isoformat(timespec="seconds")}"' in shown
    assert f'title="{moment:%B} {moment.day}, {moment.year}' in shown.replace("Nov.", "November")


def test_what_never_happened_is_said_to_be_so() -> None:
    assert ago(None) == "never"


def test_a_wait_is_told_in_whole_seconds() -> None:
    assert plain(elapsed(timezone.now() - timedelta(seconds=7.9))) == "7 s"
    assert plain(elapsed(timezone.now() - timedelta(seconds=65.5))) == "1 min 5 s"


def test_a_bar_is_never_longer_than_its_track() -> None:
    assert [bar(fraction)["width"] for fraction in (None, -1, 0.333, 7)] == [
        "0.0",
        "0.0",
        "33.3",
        "100.0",
    ]


def test_dead_rows_warn_from_a_fifth_and_alarm_from_a_half() -> None:
    assert [dead_tone(dead) for dead in (0.19, 0.2, 0.5)] == ["", "warning", "critical"]


def test_the_version_of_a_server_is_told_as_postgresql_tells_it() -> None:
    assert server_version(150018) == "15.18"


def test_statements_are_joined_to_a_script() -> None:
    assert script(["VACUUM a", "VACUUM b"]) == "VACUUM a;\nVACUUM b;"


@pytest.mark.parametrize(
    ("per_second", "text"),
    [
        (0.0, "none"),
        (1200.0, "1,200 a second"),
        (2.5, "2.5 a second"),
        (0.5, "30 a minute"),
        (2.5 / 3600, "2.5 an hour"),
        (1.5 / 86_400, "1.5 a day"),
    ],
)
def test_a_rate_is_told_for_the_period_that_fits_it(per_second: float, text: str) -> None:
    assert plain(rate(per_second)) == text


def test_bytes_have_rates_too() -> None:
    assert plain(size_rate(2048.0)) == "2.0 KB a second"
    assert plain(size_rate(0.5)) == "30 bytes a minute"
