"""The sidebar leads where the user may go, and nowhere else."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from config.databases import ALIASES
from config.navigation import environment, navigation


def sidebar(user: User | AnonymousUser) -> dict[str, list[str]]:
    request = RequestFactory().get("/admin/")
    request.user = user
    return {
        str(group["title"]): [str(item["title"]) for item in group["items"]]
        for group in navigation(request)
    }


@pytest.mark.django_db
def test_a_superuser_finds_the_databases_first_and_the_console_last() -> None:
    groups = sidebar(User.objects.create_superuser("root"))
    assert next(iter(groups)) == "Databases"
    assert list(groups)[-1] == "Console"
    assert groups["Databases"] == ["Dashboard", *ALIASES, "Maintenance runs"]
    assert {"Users", "Groups", "Background tasks"} <= set(groups["Console"])


@pytest.mark.django_db
def test_staff_find_only_what_they_may_open() -> None:
    user = User.objects.create_user("ada", is_staff=True)
    assert sidebar(user) == {"Databases": ["Dashboard"]}
    user.user_permissions.set(Permission.objects.filter(codename="view_group"))
    assert sidebar(User.objects.get()) == {"Databases": ["Dashboard"], "Console": ["Groups"]}


@pytest.mark.parametrize(
    ("name", "badge"),
    [
        ("production", ["Production", "danger"]),
        ("staging", ["Staging", "warning"]),
        ("demo", ["Demo", "info"]),
    ],
)
def test_the_badge_names_the_deployment(settings: Settings, name: str, badge: list[str]) -> None:
    settings.ENVIRONMENT = name
    assert environment(RequestFactory().get("/admin/")) == badge
