"""What a crash, an interruption or a strange place does to a local cluster."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.scripts.clusters import LocalCluster, is_alive

pytestmark = pytest.mark.xdist_group("local cluster")

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root runs the server as another account"
)


def kill_server(cluster: LocalCluster) -> None:
    pid = cluster.pid
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def process_of(uid: int) -> Iterator[int]:
    """The number of a process that has nothing to do with PostgreSQL."""
    account = {"user": uid} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **account) as process:  # type: ignore[call-overload]
        yield process.pid
        process.kill()


def test_after_a_crash_it_starts_with_its_data(running: LocalCluster) -> None:
    running.ask("catalog", "CREATE TABLE survivors AS SELECT 7 AS seven")
    kill_server(running)

    assert running.pid_file.exists()
    assert running.call("status").returncode == 3
    running.start()

    assert running.ask("catalog", "SELECT seven FROM survivors") == [(7,)]


def test_a_stale_pid_that_another_process_got_is_recognised(running: LocalCluster) -> None:
    kill_server(running)
    lines = running.pid_file.read_text().split("\n")

    with process_of(running.data.stat().st_uid) as stranger:
        running.pid_file.write_text("\n".join([str(stranger), *lines[1:]]))
        assert running.call("status").returncode == 3
        running.start()

        assert running.pid != stranger
        assert is_alive(stranger)
    assert running.call("status").returncode == 0


def test_an_interrupted_first_start_is_made_good(fresh: LocalCluster) -> None:
    unfinished = fresh.directory / "data.unfinished"
    with fresh.starting(start_new_session=True) as process:
        while not (unfinished / "global").exists():
            assert process.poll() is None
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGKILL)

    assert not fresh.data.exists()
    fresh.start()

    assert not unfinished.exists()
    assert fresh.ask("catalog", "SELECT 1") == [(1,)]


@pytest.fixture(scope="module")
def started_twice() -> Iterator[tuple[LocalCluster, list[str]]]:
    """A cluster for tests, and what each of the two simultaneous starts said last."""
    directory = Path(tempfile.mkdtemp(prefix="scripts-test-"))
    directory.chmod(0o755)
    cluster = LocalCluster(directory / "cluster")
    starts = [cluster.starting("--for-tests") for _ in range(2)]
    said = [start.communicate(timeout=60)[0] for start in starts]
    yield cluster, [text.splitlines()[-1] for text in said]
    cluster.call("clean")
    shutil.rmtree(directory)


def test_two_starts_at_once_end_in_one_cluster(
    started_twice: tuple[LocalCluster, list[str]],
) -> None:
    cluster, said = started_twice
    status = cluster.call("status")

    assert status.returncode == 0
    assert said == [status.stdout.strip()] * 2


def test_for_tests_the_roles_may_create_databases_that_have_the_extensions(
    started_twice: tuple[LocalCluster, list[str]],
) -> None:
    cluster, _ = started_twice
    cluster.ask("catalog", "CREATE DATABASE test_db_catalog", database="postgres")

    extensions = cluster.ask(
        "catalog", "SELECT extname FROM pg_extension", database="test_db_catalog"
    )

    assert ("pg_stat_statements",) in extensions


def test_a_lost_environment_file_is_written_again(running: LocalCluster) -> None:
    before = (running.directory / "env").read_text()
    (running.directory / "env").unlink()

    running.start()

    assert (running.directory / "env").read_text() == before


@as_root
def test_where_the_server_may_not_enter_its_data_lie_elsewhere(tmp_path: Path) -> None:
    original = LocalCluster(tmp_path / "original")
    told = original.call("start").stdout
    home = Path(original.state["home"])

    assert f"its data lie in {home}" in told
    assert original.ask("catalog", "SELECT 1") == [(1,)]

    copy = LocalCluster(tmp_path / "copy")
    shutil.copytree(original.directory, copy.directory)
    refused = copy.call("clean")

    assert refused.returncode == 1
    assert f"belong to {original.directory}" in refused.stderr
    assert original.ask("catalog", "SELECT 1") == [(1,)]

    original.call("clean")

    assert not home.exists()


def test_damaged_memory_is_told_with_the_cure(place: Path) -> None:
    directory = place / "cluster"
    directory.mkdir()
    (directory / "cluster.json").write_text("{")

    answer = LocalCluster(directory).call("status")

    assert answer.returncode == 1
    assert f"remove {directory} to begin anew" in answer.stderr


def test_data_without_their_passwords_are_left_alone(place: Path) -> None:
    (place / "data").mkdir()

    answer = LocalCluster(place).call("start")

    assert answer.returncode == 1
    assert f"remove {place} to begin anew" in answer.stderr
    assert [path.name for path in place.iterdir() if path.name != "lock"] == ["data"]


def test_without_postgresql_it_says_where_it_looked(fresh: LocalCluster) -> None:
    answer = fresh.call("start", PG_BIN="/nonexistent")

    assert answer.returncode == 1
    assert "PG_BIN=/nonexistent" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_server_that_cannot_start_says_why(running: LocalCluster) -> None:
    running.call("stop")
    configuration = running.data / "postgresql.conf"
    sound = configuration.read_text()
    configuration.write_text(f"{sound}work_mem = 'plenty'\n")

    answer = running.call("start")
    configuration.write_text(sound)

    assert answer.returncode == 1
    assert "work_mem" in answer.stderr


def test_env_of_no_cluster_is_an_error(place: Path) -> None:
    answer = LocalCluster(place / "none").call("env")

    assert answer.returncode == 1
    assert "start it first" in answer.stderr
