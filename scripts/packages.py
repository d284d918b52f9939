#!/usr/bin/env python3
"""What the project needs of the operating system: there, or installed, or one sentence why not.

`packages.py python postgresql hypopg chromium` looks after those named, and ends with exit status 1
at the first one that is missing. Only HypoPG can be done without.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import debian
import postgres_programs
from trouble import Trouble

OLDEST_PYTHON = (3, 11)
DEBIAN_PLACE = "/usr/lib/postgresql"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def python() -> None:
    version = sys.version_info[:2]
    if version < OLDEST_PYTHON:
        raise Trouble(
            f"Python 3.11 or later is needed, and {sys.executable} is {version[0]}.{version[1]}. "
            "Install it and name it: `make PYTHON=python3.11 demo`."
        )
    if importlib.util.find_spec("ensurepip"):
        return
    package = f"python{version[0]}.{version[1]}-venv"
    _install(package, what=f"{sys.executable} cannot make virtual environments")


def postgresql() -> None:
    try:
        programs = postgres_programs.find()
    except Trouble as exc:
        if "PG_BIN" in os.environ:
            raise
        _install("postgresql", what=str(exc), install=debian.install_server)
        programs = postgres_programs.find()
    if not programs.has_extension("pg_stat_statements"):
        raise Trouble(
            f"PostgreSQL {programs.major} in {programs.directory} lacks its extension "
            "pg_stat_statements: install its contrib package (`postgresql-contrib`)."
        )


def hypopg() -> None:
    programs = postgres_programs.find()
    if programs.has_extension("hypopg"):
        return
    what = (
        f"HypoPG is missing for PostgreSQL {programs.major} in {programs.directory}; without it the "
        "index advisor falls back to heuristics and labels them so"
    )
    if not Path(programs.path("postgres")).resolve().is_relative_to(DEBIAN_PLACE):
        raise Trouble(f"{what}. Build it from https://github.com/HypoPG/hypopg with its pg_config.")
    _install(f"postgresql-{programs.major}-hypopg", what=what)


def chromium() -> None:
    if not any(map(shutil.which, BROWSERS)):
        _install("chromium", what="Chromium is missing, which the browser tests drive")


def _install(package: str, *, what: str, install: Callable[[str], None] = debian.install) -> None:
    """Install the package, or raise Trouble: `what` is wrong, why it stays so, what cures it."""
    cure = f"Cure: `apt-get install {package}` as root"
    if reason := debian.refusal():
        raise Trouble(f"{what}; {reason}. {cure}.")
    try:
        install(package)
    except Trouble as exc:
        raise Trouble(f"{exc}\n{what}; apt-get failed, see above. {cure}.") from exc


NEEDS = {need.__name__: need for need in (python, postgresql, hypopg, chromium)}
DISPENSABLE = {"hypopg"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("needs", nargs="+", choices=NEEDS, metavar=f"{{{','.join(NEEDS)}}}")
    for name in parser.parse_args().needs:
        try:
            NEEDS[name]()
        except (Trouble, OSError, subprocess.SubprocessError) as exc:
            print(exc, file=sys.stderr)
            if name not in DISPENSABLE:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
