from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))  # the scripts are plain modules, as when they are run

from tests.scripts.clusters import LocalCluster  # noqa: E402


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account may enter; pytest's own tmp_path is private to the caller."""
    directory = Path(tempfile.mkdtemp(prefix="scripts-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def fresh(place: Path) -> Iterator[LocalCluster]:
    """A cluster of its own, not started yet."""
    own = LocalCluster(place / "cluster")
    yield own
    own.call("clean")


@pytest.fixture(scope="session")
def shared() -> Iterator[LocalCluster]:
    directory = Path(tempfile.mkdtemp(prefix="scripts-test-"))
    directory.chmod(0o755)
    cluster = LocalCluster(directory / "cluster")
    yield cluster
    cluster.call("clean")
    shutil.rmtree(directory)


@pytest.fixture
def running(shared: LocalCluster) -> LocalCluster:
    """The cluster that most tests share. What a test does to it, the next start makes good."""
    if shared.call("status").returncode:
        shared.start()
    return shared
