"""Parts of a page that fail alone: each has its value, or the sentence that says why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from optimizer.exceptions import (
    OptimizerError,
    UnknownStatement,
    UnknownSuggestion,
    UnknownTable,
)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Panel(Generic[Value]):
    value: Value | None
    problem: str = ""  # what went wrong and what to do; empty when there is a value
    is_missing: bool = False  # what was asked for does not exist

    @property
    def status(self) -> int:
        """Of a page that is about this alone. Trouble with the database is not the console's."""
        return 404 if self.is_missing else 200


def attempt(collect: Callable[[], Value]) -> Panel[Value]:
    try:
        return Panel(collect())
    except (UnknownTable, UnknownStatement, UnknownSuggestion) as exc:
        return Panel(None, str(exc), is_missing=True)
    except OptimizerError as exc:
        return Panel(None, str(exc))
