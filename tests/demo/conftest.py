from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.demo.databases import demo_data


@pytest.fixture(scope="package")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Committed, because indexes are built concurrently and the workload runs in threads."""
    with django_db_blocker.unblock(), demo_data():
        yield


@pytest.fixture
def _django_db_helper(loaded: None) -> None:
    """What pytest-django does around each marked test, without its flush at the end."""
