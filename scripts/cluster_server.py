"""The PostgreSQL server of a local cluster: make it, start it, stop it, speak to it."""

from __future__ import annotations

import locale
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from zlib import crc32

from accounts import Account
from cluster_state import State, write_state
from postgres_programs import Programs
from private_files import write_private
from trouble import Trouble

SUPERUSER = "postgres"
LOOPBACK = "127.0.0.1"
START_SECONDS = 300  # recovery after a crash in the middle of a load takes its time
STOP_SECONDS = 60
START_ATTEMPTS = 6
PORTS = range(5433, 6433)
# sockaddr_un has room for 104 bytes on macOS and 108 on Linux, the final NUL included.
LONGEST_SOCKET = 103

# 400 connections: 302 that the pools may take at most, commands, tests and psql beside them.
# The sizes suit a machine of two cores and 4 GB; the memory is only taken when it is used.
SETTINGS = """\
listen_addresses = '{addresses}'
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 400

shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.max = 10000
pg_stat_statements.track = 'all'
compute_query_id = on
track_io_timing = on

shared_buffers = '512MB'
effective_cache_size = '2GB'
work_mem = '16MB'
maintenance_work_mem = '256MB'
max_wal_size = '4GB'
random_page_cost = 1.1
log_lock_waits = on
timezone = 'UTC'
log_timezone = 'UTC'
"""

ACCESS = """\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
"""


def make_data(state: State, programs: Programs, account: Account) -> None:
    """Create the data directory, whole or not at all: it gets its name when it is complete."""
    unfinished = state.data.with_name("data.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    account.own(unfinished)
    with tempfile.NamedTemporaryFile("w", dir=state.home, prefix="password-") as password:
        password.write(state.superuser_password)
        password.flush()
        account.own(Path(password.name))
        answer = account.run(
            [
                programs.path("initdb"),
                f"--pgdata={unfinished}",
                f"--username={SUPERUSER}",
                f"--pwfile={password.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                *_locale_options(),
            ],
            timeout=300,
        )
    if answer.returncode:
        shutil.rmtree(unfinished)
        raise Trouble(f"initdb failed:\n{answer.stderr.strip()}")
    with (unfinished / "postgresql.conf").open("a") as file:
        file.write("include = 'suppliers-import.conf'\n")
    unfinished.rename(state.data)


def _locale_options() -> list[str]:
    """A locale that knows Unicode's letters and, where the system has it, sorts by code point."""
    for name in ("C.UTF-8", "en_US.UTF-8"):
        try:
            before = locale.setlocale(locale.LC_CTYPE)
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, before)
        return [f"--locale={name}"]
    return ["--locale=C"]


