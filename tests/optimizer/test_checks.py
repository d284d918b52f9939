from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.core.checks import Tags, registry

from optimizer.checks import extensions_are_usable

pytestmark = pytest.mark.django_db(databases=["default", "catalog"])

Connection = psycopg.Connection[Any]


@pytest.fixture
def bare(superuser: Connection) -> Any:
    superuser.execute("DROP EXTENSION pg_stat_statements; DROP EXTENSION hypopg")
    yield
    superuser.execute("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg")


def test_a_complete_database_passes() -> None:
    assert extensions_are_usable(databases=["catalog"]) == []


@pytest.mark.usefixtures("bare")
def test_missing_extensions_are_warnings_with_the_cure() -> None:
    statements, hypopg = extensions_are_usable(databases=["catalog"])

    assert (statements.id, hypopg.id) == ("optimizer.W001", "optimizer.W002")
    assert "catalog" in statements.msg
    assert "CREATE EXTENSION pg_stat_statements" in str(statements.hint)
    assert "CREATE EXTENSION hypopg" in str(hypopg.hint)
    assert not statements.is_serious()


@pytest.mark.usefixtures("bare")
def test_only_the_given_databases_are_asked() -> None:
    assert extensions_are_usable(databases=None) == []
    assert extensions_are_usable(databases=[]) == []
    assert extensions_are_usable(databases=["default"]) == []


def test_a_database_that_is_down_is_left_to_the_check_that_says_so(down: str) -> None:
    assert extensions_are_usable(databases=[down]) == []


def test_the_check_is_registered_for_databases() -> None:
    assert extensions_are_usable in registry.registry.get_checks()
    assert Tags.database in extensions_are_usable.tags
