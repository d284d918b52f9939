#!/usr/bin/env python3
"""Make the virtual environment and install exactly what requirements.txt pins, by hash."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from steps import run_quietly, step
from trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# Newer than requirements.txt: what is installed is what is pinned. The Makefile compares the two.
STAMP = VENV / "installed"


def make() -> None:
    if not _works():
        with step("Making the virtual environment .venv"):
            shutil.rmtree(VENV, ignore_errors=True)
            run_quietly([sys.executable, "-m", "venv", str(VENV)])
    with step("Installing the pinned packages into .venv (the first time takes a minute or two)"):
        options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
        requirements = str(ROOT / "requirements.txt")
        run_quietly([str(PYTHON), "-m", "pip", "install", *options, "-r", requirements])
    STAMP.touch()


def _works() -> bool:
    """False when it is missing, half made, or made by a Python that is gone since."""
    if not PYTHON.exists():
        return False
    command = [str(PYTHON), "-m", "pip", "--version"]
    return not subprocess.run(command, capture_output=True, timeout=60, check=False).returncode


def main() -> int:
    try:
        make()
    except (Trouble, OSError) as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
