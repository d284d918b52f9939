"""Which account of the machine runs PostgreSQL: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from trouble import Trouble

PREFERRED = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def is_caller(self) -> bool:
        return self.uid == os.geteuid()

    def may_enter(self, directory: Path) -> bool:
        # Asked of the kernel, since every directory above counts, and access lists too.
        return not self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)]).returncode

    def own(self, path: Path) -> None:
        if not self.is_caller:
            os.chown(path, self.uid, self.gid)

    def run(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        timeout: float = 60,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run as this account, in / and without PostgreSQL's variables of the caller."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        other = not self.is_caller
        if other:
            inherited["HOME"] = "/"
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd="/",
            env={**inherited, "LC_ALL": "C", **(environment or {})},
            user=self.uid if other else None,
            group=self.gid if other else None,
            extra_groups=[self.gid] if other else None,
        )


def server_account(data: Path) -> Account:
    """The owner of the data if there are any; else the caller, or for root an unprivileged account."""
    caller = os.geteuid()
    if data.exists():
        owner = data.stat().st_uid
        if caller not in (0, owner):
            raise Trouble(
                f"{data} belongs to {_name(owner)}: call this as {_name(owner)}, or as root."
            )
        return _account(owner)
    return _account(caller) if caller else _unprivileged()


def _account(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:  # a container may run under a number that has no name
        return Account(name=str(uid), uid=uid, gid=os.getegid())
    return Account(name=entry.pw_name, uid=uid, gid=entry.pw_gid)


def _unprivileged() -> Account:
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise Trouble(
        "PostgreSQL refuses to run as root, and there is no account "
        f"{' or '.join(PREFERRED)} to run it as: add one (`useradd --system postgres`)."
    )


def _name(uid: int) -> str:
    return _account(uid).name
