"""`python -m benchmarks [NAME ...]`: run the benchmarks, all or those named; `--list` names them."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import FrameType

import django
from django.db import DatabaseError
from django.utils.translation import gettext as _
from rich.console import Console

from demo.exceptions import DemoError
from optimizer.exceptions import OptimizerError

# Modules of this package with a `run(console, options)` that returns an exit status.
NAMES = ("headline", "advisor")
WIDTH = 160  # of what goes to a file or a pipe; a terminal has its own


def main(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all of them")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    modules = {name: import_module(f"benchmarks.{name}") for name in NAMES}
    modules["advisor"].add_arguments(parser)
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        text = _("There is no benchmark %(unknown)s; there are: %(known)s.")
        parser.error(text % {"unknown": ", ".join(unknown), "known": ", ".join(NAMES)})
    names = options.names or NAMES
    if options.list:
        for name in names:
            print(f"{name}: {modules[name].__doc__}")
        return 0
    return _run([partial(modules[name].run, options=options) for name in names])


def _run(benchmarks: list[Callable[[Console], int]]) -> int:
    signal.signal(signal.SIGTERM, _end)
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    try:
        return max([benchmark(console) for benchmark in benchmarks])
    except (DemoError, OptimizerError, DatabaseError) as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _end(number: int, _frame: FrameType | None) -> None:
    """Leave as from an error, so that everything is put back."""
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
