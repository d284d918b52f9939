#!/usr/bin/env python3
"""All checks of the project, the cheap ones first; the first that fails ends the run.

`run_checks.py` makes a cluster of its own for them and removes it in the end, whatever happens;
`run_checks.py --static` runs those that need no database.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import cluster
from cluster_state import environment as cluster_environment
from private_files import locked
from steps import CommandFailed, end_on_signals, run, step, title
from trouble import Trouble

ROOT = cluster.ROOT
DIRECTORY = ROOT / ".local" / "test"
BIN = Path(sys.executable).parent
# What a deployment sets; Django's deployment checks judge these settings and not the tests'.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DJANGO_DEBUG": "false",
    "DJANGO_HTTPS": "true",
    "DJANGO_ALLOWED_HOSTS": "console.example.com",
    "DJANGO_CSRF_TRUSTED_ORIGINS": "https://console.example.com",
}


def static_checks() -> None:
    environment = {**os.environ, "DJANGO_SECRET_KEY": secrets.token_hex(32)}
    _step("ruff: lint", _tool("ruff"), "check", ".", environment=environment)
    _step("ruff: format", _tool("ruff"), "format", "--check", ".", environment=environment)
    _step("mypy: types, strict", _tool("mypy"), ".", environment=environment)
    _step("import-linter: who may import whom", _tool("lint-imports"), environment=environment)


def all_checks() -> None:
    static_checks()
    with step("PostgreSQL cluster of the tests"):
        state = cluster.start(DIRECTORY, for_tests=True)
    # Some tests need what the application must not have: other roles, a database without HypoPG.
    superuser = f"postgres://postgres:{state.superuser_password}@127.0.0.1:{state.port}/postgres"
    environment = {
        **os.environ,
        **cluster_environment(state),
        "TEST_SUPERUSER_URL": superuser,
    }
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    manage = [sys.executable, "-W", "error", "manage.py"]
    migrations = [*manage, "makemigrations", "--check", "--dry-run"]
    _step("Migrations in step with the models", *migrations, environment=environment)
    deployment = [*manage, "check", "--deploy", "--fail-level", "WARNING"]
    _step("Django's deployment checks", *deployment, environment={**environment, **PRODUCTION})
    title("Tests")  # pytest tells itself what they took, in the line that is to be the last
    run([_tool("pytest"), "-n", "2", "--dist", "loadgroup"], environment=environment)


def _step(text: str, *command: str, environment: Mapping[str, str]) -> None:
    with step(text):
        run(command, environment=environment)


def _tool(name: str) -> str:
    return str(BIN / name)


def _alone_on_own_cluster() -> None:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    busy = f"Another test run uses the cluster in {DIRECTORY}; wait for its end."
    with locked(DIRECTORY / "run.lock", busy=busy, seconds=0):
        try:
            all_checks()
        finally:
            cluster.clean(DIRECTORY)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true", help="only what needs no database")
    static = parser.parse_args().static
    os.chdir(ROOT)
    end_on_signals()
    try:
        static_checks() if static else _alone_on_own_cluster()
    except CommandFailed as exc:
        print(exc, file=sys.stderr)
        return exc.status
    except (Trouble, OSError, subprocess.SubprocessError) as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
