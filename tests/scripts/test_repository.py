"""What the two commands stand on: the Makefile, the continuous integration, the example settings."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from config.databases import ALIASES, URL_VARIABLES

ROOT = Path(__file__).resolve().parents[2]


def test_make_alone_lists_every_target_in_one_line() -> None:
    answer = subprocess.run(
        ["make", "--no-print-directory"],  # which it does when make itself runs the tests
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    listed = re.findall(r"^make (\w+) +\S", answer.stdout, re.MULTILINE)

    assert {"demo", "test", "lint", "bench", "requirements", "stop", "clean"} <= set(listed)
    assert len(listed) == len(answer.stdout.splitlines())


def test_the_integration_runs_the_tests_and_nothing_of_its_own() -> None:
    run = ROOT / ".ci" / "run"

    assert os.access(run, os.X_OK)
    assert run.read_text().splitlines()[-1] == "make test"


def test_the_example_names_every_variable_that_the_settings_read() -> None:
    example = (ROOT / ".env.example").read_text()
    read = {
        name
        for file in (ROOT / "config").glob("*.py")
        for name in re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', file.read_text())
    }
    pools = {f"{a.upper()}_{kind}" for a in ALIASES for kind in ("POOL_SIZE", "MAX_OVERFLOW")}

    assert len(read) > 10
    for name in read | pools | set(URL_VARIABLES.values()):
        assert re.search(rf"^#{name}=", example, re.MULTILINE), name


def test_copied_as_it_is_the_example_changes_nothing() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert all(line.startswith("#") or not line for line in lines)
