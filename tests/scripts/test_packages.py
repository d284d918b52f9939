from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import debian
import packages
import postgres_programs
import pytest
from trouble import Trouble

from tests.scripts.clusters import run_script


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def bare_postgresql(tmp_path: Path) -> Path:
    """The programs of this machine's PostgreSQL, with a directory of extensions of its own."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in postgres_programs.NEEDED:
        (programs / name).symlink_to(postgres_programs.find().path(name))
    script(programs / "pg_config", f"echo {tmp_path}")
    (tmp_path / "extension").mkdir()
    (tmp_path / "extension" / "pg_stat_statements.control").touch()
    return programs


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that writes down how it was called; returns that record."""
    programs, record = tmp_path / "apt", tmp_path / "record"
    programs.mkdir()
    drop_in = tmp_path / "etc" / "no-main-cluster.conf"
    monkeypatch.setattr(debian, "NO_MAIN_CLUSTER", drop_in)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.delenv("APT", raising=False)
    for cached in (debian.refusal, debian._update_lists):
        cached.cache_clear()
    script(programs / "sudo", '[ "$1" = -n ] && shift; exec "$@"')
    script(
        programs / "apt-get",
        f'echo "$@" $(cat {drop_in} 2>/dev/null) >> {record}\n'
        f'case "$*" in *update*) touch {tmp_path}/lists;; *) test -e {tmp_path}/lists;; esac',
    )
    return record


def test_all_that_is_there_needs_no_word() -> None:
    answer = run_script("packages.py", "python", "postgresql", APT="0")

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_without_hypopg_it_goes_on_and_says_what_is_lost_and_the_cure(
    bare_postgresql: Path,
) -> None:
    answer = run_script("packages.py", "postgresql", "hypopg", PG_BIN=str(bare_postgresql), APT="0")

    major = postgres_programs.find().major
    assert answer.returncode == 0
    assert "falls back to heuristics" in answer.stderr
    assert "APT=0 forbids" in answer.stderr
    assert f"`apt-get install postgresql-{major}-hypopg`" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_postgresql_without_statistics_of_statements_is_refused(bare_postgresql: Path) -> None:
    (bare_postgresql.parent / "extension" / "pg_stat_statements.control").unlink()

    answer = run_script("packages.py", "postgresql", PG_BIN=str(bare_postgresql), APT="0")

    assert answer.returncode == 1
    assert "postgresql-contrib" in answer.stderr


def test_a_postgresql_too_old_is_named(bare_postgresql: Path) -> None:
    (bare_postgresql / "postgres").unlink()
    script(bare_postgresql / "postgres", "echo 'postgres (PostgreSQL) 14.9'")

    answer = run_script("packages.py", "postgresql", PG_BIN=str(bare_postgresql), APT="0")

    assert answer.returncode == 1
    assert f"seen: 14 in {bare_postgresql}" in answer.stderr


def test_without_chromium_it_ends_with_the_cure(tmp_path: Path) -> None:
    answer = run_script("packages.py", "chromium", PATH=str(tmp_path), APT="0")

    assert answer.returncode == 1
    assert "`apt-get install chromium`" in answer.stderr


def test_without_venv_it_ends_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APT", "0")
    debian.refusal.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(Trouble, match=r"`apt-get install python3\.\d+-venv`"):
        packages.python()


def test_a_package_unknown_at_first_is_installed_with_fresh_lists(apt: Path) -> None:
    assert debian.refusal() == ""
    debian.install("chromium")

    verbs = [next(w for w in line.split() if w in {"install", "update"}) for line in lines(apt)]
    assert verbs == ["install", "update", "install"]


def test_postgresql_is_installed_without_the_cluster_that_debian_makes(apt: Path) -> None:
    debian.install_server("postgresql")

    assert lines(apt)[-1].endswith("postgresql create_main_cluster = false")
    assert not debian.NO_MAIN_CLUSTER.exists()


def test_what_apt_cannot_install_is_told_in_its_own_words(apt: Path) -> None:
    programs = Path(shutil.which("apt-get") or "").parent
    script(programs / "apt-get", "echo 'E: Unable to locate package' >&2; exit 100")

    with pytest.raises(Trouble, match="Unable to locate package") as caught:
        packages._install("chromium", what="Chromium is missing")

    assert "Cure: `apt-get install chromium`" in str(caught.value)


def lines(record: Path) -> list[str]:
    return record.read_text().splitlines()
