"""What the tests ask of a local cluster, in the words of its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def run_script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPTS / name), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@dataclass(frozen=True)
class LocalCluster:
    directory: Path

    def call(
        self, *arguments: str, check: bool = False, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        answer = run_script("cluster.py", "--dir", str(self.directory), *arguments, **environment)
        assert not (check and answer.returncode), answer.stderr
        return answer

    def start(self, *options: str) -> None:
        self.call("start", *options, check=True)

    def starting(self, *options: str, start_new_session: bool = False) -> subprocess.Popen[str]:
        """A start that is under way."""
        command = [sys.executable, str(SCRIPTS / "cluster.py"), "--dir", str(self.directory)]
        return subprocess.Popen(
            [*command, "start", *options],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=start_new_session,
        )

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.directory / "cluster.json").read_text())
        return state

    @property
    def data(self) -> Path:
        return Path(self.state["home"], "data")

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text().split("\n")[0])

    def url(self, role: str) -> str:
        name = "DATABASE_URL" if role == "console" else f"{role.upper()}_DATABASE_URL"
        lines = (self.directory / "env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)[name]

    def ask(self, role: str, query: str, *, database: str = "") -> list[tuple[Any, ...]]:
        """The rows of `query`, run by the role in its own database or in another one."""
        options: dict[str, Any] = {"dbname": database} if database else {}
        return _rows(psycopg.connect(self.url(role), autocommit=True, **options), query)

    def ask_superuser(self, query: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        return _rows(
            psycopg.connect(
                host="127.0.0.1",
                port=self.state["port"],
                user="postgres",
                password=self.state["superuser_password"],
                dbname=database,
                autocommit=True,
            ),
            query,
        )


def _rows(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    with connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def is_alive(pid: int) -> bool:
    """A process that ended but that nobody has collected has no command line any more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except FileNotFoundError:
        return False
