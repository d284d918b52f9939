"""Users, groups and background tasks can be opened by who manages them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", password="root"))
    return client


def test_each_list_and_each_form_opens(superuser: Client) -> None:
    root, group = User.objects.get(), Group.objects.create(name="Buyers")
    for name, arguments in (
        ("auth_user_changelist", []),
        ("auth_user_add", []),
        ("auth_user_change", [root.pk]),
        ("auth_user_password_change", [root.pk]),
        ("auth_group_changelist", []),
        ("auth_group_change", [group.pk]),
        ("procrastinate_procrastinatejob_changelist", []),
    ):
        response = superuser.get(reverse(f"admin:{name}", args=arguments))
        assert response.status_code == 200, name


def test_a_new_user_can_log_in(superuser: Client) -> None:
    password = "correct horse battery staple"
    superuser.post(
        reverse("admin:auth_user_add"),
        {
            "username": "ada",
            "usable_password": "true",
            "password1": password,
            "password2": password,
        },
    )
    assert Client().login(username="ada", password=password)