def server_pid(state: State) -> int | None:
    """The process of the running server. A pid file that a crash left does not count."""
    try:
        pid = int((state.data / "postmaster.pid").read_text().split("\n")[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _is_server(pid, state.data) else None


def _is_server(pid: int, data: Path) -> bool:
    """Whether the process is the server of these data, and not one that got the number later."""
    if Path("/proc/self/cmdline").exists():
        try:
            program, *arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        except OSError:
            return False
        return Path(program).name == "postgres" and str(data) in arguments
    listing = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return str(data) in listing.stdout


def launch(state: State, programs: Programs, account: Account) -> State:
    """Start a server that does not run; returns the state with the port and sockets it got."""
    state.log.touch(mode=0o600)
    account.own(state.log)
    state = replace(state, sockets=_socket_directory(state, account))
    _remove_stale_locks(state)
    for _ in range(START_ATTEMPTS):
        state = replace(state, port=_choose_port(state.port, start=crc32(os.fsencode(state.home))))
        write_state(state)
        _configure(state)
        answer = _pg_ctl("start", state, programs, account, f"--log={state.log}")
        if not answer.returncode and _listens(state):
            return state
        stop(state, programs, account)
        if not _may_pass(state):
            break
        time.sleep(0.5)
    raise Trouble(
        f"PostgreSQL did not start. {answer.stderr.strip()}\n"
        f"The end of {state.log}:\n{_log_end(state)}"
    )


def _remove_stale_locks(state: State) -> None:
    """PostgreSQL believes a lock file as long as any process has the number in it."""
    (state.data / "postmaster.pid").unlink(missing_ok=True)
    for file in Path(state.sockets).glob(".s.PGSQL.*"):
        file.unlink()


def _may_pass(state: State) -> bool:
    """Whether another try may succeed: with another port, or when a crashed server's last
    processes, which still hold its memory, have ended."""
    return not _is_free(state.port) or "shared memory block" in _log_end(state)


def _configure(state: State) -> None:
    addresses = ", ".join([LOOPBACK, *(["::1"] if _can_bind("::1", 0) else [])])
    settings = SETTINGS.format(addresses=addresses, port=state.port, sockets=state.sockets)
    write_private(state.data / "suppliers-import.conf", settings)
    write_private(state.data / "pg_hba.conf", ACCESS)


def _socket_directory(state: State, account: Account) -> str:
    """Beside the data where the path is short enough for a socket, else a directory of its own."""
    if state.sockets and Path(state.sockets).is_dir():
        return state.sockets
    directory = Path(state.home, "run")
    if len(os.fsencode(directory / ".s.PGSQL.65535")) > LONGEST_SOCKET:
        directory = Path(tempfile.mkdtemp(prefix="suppliers-import-", dir="/tmp"))
    directory.mkdir(mode=0o700, exist_ok=True)
    account.own(directory)
    return str(directory)


def _choose_port(preferred: int, *, start: int) -> int:
    """`preferred` if it is free, else the first free one; `start` spreads clusters over the range."""
    offset = start % len(PORTS)
    candidates: list[int] = [preferred, *PORTS[offset:], *PORTS[:offset]]
    for port in candidates:
        if port and _is_free(port):
            return port
    raise Trouble(f"No port from {PORTS.start} to {PORTS.stop - 1} is free on {LOOPBACK}.")


def _is_free(port: int) -> bool:
    return _can_bind(LOOPBACK, port) and (not _can_bind("::1", 0) or _can_bind("::1", port))


def _can_bind(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError:
        return False
    return True


def _listens(state: State) -> bool:
    """Whether the server got the IPv4 address: PostgreSQL is content with any one of them."""
    lines = (state.data / "postmaster.pid").read_text().splitlines()
    return lines[3:4] == [str(state.port)] and lines[5:6] == [LOOPBACK]


def wait_until_ready(state: State, programs: Programs, account: Account) -> None:
    """Another caller's start may still be replaying what a crash left."""
    command = [programs.path("pg_isready"), "-q", "-h", state.sockets, "-p", str(state.port)]
    deadline = time.monotonic() + START_SECONDS
    while account.run(command).returncode:
        if time.monotonic() > deadline:
            raise Trouble(f"PostgreSQL runs but does not answer; see {state.log}.")
        time.sleep(0.2)


def stop(state: State, programs: Programs, account: Account, *, keep_data: bool = True) -> None:
    """Disconnect everyone and shut down; if that hangs, at once, for the next start to recover.

    At once as well when the data are not to be kept: writing them out would be for nothing.
    """
    if server_pid(state) is None:
        return
    if keep_data and not _pg_ctl("stop", state, programs, account, "--mode=fast").returncode:
        return
    answer = _pg_ctl("stop", state, programs, account, "--mode=immediate")
    if answer.returncode and server_pid(state) is not None:
        raise Trouble(f"PostgreSQL does not stop: {answer.stderr.strip()}")


def _pg_ctl(
    verb: str, state: State, programs: Programs, account: Account, *options: str
) -> subprocess.CompletedProcess[str]:
    seconds = START_SECONDS if verb == "start" else STOP_SECONDS
    return account.run(
        [
            programs.path("pg_ctl"),
            verb,
            f"--pgdata={state.data}",
            "--wait",
            f"--timeout={seconds}",
            *options,
        ],
        timeout=seconds + 30,
    )


def _log_end(state: State) -> str:
    return "\n".join(state.log.read_text(errors="replace").splitlines()[-8:])


def run_sql(script: str, state: State, programs: Programs, account: Account) -> None:
    """Run a psql script as superuser, starting in the database postgres; raises Trouble."""
    answer = account.run(
        [
            *(programs.path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
            f"--host={state.sockets}",
            f"--port={state.port}",
            f"--username={SUPERUSER}",
            f"--dbname={SUPERUSER}",
        ],
        stdin=script,
        environment={
            "PGPASSWORD": state.superuser_password,
            # The passwords in the script must stand neither in the statistics nor in the log.
            "PGOPTIONS": "-c pg_stat_statements.track=none -c log_min_error_statement=panic"
            " -c client_min_messages=warning",
        },
    )
    if answer.returncode:
        raise Trouble(f"PostgreSQL refused to set up the databases:\n{answer.stderr.strip()}")
