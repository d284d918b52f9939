"""What the demonstration's commands print: progress while they work, and tables at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as TextTable

from demo.copying import Loaded
from demo.critical_indexes import CriticalIndex
from demo.data.plan import Table
from demo.workload.running import Measured

_WIDTH = 120  # of what goes to a file or a pipe; a terminal has its own


class LoadProgress:
    """A bar for each database on a terminal, else a line for each table that begins."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}
        self._seen: set[tuple[str, str]] = set()

    def expect(self, tables: dict[str, list[Table]]) -> None:
        for alias, own in tables.items():
            self._tasks[alias] = self._bars.add_task(alias, total=sum(table.rows for table in own))

    def advance(self, alias: str, table: str, rows: int) -> None:
        if alias not in self._tasks:
            self._tasks[alias] = self._bars.add_task(alias, total=None)
        self._bars.advance(self._tasks[alias], rows)
        if (alias, table) not in self._seen:
            self._seen.add((alias, table))
            self._bars.update(self._tasks[alias], description=f"{alias} {table}")
            if not self._bars.console.is_terminal:
                self._bars.console.print(f"{alias}: {table}", highlight=False, markup=False)


@contextmanager
def progress(stream: Any) -> Iterator[LoadProgress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = _console(stream)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        yield LoadProgress(bars)


def report(loaded: list[Loaded], stream: Any) -> None:
    """The tables that were loaded, with rows and seconds; nothing where nothing was."""
    if not loaded:
        return
    table = TextTable(box=None, pad_edge=False)
    for heading in (_("database"), _("table")):
        table.add_column(heading)
    for heading in (_("rows"), _("seconds")):
        table.add_column(heading, justify="right")
    for one in loaded:
        table.add_row(
            one.alias, one.table, f"{one.rows:,}" if one.rows else "", f"{one.seconds:.1f}"
        )
    table.add_row("", "", f"{sum(one.rows for one in loaded):,}", "")
    _console(stream).print(table)


def dropped(indexes: list[CriticalIndex], stream: Any) -> None:
    for critical in indexes:
        text = _("%(alias)s: %(name)s dropped")
        stream.write(text % {"alias": critical.alias, "name": critical.name})
    stream.write(_("“manage.py restore_critical_indexes” brings them back."))


@contextmanager
def countdown(seconds: float, stream: Any) -> Iterator[Callable[[float], None]]:
    console = _console(stream)
    text = _("Running the workload for %(seconds)g seconds.") % {"seconds": seconds}
    if not console.is_terminal:
        console.print(text, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(text, total=seconds)
        yield lambda elapsed: bars.update(task, completed=min(elapsed, seconds))


def workload(measured: list[Measured], stream: Any) -> None:
    """Calls and waiting times of each query, the critical ones marked."""
    table = TextTable(box=None, pad_edge=False)
    for heading in (_("query"), _("database")):
        table.add_column(heading)
    for heading in (_("calls"), _("mean (ms)"), _("p50 (ms)"), _("p95 (ms)")):
        table.add_column(heading, justify="right")
    for one in measured:
        name = f"{one.query.name} *" if one.query.is_critical else one.query.name
        times = (f"{value * 1000:.1f}" for value in (one.mean, one.p50, one.p95))
        table.add_row(name, one.query.alias, f"{one.calls:,}", *times)
    table.add_row("", "", f"{sum(one.calls for one in measured):,}")
    console = _console(stream)
    console.print(table)
    console.print(_("* one of the company's critical queries"))


def _console(stream: Any) -> Console:
    console = Console(file=stream)
    return console if console.is_terminal else Console(file=stream, width=_WIDTH)
