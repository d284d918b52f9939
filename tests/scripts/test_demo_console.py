"""The console of the demonstration, with a site that is small enough to start in a moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import demo_console
import pytest
from trouble import Trouble

from tests.scripts.clusters import SCRIPTS, is_alive

SITE = """
import os

def application(environ, start_response):
    start_response("200 OK", [])
    return [f"{os.getppid()} {os.getpid()}".encode()]
"""
WORKER = """
import os, pathlib, time
pathlib.Path("worker.pid").write_text(str(os.getpid()))
time.sleep(60)
"""
SERVE = """
import os, sys
from pathlib import Path
import demo_console
root = Path(sys.argv[1])
demo_console.serve(root, root / "lock", environment=os.environ, ready=lambda console: print("ready", flush=True))
"""


def all_end(pids: list[int]) -> bool:
    """Soon, not at once: nobody waits for what a SIGKILL still has to reach."""
    deadline = time.monotonic() + 10
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_alive, pids))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "wsgi.py").write_text(SITE)
    (tmp_path / "manage.py").write_text(WORKER)
    return tmp_path


@pytest.fixture
def console(site: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(site)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.terminate()


def worker_pid(site: Path) -> int:
    wait_until(lambda: (site / "worker.pid").exists() and (site / "worker.pid").read_text() != "")
    return int((site / "worker.pid").read_text())


def web_pids(site: Path) -> list[int]:
    """The server's process and the one that answers, as the site tells them."""
    served = demo_console.serving(site / "lock")
    assert served
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        connection.request("GET", "/")
        return [int(pid) for pid in connection.getresponse().read().split()]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_answers_under_the_address_it_tells(site: Path, console: subprocess.Popen[str]) -> None:
    served = demo_console.serving(site / "lock")

    assert served
    assert served.pid == console.pid
    assert len(web_pids(site)) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_server_and_worker_together(
    site: Path, console: subprocess.Popen[str], number: signal.Signals
) -> None:
    pids = [worker_pid(site), *web_pids(site)]
    assert all(map(is_alive, pids))

    console.send_signal(number)

    assert console.wait(timeout=30) == 0
    assert all_end(pids)
    assert demo_console.serving(site / "lock") is None


def test_another_call_may_end_it(site: Path, console: subprocess.Popen[str]) -> None:
    assert demo_console.stop(site / "lock") is True
    assert console.wait(timeout=30) == 0
    assert demo_console.stop(site / "lock") is False


def test_a_second_console_is_refused(site: Path, console: subprocess.Popen[str]) -> None:
    with pytest.raises(Trouble, match="another call"):
        demo_console.serve(site, site / "lock", environment={}, ready=print)


def test_a_site_that_does_not_start_is_an_error(site: Path) -> None:
    (site / "config" / "wsgi.py").write_text("raise RuntimeError('no site today')")

    answer = subprocess.run(
        [sys.executable, "-c", SERVE, str(site)],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert answer.returncode == 1
    assert "no site today" in answer.stderr
    assert not is_alive(worker_pid(site))
