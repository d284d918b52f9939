from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from config.databases import ALIASES
from config.postgresql.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def migrate_all() -> str:
    out = StringIO()
    call_command("migrate_all", stdout=out, stderr=StringIO())
    return out.getvalue()


def test_it_reports_each_of_the_six_databases_in_order() -> None:
    lines = migrate_all().splitlines()
    assert lines == [f"{alias}: nothing to migrate" for alias in ALIASES]


def test_it_applies_what_is_missing() -> None:
    call_command("migrate", "media", "0001", database="media", verbosity=0)
    assert "media: 1 migration in" in migrate_all()
    assert "media: nothing to migrate" in migrate_all()


def test_a_database_that_is_down_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("migrate", "analytics", "0001", database="analytics", verbosity=0)
    media = connections["media"]
    assert isinstance(media, DatabaseWrapper)
    media.close()
    media.close_pool()
    with monkeypatch.context() as patch:
        patch.setitem(media.settings_dict, "PORT", 1)
        with pytest.raises(CommandError, match="Not migrated: media"):
            migrate_all()
        media.close_pool()
    assert "analytics: nothing to migrate" in migrate_all()
