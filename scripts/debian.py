"""Installing packages on Debian and its kin, where the caller may."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from steps import run_quietly
from trouble import Trouble

NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/suppliers-import.conf")


@cache
def refusal() -> str:
    """Why nothing may be installed here; empty when it may."""
    if os.environ.get("APT") == "0":
        return "APT=0 forbids to install it"
    if not shutil.which("apt-get"):
        return "there is no apt-get to install it with"
    if os.geteuid() and not _sudo_works():
        return "only root may install it"
    return ""


def _sudo_works() -> bool:
    if not shutil.which("sudo"):
        return False
    answer = subprocess.run(["sudo", "-n", "true"], capture_output=True, timeout=30, check=False)
    return answer.returncode == 0


def install(package: str) -> None:
    """Install with apt-get, fetching the package lists anew when it does not work with those there.

    Raises Trouble with apt's own words when the package cannot be had.
    """
    print(f"Installing {package} with apt-get", flush=True)
    try:
        _apt_get("install", "--no-install-recommends", package)
    except Trouble:
        _update_lists()
        _apt_get("install", "--no-install-recommends", package)


@cache
def _update_lists() -> None:
    try:
        _apt_get("update")
    except Trouble as exc:  # one broken source must not hide the package that another one has
        print(exc, flush=True)


def install_server(package: str) -> None:
    """Install PostgreSQL without the cluster that Debian would make and start along with it."""
    _as_root("mkdir", "-p", str(NO_MAIN_CLUSTER.parent))
    try:
        _as_root("sh", "-c", f"echo 'create_main_cluster = false' > {NO_MAIN_CLUSTER}")
        install(package)
    finally:
        _as_root("rm", "-f", str(NO_MAIN_CLUSTER))


def _apt_get(*arguments: str) -> None:
    _as_root("apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=300", *arguments)


def _as_root(*command: str) -> None:
    sudo = ["sudo", "-n"] if os.geteuid() else []
    run_quietly([*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *command])
