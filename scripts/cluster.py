#!/usr/bin/env python3
"""A private PostgreSQL cluster for the demonstration and for the tests.

Everything lies in one directory: the data, the log, `cluster.json` (place, port, passwords) and
`env`, the variables that point the project's settings at the cluster. Runs before anything is
installed, so it needs nothing but Python's standard library and PostgreSQL itself.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from accounts import Account, server_account
from cluster_server import (
    launch,
    make_data,
    run_sql,
    server_pid,
    stop,
    wait_until_ready,
)
from cluster_state import (
    ROLES,
    State,
    database_of,
    environment_text,
    read_state,
    was_made,
    write_state,
)
from postgres_programs import find
from private_files import locked
from trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".local" / "demo"
SQL = Path(__file__).resolve().parent / "sql"
RUNNING, FAILED, STOPPED = 0, 1, 3
LOCK_SECONDS = 600  # as long as a first start on a slow disk may take


def start(directory: Path, *, for_tests: bool = False) -> State:
    """Bring the cluster up with all that belongs to it; what is there already stays as it is."""
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        state = read_state(directory)
        if state is None and (directory / "data").exists():
            raise Trouble(
                f"{directory / 'data'} is there, but cluster.json with its passwords is not: "
                f"remove {directory} to begin anew."
            )
        account = server_account(state.data if state else directory / "data")
        state = _at_home(state, directory, account)
        programs = find(_major(state.data))
        write_state(state)
        if not state.data.exists():
            print(f"Making a PostgreSQL {programs.major} cluster in {state.home}", flush=True)
            make_data(state, programs, account)
        if server_pid(state) is None:
            state = launch(state, programs, account)
        wait_until_ready(state, programs, account)
        run_sql(_setup(state, for_tests=for_tests), state, programs, account)
        return state


def _at_home(state: State | None, directory: Path, account: Account) -> State:
    """The state with a home that the account may enter, found on the first start."""
    directory.chmod(0o700 if directory.stat().st_uid == account.uid else 0o711)
    if state and Path(state.home).is_dir():
        return state
    home = directory
    if not account.may_enter(directory):
        home = Path(tempfile.mkdtemp(prefix="suppliers-import-", dir="/var/tmp"))
        home.chmod(0o711)
        print(
            f"{account.name}, who runs PostgreSQL, may not enter {directory}: its data lie in {home}"
        )
    fresh = state or State(directory=str(directory), home=str(home))
    return replace(fresh, home=str(home))


def _major(data: Path) -> int | None:
    """The version that made the data and that alone can read them; None when there are none."""
    version = data / "PG_VERSION"
    if not data.exists():
        return None
    if not version.exists():
        raise Trouble(f"{data} is not a PostgreSQL data directory; remove it to begin anew.")
    return int(version.read_text().split(".")[0])


def _setup(state: State, *, for_tests: bool) -> str:
    """The psql script that adds whatever role, database or extension is missing."""
    parts = [_sql("common_databases")]
    if for_tests:
        parts += ["\\set database template1", _sql("extensions"), "\\connect postgres"]
    for role in ROLES:
        parts += [
            f"\\set role {role}",
            f"\\set database {database_of(role)}",
            f"\\set password {state.passwords[role]}",
            _sql("role_and_database"),
            *([_sql("for_tests")] if for_tests else []),
        ]
    for role in ROLES:
        parts += [f"\\set database {database_of(role)}", _sql("extensions")]
    return "\n".join(parts)


def _sql(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def stop_cluster(directory: Path) -> None:
    if not was_made(directory):
        return
    with _alone(directory):
        if state := read_state(directory):
            _stop(state, keep_data=True)


def clean(directory: Path) -> None:
    """Stop the cluster and remove what `start` made, and nothing that others put beside it."""
    if not was_made(directory):
        return
    with _alone(directory):
        if state := read_state(directory):
            _stop(state, keep_data=False)
            _remove_server_files(state)
        for name in ("env", "cluster.json", "lock"):
            (directory / name).unlink(missing_ok=True)
    if not any(directory.iterdir()):
        directory.rmdir()


def _stop(state: State, *, keep_data: bool) -> None:
    if server_pid(state) is not None:
        programs, account = find(_major(state.data)), server_account(state.data)
        stop(state, programs, account, keep_data=keep_data)


def _remove_server_files(state: State) -> None:
    home = Path(state.home)
    for path in (
        state.data,
        home / "data.unfinished",
        home / "run",
        Path(state.sockets or home / "run"),
    ):
        if path.exists():
            shutil.rmtree(path)
    state.log.unlink(missing_ok=True)
    if state.is_elsewhere and home.exists():
        home.rmdir()


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    busy = f"Another call has been working on {directory} for {LOCK_SECONDS} s; try again later."
    with locked(directory / "lock", busy=busy, seconds=LOCK_SECONDS):
        yield


def describe(directory: Path) -> tuple[int, str]:
    """Exit status and sentence of `status`: 0 running, 3 stopped or never made."""
    state = read_state(directory) if directory.exists() else None
    if state is None:
        return STOPPED, f"No cluster in {directory}."
    pid = server_pid(state)
    if pid is None:
        return STOPPED, f"Stopped; the data are in {state.data}."
    return RUNNING, (
        f"PostgreSQL {_major(state.data)} runs on 127.0.0.1:{state.port} "
        f"(process {pid}, data in {state.data}, log {state.log})."
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The private PostgreSQL cluster of this checkout.")
    parser.add_argument(
        "--dir", type=Path, default=DEMO, help="where it lies (default: %(default)s)"
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    starting = verbs.add_parser("start", help="make what is missing and bring it up")
    starting.add_argument(
        "--for-tests", action="store_true", help="let the roles create databases, with extensions"
    )
    verbs.add_parser("stop", help="shut it down; the data stay")
    verbs.add_parser("status", help="exit status 0 when it runs, 3 when not")
    verbs.add_parser("clean", help="shut it down and remove it with its data")
    verbs.add_parser("env", help="print the variables that point the settings at it")
    return parser.parse_args()


def _run(arguments: argparse.Namespace) -> int:
    directory: Path = arguments.dir.resolve()
    if arguments.verb == "start":
        start(directory, for_tests=arguments.for_tests)
    elif arguments.verb == "stop":
        stop_cluster(directory)
    elif arguments.verb == "clean":
        clean(directory)
    elif arguments.verb == "env":
        return _print_environment(directory)
    status, sentence = describe(directory)
    print(sentence)
    return status if arguments.verb == "status" else 0


def _print_environment(directory: Path) -> int:
    state = read_state(directory)
    if state is None:
        raise Trouble(f"No cluster in {directory}: start it first.")
    print(environment_text(state), end="")
    return 0


def main() -> int:
    try:
        return _run(_arguments())
    except Trouble as exc:
        print(exc, file=sys.stderr)
    except (OSError, subprocess.SubprocessError) as exc:
        print(f"The cluster could not be handled: {exc}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
