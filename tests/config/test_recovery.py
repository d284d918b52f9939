"""A real gunicorn over a real PostgreSQL that restarts, and that is away for a while."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.databases import ALIASES

ROOT = Path(__file__).resolve().parents[2]
STARTUP_SECONDS = 30
GUNICORN_OPTIONS = ["--bind=127.0.0.1:0", "--worker-class=gthread", "--threads=8"]


@dataclass(frozen=True)
class Answer:
    status: int
    up: set[str]
    seconds: float


@dataclass(frozen=True)
class Console:
    """A served console and the cluster of its own that it stands on."""

    cluster: Path
    port: int

    def server(self, verb: str) -> None:
        command = [sys.executable, "scripts/cluster.py", "--dir", str(self.cluster), verb]
        subprocess.run(command, cwd=ROOT, check=True, timeout=120, stdout=subprocess.DEVNULL)

    def ready(self) -> Answer:
        started = time.monotonic()
        url = f"http://127.0.0.1:{self.port}/-/ready"
        try:
            with urllib.request.urlopen(url, timeout=60) as response:
                status, body = response.status, json.load(response)
        except urllib.error.HTTPError as error:
            status, body = error.code, json.load(error)
        up = {alias for alias, answers in body["databases"].items() if answers}
        return Answer(status, up, time.monotonic() - started)


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    with tempfile.TemporaryDirectory() as directory:
        cluster = Path(directory) / "cluster"
        command = [sys.executable, "scripts/cluster.py", "--dir", str(cluster)]
        subprocess.run([*command, "start"], cwd=ROOT, check=True, timeout=120)
        try:
            yield from serve(cluster)
        finally:
            subprocess.run([*command, "clean"], cwd=ROOT, check=True, timeout=120)


def serve(cluster: Path) -> Iterator[Console]:
    # One worker, whose port gunicorn chooses, says where it listens in its log.
    log = cluster.parent / "gunicorn.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "config.wsgi", *GUNICORN_OPTIONS],
            cwd=ROOT,
            env=environment(cluster),
            stdout=output,
            stderr=output,
        )
    try:
        yield Console(cluster, port_in(log))
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # a thread still waits for a database
            process.kill()
            process.wait(timeout=10)


def environment(cluster: Path) -> dict[str, str]:
    """This process's environment, pointed at `cluster` alone."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_POOL_SIZE", "_MAX_OVERFLOW", "SUPPLIERS_PROCESS"))
    }
    lines = (cluster / "env").read_text().splitlines()
    own |= dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    return {name: value.strip("'\"") for name, value in own.items()}


def port_in(log: Path) -> int:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if "Listening at: http://127.0.0.1:" in line:
                return int(line.split("127.0.0.1:")[1].split()[0])
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def test_every_database_answers(console: Console) -> None:
    assert console.ready().up == set(ALIASES)


def test_the_next_requests_after_a_restart_recover_by_themselves(console: Console) -> None:
    assert console.ready().up == set(ALIASES)
    console.server("stop")
    console.server("start")
    first, *others = [console.ready() for _ in range(6)]
    assert first.seconds < 5  # it may find its connections dead, but it does not wait for them
    assert [answer.up for answer in others] == [set(ALIASES)] * 5


def test_a_server_that_is_away_fails_at_once_and_comes_back(console: Console) -> None:
    console.server("stop")
    while_away = [console.ready() for _ in range(3)]
    assert {answer.status for answer in while_away} == {503}
    assert max(answer.seconds for answer in while_away) < 2  # not the pools' timeout of 30 s
    console.server("start")
    assert [console.ready().up for _ in range(3)][1:] == [set(ALIASES)] * 2
