"""Values as PostgreSQL's COPY reads them: tab-separated text, one line a row."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache

from demo.data.plan import Table

NULL = r"\N"

DAY_MS = 86_400_000
HOUR_MS = 3_600_000

# Formatting a datetime costs more than all the rest of a row, so the two halves are looked up.
_CLOCK = [
    f"{hour:02d}:{minute:02d}:{second:02d}"
    for hour in range(24)
    for minute in range(60)
    for second in range(60)
]


def moment(ms: int) -> str:
    """Milliseconds since 1970 as a timestamptz."""
    seconds, fraction = divmod(ms, 1000)
    day, second = divmod(seconds, 86_400)
    return f"{_date_text(day)} {_CLOCK[second]}.{fraction:03d}+00"


def day_of(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, tz=UTC).date()


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def jsonb(value: object) -> str:
    return cell(json.dumps(value, ensure_ascii=False, sort_keys=True))


def cell(text: str) -> str:
    """Free text with what COPY would take for syntax escaped."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def line(*values: object) -> str:
    """A row of a small table. Large ones format their lines themselves, five times as fast."""
    return "\t".join(_value(value) for value in values)


def small_table(name: str, columns: str, rows: list[tuple[object, ...]]) -> Table:
    """A table whose rows are all known beforehand."""
    return Table(name, tuple(columns.split()), len(rows), lambda: (line(*row) for row in rows))


def _value(value: object) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    return cell(value) if isinstance(value, str) else str(value)


@cache
def _date_text(day: int) -> str:
    return date.fromordinal(day + date(1970, 1, 1).toordinal()).isoformat()
