"""The pools of the deployment, and each process's share of them."""

from __future__ import annotations

import environ
import pytest

from config.databases import ALIASES, DOMAINS, PoolSize, databases, pool_sizes


def environment(monkeypatch: pytest.MonkeyPatch, **variables: str) -> environ.Env:
    for alias in ALIASES:
        for suffix in ("POOL_SIZE", "MAX_OVERFLOW"):
            monkeypatch.delenv(f"{alias.upper()}_{suffix}", raising=False)
    for name in ("DATABASE_POOL_SIZE", "DATABASE_MAX_OVERFLOW", "DATABASE_POOL_PRE_PING"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return environ.Env()


def test_the_five_domains_keep_87_connections_and_open_287_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = pool_sizes(environment(monkeypatch))
    assert sum(sizes[alias].size for alias in DOMAINS) == 87
    assert sum(sizes[alias].maximum for alias in DOMAINS) == 287
    assert sizes["default"] == PoolSize(size=5, overflow=10)


def test_a_variable_of_the_alias_wins_over_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    env = environment(
        monkeypatch, DATABASE_POOL_SIZE="7", CATALOG_POOL_SIZE="9", CATALOG_MAX_OVERFLOW="1"
    )
    sizes = pool_sizes(env)
    assert sizes["catalog"] == PoolSize(size=9, overflow=1)
    assert sizes["media"] == PoolSize(size=7, overflow=40)


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 8])
def test_more_workers_never_exceed_the_budget(
    monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    env = environment(monkeypatch)
    shares = databases(env, serving=True, workers=workers)
    for alias, size in pool_sizes(env).items():
        pool = shares[alias]["OPTIONS"]["pool"]
        assert pool["max_size"] * workers <= size.maximum
        assert pool["min_size"] * workers <= size.size


def test_a_process_always_gets_one_connection() -> None:
    assert PoolSize(size=2, overflow=1).share(workers=10) == PoolSize(size=0, overflow=1)


def test_a_command_opens_connections_only_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    config = databases(environment(monkeypatch), serving=False, workers=1)
    assert {config[alias]["OPTIONS"]["pool"]["min_size"] for alias in ALIASES} == {0}


def test_the_documented_limits_reach_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    env = environment(
        monkeypatch,
        DATABASE_POOL_TIMEOUT="12",
        DATABASE_POOL_RECYCLE="600",
        DATABASE_POOL_PRE_PING="False",
    )
    config = databases(env, serving=True, workers=1)["imports"]
    assert config["OPTIONS"]["pool"]["timeout"] == 12
    assert config["OPTIONS"]["pool"]["max_lifetime"] == 600
    assert config["POOL_PRE_PING"] is False
    assert config["CONN_MAX_AGE"] == 0
