"""Why no index helps a statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from optimizer.advise.understanding.access import Statement
from optimizer.advise.understanding.catalogue import Table
from optimizer.records import Verdict

MIN_ROWS: Final = 1_000  # smaller tables are read as a whole whatever is asked


@dataclass(frozen=True, slots=True)
class Reason:
    """Compared by value: several statements may share it."""

    code: str
    table: Table
    message: str
    remedy: str = ""
    verdict: Verdict = Verdict.PROBLEM  # UNKNOWN where it depends on values that nobody knows


def captured_values(statement: Statement, number: int) -> list[str]:
    """What was seen of one parameter, from $1 on; no NULLs."""
    found = (values[number - 1] for values in statement.source.captured if len(values) >= number)
    return [value for value in found if value is not None]
