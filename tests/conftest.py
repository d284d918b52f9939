"""People who use the admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from config.databases import DOMAINS


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("superuser")


@pytest.fixture
def staff(db: None) -> User:
    """Somebody who may look at every table of the domains and change none."""
    user = User.objects.create_user("staff", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=DOMAINS, codename__startswith="view_")
    )
    return user
