"""What a local cluster remembers between calls: its place, port and passwords."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from private_files import write_private
from trouble import Trouble

DOMAINS = ("catalog", "imports", "media", "code2asin", "analytics")
# The login role of each database and the variable that the settings read its address from.
ROLES = ("console", *DOMAINS)
URL_VARIABLES = {"console": "DATABASE_URL", **{d: f"{d.upper()}_DATABASE_URL" for d in DOMAINS}}


def database_of(role: str) -> str:
    return f"db_{role}"


def new_secret() -> str:
    """Letters and digits only: it stands in URLs, in shell files and in SQL without quoting."""
    return secrets.token_hex(24)


def _new_passwords() -> dict[str, str]:
    return {role: new_secret() for role in ROLES}


@dataclass(frozen=True)
class State:
    """`directory` is where this file lies; `home` holds data and log, usually the same directory."""

    directory: str
    home: str
    sockets: str = ""
    port: int = 0
    superuser_password: str = field(default_factory=new_secret)
    passwords: dict[str, str] = field(default_factory=_new_passwords)
    secret_key: str = field(default_factory=lambda: secrets.token_hex(32))

    @property
    def data(self) -> Path:
        return Path(self.home, "data")

    @property
    def log(self) -> Path:
        return Path(self.home, "log")

    @property
    def is_elsewhere(self) -> bool:
        return self.home != self.directory


def was_made(directory: Path) -> bool:
    return _file(directory).exists()


def read_state(directory: Path) -> State | None:
    """None where no cluster was made. Raises Trouble when the file says nothing usable."""
    path = _file(directory)
    try:
        state = State(**json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except PermissionError as exc:
        raise Trouble(
            f"{path} belongs to another account: call this as the one that started the cluster."
        ) from exc
    except (ValueError, TypeError) as exc:
        raise Trouble(f"{path} is damaged ({exc}); remove {directory} to begin anew.") from exc
    return _moved(state, directory)


def _moved(state: State, directory: Path) -> State:
    """The state of a directory that was moved or copied here."""
    if state.directory == str(directory):
        return state
    if not state.is_elsewhere:
        return replace(state, directory=str(directory), home=str(directory), sockets="")
    if _file(Path(state.directory)).exists():
        raise Trouble(
            f"{directory} is a copy: its data in {state.home} belong to {state.directory}. "
            f"Remove {directory} to begin anew."
        )
    return replace(state, directory=str(directory))


def write_state(state: State) -> None:
    directory = Path(state.directory)
    write_private(_file(directory), json.dumps(asdict(state), indent=2) + "\n")
    write_private(directory / "env", environment_text(state))


def environment(state: State) -> dict[str, str]:
    """The variables that point the project's settings at this cluster."""
    urls = {
        URL_VARIABLES[
            role
        ]: f"postgres://{role}:{password}@127.0.0.1:{state.port}/{database_of(role)}"
        for role, password in state.passwords.items()
    }
    return {**urls, "DJANGO_SECRET_KEY": state.secret_key, "DJANGO_HTTPS": "false"}


def environment_text(state: State) -> str:
    lines = [f"{name}={value}" for name, value in environment(state).items()]
    return "\n".join(["# Written by scripts/cluster.py at each start.", *lines, ""])


def _file(directory: Path) -> Path:
    return directory / "cluster.json"
