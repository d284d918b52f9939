"""A real browser before a live server. Whatever a test does, its pages have to be clean."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connections
from playwright.sync_api import ConsoleMessage, Page, Request, Response
from pytest_django.live_server_helper import LiveServer

from config.databases import ALIASES, URL_VARIABLES
from optimizer.connect import connection_parameters

# Playwright's synchronous interface keeps an event loop running in this thread.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

Connection = psycopg.Connection[Any]
SignIn = Callable[..., Page]

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = (
    "view_console",
    "view_query_text",
    "run_vacuum",
    "run_analyze",
    "run_vacuum_analyze",
    "run_reindex",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run last.

    Once Playwright's loop runs, Django keeps the connections of this thread in another place than
    before. What a later test leaves open there is not closed when the test databases are dropped.
    """
    items.sort(key=lambda item: item.get_closest_marker("e2e") is not None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.fail("Chromium is missing. Install it: apt-get install chromium")
    # Its sandbox needs what a container and the superuser do not have.
    return browser_type_launch_args | {"executable_path": chromium, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Where the browser's addresses begin."""
    return live_server.url


@pytest.fixture(autouse=True)
def complaints(page: Page, base_url: str) -> Iterator[list[str]]:
    """What browser and server complained about; at the end of a test nothing may be left."""
    found: list[str] = []
    own = urlsplit(base_url).netloc

    def on_request(request: Request) -> None:
        if request.url.startswith("http") and urlsplit(request.url).netloc != own:
            found.append(f"asked a foreign host: {request.url}")

    def on_response(response: Response) -> None:
        if response.status >= 400:
            found.append(f"{response.status}: {response.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            found.append(f"console: {message.text}")

    page.on("request", on_request)
    page.on("response", on_response)
    page.on("console", on_console)
    page.on("pageerror", lambda error: found.append(f"script: {error}"))
    yield found
    assert found == []


@pytest.fixture
def sign_in(transactional_db: None, page: Page) -> SignIn:
    """Log a member of staff in, by the form, who has these permissions of the optimizer."""

    def sign_in(*permissions: str) -> Page:
        user = User.objects.create_user("ada", password="Lovelace", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        page.goto("/admin/")
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", "Lovelace")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("/admin/")
        return page

    return sign_in


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Connection]:
    """`shop.items` in the database of `catalog`, searched again and again without an index."""
    _forget_statements()
    with psycopg.connect(**connection_parameters(using="catalog"), autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop")
        connection.execute(
            """CREATE TABLE shop.items (id bigint PRIMARY KEY, code text, price int)
               WITH (autovacuum_enabled = off)"""
        )
        connection.execute(
            "INSERT INTO shop.items SELECT n, 'code-' || n, n FROM generate_series(1, 20000) AS n"
        )
        connection.execute("VACUUM ANALYZE shop.items")
        for number in range(150):
            connection.execute(
                "SELECT code, price FROM shop.items WHERE code = %s", (f"code-{number}",)
            )
        yield connection
        connection.execute("DROP SCHEMA shop CASCADE")


def _forget_statements() -> None:
    """The advisor weighs the whole workload, and tests before this one left theirs."""
    name = connections["catalog"].settings_dict["NAME"]
    with psycopg.connect(os.environ["TEST_SUPERUSER_URL"], dbname=name) as superuser:
        superuser.execute(
            """SELECT pg_stat_statements_reset(0, oid, 0)
                 FROM pg_database WHERE datname = current_database()"""
        )


@pytest.fixture
def run_worker(transactional_db: None) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Let a real worker process do what waits in the queue, then end."""

    def run_worker() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"],
            cwd=ROOT,
            env=os.environ | {URL_VARIABLES[alias]: url_of(alias) for alias in ALIASES},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    with connections["default"].cursor() as cursor:
        # Tests before this one may have left jobs whose records are gone.
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    return run_worker


def url_of(alias: str) -> str:
    settings = connections[alias].settings_dict
    password = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    address = f"{settings['HOST']}:{settings['PORT']}" if settings["PORT"] else settings["HOST"]
    return f"postgres://{settings['USER']}{password}@{address}/{settings['NAME']}"


@pytest.fixture(autouse=True)
def _no_advice_of_other_tests() -> Iterator[None]:
    yield
    cache.clear()
