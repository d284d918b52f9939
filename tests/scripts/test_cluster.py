from __future__ import annotations

import socket
import stat
from pathlib import Path

import psycopg
import pytest
from accounts import server_account
from cluster_server import run_sql
from cluster_state import DOMAINS, ROLES, database_of, read_state
from postgres_programs import find
from trouble import Trouble

from config.databases import DATABASE_NAMES, DEFAULT_POOLS, URL_VARIABLES
from tests.scripts.clusters import LocalCluster, is_alive

pytestmark = pytest.mark.xdist_group("local cluster")


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def listening_addresses(pid: int) -> set[str]:
    """The TCP addresses that a process listens on, in the kernel's hexadecimal."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        target = str(link.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                addresses.add(fields[1].split(":")[0])
    return addresses


def test_status_tells_that_it_runs_and_where(running: LocalCluster) -> None:
    answer = running.call("status")

    assert answer.returncode == 0
    assert f"127.0.0.1:{running.state['port']}" in answer.stdout


def test_every_role_works_in_its_own_database(running: LocalCluster) -> None:
    for role in ROLES:
        answer = running.ask(role, "SELECT current_user, current_database()")

        assert answer == [(role, database_of(role))]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_connect_to_no_other_database(running: LocalCluster, role: str) -> None:
    others = {database_of(other) for other in ROLES if other != role} | {"postgres", "template1"}

    for database in others:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            running.ask(role, "SELECT 1", database=database)


def test_a_wrong_password_is_refused(running: LocalCluster) -> None:
    url = running.url("catalog").replace(running.state["passwords"]["catalog"], "wrong")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_nobody_gets_in_without_a_password(running: LocalCluster) -> None:
    methods = running.ask_superuser("SELECT DISTINCT auth_method FROM pg_hba_file_rules")

    assert methods == [("scram-sha-256",)]


def test_a_role_is_neither_superuser_nor_may_create_anything_global(running: LocalCluster) -> None:
    rights = running.ask(
        "catalog",
        "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user",
    )

    assert rights == [(False, False, False)]


def test_the_passwords_are_for_the_owner_only(running: LocalCluster) -> None:
    assert permissions(running.directory / "env") == 0o600
    assert permissions(running.directory / "cluster.json") == 0o600


def test_the_passwords_are_neither_in_the_log_nor_in_the_statistics(running: LocalCluster) -> None:
    statements = running.ask_superuser(
        "SELECT query FROM pg_stat_statements", database="db_catalog"
    )
    log = (running.directory / "log").read_text()

    assert statements
    for password in running.state["passwords"].values():
        assert password not in str(statements)
        assert password not in log


def test_a_password_in_a_statement_that_fails_is_not_logged(running: LocalCluster) -> None:
    state = read_state(running.directory)
    assert state

    with pytest.raises(Trouble, match='role "stranger" does not exist'):
        run_sql("ALTER ROLE stranger PASSWORD 'hush';", state, find(), server_account(state.data))

    log = state.log.read_text()
    assert "stranger" in log
    assert "hush" not in log


def test_it_listens_on_loopback_only(running: LocalCluster) -> None:
    addresses = listening_addresses(running.pid)

    assert "0100007F" in addresses
    assert addresses <= {"0100007F", "00000000000000000000000001000000"}


def test_a_role_sees_statements_with_their_times(running: LocalCluster) -> None:
    running.ask("catalog", "SELECT 'a statement to be seen'")

    seen = running.ask(
        "catalog",
        "SELECT calls >= 1, queryid <> 0, total_exec_time > 0 FROM pg_stat_statements"
        " WHERE query = 'SELECT $1' AND dbid = (SELECT oid FROM pg_database"
        " WHERE datname = current_database())",
    )

    assert seen == [(True, True, True)]


def test_a_role_sees_the_statements_of_others(running: LocalCluster) -> None:
    running.ask("imports", "SELECT 1 AS asked_by_imports")

    seen = running.ask(
        "catalog", "SELECT count(*) FROM pg_stat_statements WHERE query ~ 'asked_by_imports'"
    )

    assert seen == [(1,)]


def test_the_server_is_set_up_for_observation(running: LocalCluster) -> None:
    settings = dict(running.ask("catalog", "SELECT name, setting FROM pg_settings"))

    assert settings["track_io_timing"] == "on"
    assert settings["compute_query_id"] == "on"
    assert settings["pg_stat_statements.max"] == "10000"
    assert settings["pg_stat_statements.track"] == "all"
    assert settings["fsync"] == "on"


def test_the_pools_fit_into_max_connections(running: LocalCluster) -> None:
    (limit,) = running.ask(
        "catalog", "SELECT setting::int FROM pg_settings WHERE name = 'max_connections'"
    )

    assert sum(pool.maximum for pool in DEFAULT_POOLS.values()) + 50 < limit[0]


def test_the_names_are_those_that_the_settings_read(running: LocalCluster) -> None:
    for alias, variable in URL_VARIABLES.items():
        role = alias if alias in DOMAINS else "console"

        assert running.url(role).endswith(f"/{DATABASE_NAMES[alias]}")
        assert f"\n{variable}=" in running.call("env").stdout


def test_a_second_start_leaves_process_data_and_passwords_as_they_are(
    running: LocalCluster,
) -> None:
    running.ask("catalog", "CREATE TABLE empty (id int)")
    before = (running.pid, running.state, (running.directory / "env").read_text())

    running.start()

    assert (running.pid, running.state, (running.directory / "env").read_text()) == before
    assert running.ask("catalog", "SELECT count(*) FROM empty") == [(0,)]


def test_start_adds_what_is_missing(running: LocalCluster) -> None:
    running.ask_superuser("DROP DATABASE db_analytics")
    running.ask_superuser("DROP ROLE analytics")

    running.start()

    extensions = running.ask("analytics", "SELECT extname FROM pg_extension")
    assert ("pg_stat_statements",) in extensions


def test_a_stopped_cluster_keeps_its_port_and_its_data(running: LocalCluster) -> None:
    running.ask("media", "CREATE TABLE kept AS SELECT 7 AS seven")
    port = running.state["port"]

    stopped = running.call("stop")
    assert "Stopped" in stopped.stdout
    assert running.call("status").returncode == 3
    running.start()

    assert running.state["port"] == port
    assert running.ask("media", "SELECT seven FROM kept") == [(7,)]


def test_a_port_taken_meanwhile_is_left_to_the_other(running: LocalCluster) -> None:
    running.call("stop")
    port = running.state["port"]

    with socket.create_server(("127.0.0.1", port)):
        running.start()

    assert running.state["port"] != port
    assert running.ask("catalog", "SELECT inet_server_port()") == [(running.state["port"],)]


def test_clean_removes_what_start_made_and_nothing_else(place: Path) -> None:
    # The path is too long for a socket in it, so there is a directory elsewhere to remove as well.
    cluster = LocalCluster(place / ("long" * 20) / ("path" * 20))
    cluster.start()
    (cluster.directory / "notes.txt").write_text("not of the cluster")
    pid, sockets = cluster.pid, Path(cluster.state["sockets"])
    assert not sockets.is_relative_to(place)
    assert cluster.ask("catalog", "SELECT 1") == [(1,)]

    cluster.call("clean")

    assert [path.name for path in cluster.directory.iterdir()] == ["notes.txt"]
    assert not sockets.exists()
    assert not is_alive(pid)


def test_clean_touches_nothing_in_a_directory_without_a_cluster(place: Path) -> None:
    for name in ("data", "run"):
        (place / name).mkdir()
    for name in ("env", "lock", "log"):
        (place / name).write_text("of something else")

    assert LocalCluster(place).call("clean").returncode == 0

    assert sorted(path.name for path in place.iterdir()) == ["data", "env", "lock", "log", "run"]


@pytest.mark.parametrize("verb", ["stop", "clean"])
def test_stop_and_clean_are_content_where_there_is_nothing(fresh: LocalCluster, verb: str) -> None:
    assert fresh.call(verb).returncode == 0
    assert not fresh.directory.exists()
