"""Who gets in."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.optimizer.console.conftest import SignIn

pytestmark = pytest.mark.django_db(databases="__all__")

PAGES = [
    ("overview", ["catalog"]),
    ("slow_queries", ["catalog"]),
    ("query", ["catalog", 1]),
    ("suggestions", ["catalog"]),
    ("advice", ["catalog"]),
    ("as_django", ["catalog"]),
    ("as_django_files", ["catalog"]),
    ("download", ["catalog"]),
    ("tables", ["catalog"]),
    ("table", ["catalog", "public", "products"]),
    ("table_advice", ["catalog", "public", "products"]),
    ("maintenance", ["catalog"]),
    ("maintain", ["catalog", "vacuum"]),
    ("run_state", [1]),
]
each_page = pytest.mark.parametrize(("name", "arguments"), PAGES, ids=[name for name, _ in PAGES])


def test_every_page_of_the_console_is_tried_here() -> None:
    from optimizer.console.urls import urlpatterns

    assert {pattern.name for pattern in urlpatterns} == {name for name, _arguments in PAGES}


@each_page
def test_strangers_are_sent_to_log_in(client: Client, name: str, arguments: list[object]) -> None:
    address = reverse(f"optimizer:{name}", args=arguments)
    response = client.get(address)
    assert response.status_code == 302
    assert response.headers["Location"] == f"{reverse('admin:login')}?next={address}"


@each_page
def test_staff_without_the_permission_are_told_which_one_they_lack(
    sign_in: SignIn, name: str, arguments: list[object]
) -> None:
    response = sign_in().get(reverse(f"optimizer:{name}", args=arguments))
    assert response.status_code == 403
    assert "optimizer.view_console" in response.text


def test_a_part_of_a_page_does_not_get_the_login_page_put_into_it(client: Client) -> None:
    address = reverse("optimizer:advice", args=["catalog"])
    response = client.get(address, headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (401, b"")


def test_the_runs_too_are_for_those_with_the_permission_only(sign_in: SignIn) -> None:
    assert sign_in().get(reverse("admin:optimizer_maintenancerun_changelist")).status_code == 403


def test_staff_without_the_permission_get_the_admin_without_databases(sign_in: SignIn) -> None:
    response = sign_in().get(reverse("admin:index"))
    assert response.status_code == 200
    assert "data-database" not in response.text
    assert reverse("optimizer:overview", args=["catalog"]) not in response.text


@each_page
def test_no_page_takes_a_post_but_the_one_that_launches(
    staff: Client, name: str, arguments: list[object]
) -> None:
    if name != "maintain":
        response = staff.post(reverse(f"optimizer:{name}", args=arguments))
        assert response.status_code == 405


def test_a_database_that_does_not_exist_is_not_found(staff: Client) -> None:
    response = staff.get("/admin/optimizer/databases/nowhere/")
    assert response.status_code == 404
    assert "There is no such page." in response.text
