"""Titled steps in the terminal: what runs, that it still runs, how long it took."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from trouble import Trouble

BEAT_SECONDS = 2
GRACE_SECONDS = 10
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CommandFailed(Trouble):
    def __init__(self, command: Sequence[str], status: int, output: str = "") -> None:
        super().__init__(f"{output}`{' '.join(command)}` failed with exit status {status}.")
        self.status = status


def end_on_signals() -> None:
    """Let every signal that asks for the end do so as Ctrl-C does, with all that is cleaned up then."""
    for number in ENDING:
        signal.signal(number, _interrupt)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def title(text: str) -> None:
    print(f"\n== {text}", flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Print the title, then after the block what it took."""
    title(text)
    began = time.monotonic()
    yield
    print(f"   done in {time.monotonic() - began:.1f} s", flush=True)


def run(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
    """Run a command that shows its own progress; raises CommandFailed."""
    process = subprocess.Popen(command, env=environment)
    try:
        status = process.wait()
    except BaseException:
        _end(process)
        raise
    if status:
        raise CommandFailed(command, status)


def run_quietly(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
    """Run a command that shows nothing: a dot every two seconds; CommandFailed has its output."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            status = _wait_with_dots(process)
        except BaseException:
            _end(process)
            raise
        if status:
            output.seek(0)
            raise CommandFailed(command, status, output.read())


def _wait_with_dots(process: subprocess.Popen[bytes]) -> int:
    dots = False
    while True:
        try:
            status = process.wait(BEAT_SECONDS)
        except subprocess.TimeoutExpired:
            print("." if dots else "   .", end="", flush=True)
            dots = True
            continue
        if dots:
            print(flush=True)
        return status


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for its end: Ctrl-C reached it too. What does not end by itself is made to."""
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
