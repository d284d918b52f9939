from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest
import run_checks
from private_files import locked
from steps import ENDING, CommandFailed

from tests.scripts.clusters import LocalCluster, is_alive

pytestmark = pytest.mark.xdist_group("local cluster")


@pytest.fixture
def own(fresh: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCluster]:
    """The cluster of the checks; what they set in the process is set back."""
    monkeypatch.setattr(run_checks, "DIRECTORY", fresh.directory)
    monkeypatch.setattr(sys, "argv", ["run_checks.py"])
    handlers = {number: signal.getsignal(number) for number in ENDING}
    yield fresh
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_failed_check_ends_with_its_own_status(
    own: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise CommandFailed(["pytest"], 5)

    monkeypatch.setattr(run_checks, "all_checks", fail)

    assert run_checks.main() == 5


def test_an_interrupted_run_leaves_no_cluster(
    own: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = []

    def interrupted() -> None:
        own.start("--for-tests")
        servers.append(own.pid)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(run_checks, "all_checks", interrupted)

    assert run_checks.main() == 130
    assert not is_alive(*servers)
    assert own.call("status").returncode == 3


def test_a_second_run_leaves_the_cluster_to_the_first(
    own: LocalCluster, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_checks, "all_checks", lambda: pytest.fail("the checks began"))
    own.directory.mkdir()

    with locked(own.directory / "run.lock", busy="", seconds=0):
        assert run_checks.main() == 1

    assert "Another test run" in capfd.readouterr().err
