#!/usr/bin/env python3
"""Bring the demonstration up: cluster, databases, data, workload, report, console.

What was done before stays: a second call checks each step, and only does what is missing.
SCALE is the size of the data (1: 133,149 active products); SERVE=0 ends after the report.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
from dataclasses import asdict, dataclass, replace

import cluster
import demo_console
from cluster_state import environment as cluster_environment
from demo_console import Serving
from private_files import write_private
from steps import end_on_signals, run, run_quietly, step
from trouble import Trouble

ROOT = cluster.ROOT
MEMORY = cluster.DEMO / "demo.json"
LOCK = cluster.DEMO / "console.lock"

ENSURE_USER = """
import os
from django.contrib.auth import get_user_model
users = get_user_model().objects
name = os.environ["CONSOLE_USER"]
if not users.filter(username=name).exists():
    users.create_superuser(name, password=os.environ["CONSOLE_PASSWORD"])
"""


@dataclass(frozen=True)
class Memory:
    """What the demonstration remembers between calls, beside its databases."""

    user: str
    password: str
    workload_done: bool = False


def _recall() -> Memory:
    if MEMORY.exists():
        return Memory(**json.loads(MEMORY.read_text()))
    return _remember(Memory(user="admin", password=secrets.token_urlsafe(12)))


def _remember(memory: Memory) -> Memory:
    write_private(MEMORY, json.dumps(asdict(memory), indent=2) + "\n")
    return memory


def demo() -> None:
    with step("PostgreSQL cluster"):
        state = cluster.start(cluster.DEMO)
        print(cluster.describe(cluster.DEMO)[1], flush=True)
    # The cluster's own addresses win over .env: the demonstration never fills another database.
    environment = {
        **os.environ,
        **cluster_environment(state),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": "demonstration",
    }
    memory = _recall()
    memory = _fill(memory, environment)
    _prepare_console(memory, environment)
    with step("What the optimizer finds in the catalogue: manage.py optimize_db catalog"):
        _manage("optimize_db", "catalog", environment=environment)
    _offer_console(memory, environment)


def _fill(memory: Memory, environment: dict[str, str]) -> Memory:
    with step("Migrations of the six databases"):
        _manage("migrate_all", environment=environment)
    with step("Demonstration data"):
        scale = os.environ.get("SCALE")
        _manage("load_demo", *([f"--scale={scale}"] if scale else []), environment=environment)
    if memory.workload_done:
        return memory
    with step("What staff and API do all day, without the critical indexes"):
        _manage("run_workload", "--without-critical-indexes", environment=environment)
    return _remember(replace(memory, workload_done=True))


def _prepare_console(memory: Memory, environment: dict[str, str]) -> None:
    with step("Console: user and static files"):
        user = {"CONSOLE_USER": memory.user, "CONSOLE_PASSWORD": memory.password}
        run_quietly(
            [*_manage_py(), "shell", "--no-imports", "-c", ENSURE_USER],
            environment={**environment, **user},
        )
        collect = [*_manage_py(), "collectstatic", "--noinput", "--verbosity=0"]
        run_quietly(collect, environment=environment)


def _offer_console(memory: Memory, environment: dict[str, str]) -> None:
    if console := demo_console.serving(LOCK):
        _show(memory, f"{console.address} (served by process {console.pid})")
    elif os.environ.get("SERVE") == "0":
        _show(memory, "not served now; `make demo` serves it")
    else:
        demo_console.serve(
            ROOT, LOCK, environment=environment, ready=lambda console: _show_served(memory, console)
        )


def _show_served(memory: Memory, console: Serving) -> None:
    _show(memory, console.address)
    print(
        "Ctrl-C ends the console; the databases run on until `make stop`, "
        "`make clean` removes them.",
        flush=True,
    )


def _show(memory: Memory, address: str) -> None:
    print(
        f"\nConsole   {address}\nUser      {memory.user}\nPassword  {memory.password}\n", flush=True
    )


def _manage(*arguments: str, environment: dict[str, str]) -> None:
    run([*_manage_py(), *arguments], environment=environment)


def _manage_py() -> list[str]:
    return [sys.executable, str(ROOT / "manage.py")]


def _stop() -> None:
    if demo_console.stop(LOCK):
        print("The console ended.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stop", action="store_true", help="end the console that is being served")
    end_on_signals()
    try:
        _stop() if parser.parse_args().stop else demo()
    except (Trouble, OSError, subprocess.SubprocessError) as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
