"""What a page of the admin asks of the databases, and how PostgreSQL would answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.databases import ALIASES


@dataclass(frozen=True)
class Page:
    status: int
    text: str
    statements: dict[str, list[str]]  # by alias

    @property
    def counts(self) -> dict[str, int]:
        """The number of statements per alias, of those that were asked anything."""
        return {alias: len(sent) for alias, sent in self.statements.items() if sent}


def get(client: Client, url: str, **parameters: Any) -> Page:
    with ExitStack() as stack:
        captured = {
            alias: stack.enter_context(CaptureQueriesContext(connections[alias]))
            for alias in ALIASES
        }
        response = client.get(url, parameters)
        text = response.content.decode()
    statements = {
        alias: [q["sql"] for q in context.captured_queries] for alias, context in captured.items()
    }
    return Page(response.status_code, text, statements)


def counts_for(client: Client, rows: Any, count: int) -> dict[str, int]:
    """The statements per alias that a list asks when its table has `count` more rows."""
    rows.create_batch(count)
    page = get(client, list_of(rows._meta.model))
    assert page.status == 200
    return page.counts


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Model) -> str:
    options = row._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[row.pk])


def list_statement(page: Page, model: type[Model]) -> str:
    """The statement of the page that reads the rows of the list; a search looks up ids before."""
    options = model._meta
    return [
        sent
        for sent in page.statements[options.app_label]
        if (first := re.match(r'SELECT "(\w+)"\.', sent)) and first[1] == options.db_table
    ][-1]


def plan(statement: str, *, using: str) -> dict[str, Any]:
    with connections[using].cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
        (explained,) = cursor.fetchone()
    root: dict[str, Any] = (json.loads(explained) if isinstance(explained, str) else explained)[0]
    return root["Plan"]  # type: ignore[no-any-return]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


# The planner's cost of reading some 100 pages; an empty partition is cheaper read than looked up.
A_TABLE = 100.0


def sorted_whole(plan: dict[str, Any], table: str) -> bool:
    """Whether the plan reads all of `table`, or of a partition of it, to sort what it found."""
    return any(
        node["Node Type"] == "Sort"
        and any(
            below["Node Type"] == "Seq Scan"
            and below["Relation Name"].startswith(table)
            and below["Total Cost"] > A_TABLE
            for below in nodes(node)
        )
        for node in nodes(plan)
    )


def indexes(plan: dict[str, Any]) -> set[str]:
    """The names of the indexes that the plan reads."""
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def has_sort(plan: dict[str, Any]) -> bool:
    """Whether the plan sorts from nothing; what is in order already may be put in finer order."""
    return any(node["Node Type"] == "Sort" for node in nodes(plan))


def fill(statement: str, *, using: str, tables: list[str]) -> None:
    """Run a statement that fills `tables` with many rows, and let the planner know of them."""
    with connections[using].cursor() as cursor:
        cursor.execute(statement)
        for table in tables:
            cursor.execute(f"ANALYZE {connections[using].ops.quote_name(table)}")
