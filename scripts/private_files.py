"""Files that only their owner may read, and locks between processes."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trouble import Trouble


def write_private(path: Path, text: str) -> None:
    """Replace the file as a whole: a reader sees the old text or the new, never half of one."""
    fresh = path.with_name(f"{path.name}.new")
    descriptor = _open_private(fresh, os.O_WRONLY | os.O_TRUNC)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _open_private(path: Path, flags: int) -> int:
    """Open or create; the file belongs to whom its directory belongs to, also when root writes it."""
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    if os.geteuid() == 0:
        directory = path.parent.stat()
        os.fchown(descriptor, directory.st_uid, directory.st_gid)
    return descriptor


@contextmanager
def locked(path: Path, *, busy: str, seconds: float) -> Iterator[int]:
    """Hold the lock while the block runs; yields its descriptor.

    Waits up to `seconds` for another holder, then raises Trouble with the sentence `busy`.
    """
    descriptor = _wait_for_lock(path, busy=busy, deadline=time.monotonic() + seconds)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _wait_for_lock(path: Path, *, busy: str, deadline: float) -> int:
    while True:
        descriptor = _open_private(path, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(descriptor)
            if time.monotonic() > deadline:
                raise Trouble(busy) from exc
            time.sleep(0.1)
            continue
        if _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)  # the former holder removed the file: this lock guards nothing


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
