"""The demonstration's console: gunicorn and a task worker, started, watched and ended together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from private_files import is_locked, locked
from steps import ENDING, end_on_signals
from trouble import Trouble

HOST = "127.0.0.1"
PORTS = range(8000, 8100)
WORKERS = 2
THREADS = 8
START_SECONDS = 60
STOP_SECONDS = 20
PAUSE_SECONDS = (
    5  # before a task worker that ended, as after a restart of PostgreSQL, is started anew
)


@dataclass(frozen=True)
class Serving:
    pid: int
    port: int

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"


def serving(lock: Path) -> Serving | None:
    """The console that is being served, by this call or another. The lock ends with its process."""
    if not is_locked(lock):
        return None
    text = lock.read_text()  # empty while it begins and while it ends
    return Serving(**json.loads(text)) if text else None


def serve(
    root: Path, lock: Path, *, environment: Mapping[str, str], ready: Callable[[Serving], None]
) -> None:
    """Serve until interrupted, or until gunicorn ends; calls `ready` when the port answers."""
    busy = "The console is being started or served by another call."
    with locked(lock, busy=busy, seconds=0) as descriptor:
        console = Serving(pid=os.getpid(), port=_free_port())
        os.pwrite(descriptor, json.dumps(asdict(console)).encode(), 0)
        end_on_signals()
        web, worker = _commands(console.port)
        children = _Children(root, {**environment, "WEB_CONCURRENCY": str(WORKERS)})
        try:
            children.start("gunicorn", web)
            children.start("worker", worker)
            children.wait_for_port(console.port)
            ready(console)
            children.watch()
        except KeyboardInterrupt:
            print("\nEnding the console.", flush=True)
        finally:
            children.end()
            os.ftruncate(descriptor, 0)


def stop(lock: Path) -> bool:
    """End the console that another call serves; False when there is none."""
    console = serving(lock)
    if console is None:
        return False
    os.kill(console.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS + 10
    while is_locked(lock):
        if time.monotonic() > deadline:
            raise Trouble(f"The console (process {console.pid}) does not end.")
        time.sleep(0.1)
    return True


def _commands(port: int) -> tuple[list[str], list[str]]:
    web = [
        *(sys.executable, "-m", "gunicorn", "config.wsgi"),
        *("--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--no-control-socket"),
        *("--workers", str(WORKERS), "--threads", str(THREADS)),
    ]
    return web, [sys.executable, "manage.py", "procrastinate", "worker"]


def _free_port() -> int:
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise Trouble(f"No port from {PORTS.start} to {PORTS.stop - 1} is free on {HOST}.")


class _Children:
    """Processes in groups of their own: Ctrl-C reaches them through `end`, their children included."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root
        self.environment = environment
        self.commands: dict[str, list[str]] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str]) -> None:
        self.commands[name] = command
        self.processes[name] = subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_for_port(self, port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._require_web()
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    return
            if time.monotonic() > deadline:
                raise Trouble(f"gunicorn does not answer on {HOST}:{port}.")
            time.sleep(0.1)

    def watch(self) -> None:
        """Returns never: gunicorn's end is an error, the task worker is started anew."""
        while True:
            self._require_web()
            if self.processes["worker"].poll() is not None:
                print("The task worker ended; starting it anew.", flush=True)
                time.sleep(PAUSE_SECONDS)
                self.start("worker", self.commands["worker"])
            time.sleep(0.5)

    def _require_web(self) -> None:
        status = self.processes["gunicorn"].poll()
        if status is not None:
            raise Trouble(f"gunicorn ended with status {status}; its messages stand above.")

    def end(self) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes.values():
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                continue
