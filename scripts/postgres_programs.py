"""Where PostgreSQL's own programs are on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trouble import Trouble

OLDEST = 15
NEEDED = ("initdb", "pg_ctl", "pg_isready", "postgres", "psql")
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Programs:
    directory: Path
    major: int

    def path(self, name: str) -> str:
        return str(self.directory / name)

    def has_extension(self, name: str) -> bool:
        return (self.shared_directory() / "extension" / f"{name}.control").exists()

    def shared_directory(self) -> Path:
        """The directory that extensions are installed in."""
        try:
            answer = _output(self.path("pg_config"), "--sharedir")
        except OSError as exc:
            raise Trouble(
                f"{self.path('pg_config')} cannot be run ({exc.strerror}), so PostgreSQL's extensions "
                "cannot be found; install PostgreSQL's client package, which brings it."
            ) from exc
        return Path(answer)


def find(major: int | None = None) -> Programs:
    """The first complete PostgreSQL of a supported version, or of exactly `major`.

    Looked for in PG_BIN, which alone counts when it is set, then PATH, then the places that
    distributions and Homebrew use, newest first. Raises Trouble when there is none.
    """
    found = [programs for programs in map(_programs, _directories()) if programs]
    for programs in found:
        if programs.major == major or (major is None and programs.major >= OLDEST):
            return programs
    raise Trouble(_what_is_missing(major, found))


def _what_is_missing(major: int | None, found: list[Programs]) -> str:
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST} or later"
    chosen = os.environ.get("PG_BIN")
    places = f"PG_BIN={chosen}" if chosen else f"PATH, {', '.join(PLACES)}"
    seen = ", ".join(f"{p.major} in {p.directory}" for p in found) or "none"
    return (
        f"{wanted} was not found (looked in {places}; seen: {seen}): "
        "install it, or set PG_BIN to the directory of its programs"
    )


def _directories() -> Iterator[Path]:
    if chosen := os.environ.get("PG_BIN"):
        yield Path(chosen)
        return
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    if pg_config := shutil.which("pg_config"):
        yield Path(_output(pg_config, "--bindir"))
    for place in PLACES:
        yield from sorted(Path("/").glob(place.lstrip("/")), key=_number, reverse=True)


def _number(directory: Path) -> int:
    digits = re.search(r"(\d+)/bin$", str(directory))
    return int(digits[1]) if digits else 0


def _programs(directory: Path) -> Programs | None:
    if not all(os.access(directory / name, os.X_OK) for name in NEEDED):
        return None
    version = re.search(r"\d+", _output(str(directory / "postgres"), "--version"))
    return Programs(directory=directory, major=int(version[0])) if version else None


def _output(*command: str) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.strip()
