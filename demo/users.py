"""The people that the demonstration data speaks of."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import connections
from django.utils.translation import gettext as _

from demo.data.plan import USERS
from demo.exceptions import ForeignRows


def ensure(*, using: str) -> None:
    """Create those that are missing. They cannot log in, and would have no rights if they could."""
    known = dict(User.objects.using(using).filter(pk__in=USERS).values_list("pk", "username"))
    taken = [name for pk, name in known.items() if USERS[pk] != name]
    if taken:
        text = _("The ids of the demonstration's users belong to others: %(names)s.")
        raise ForeignRows(text % {"names": ", ".join(taken)})
    User.objects.using(using).bulk_create(
        User(
            pk=pk,
            username=name,
            first_name=name.removeprefix("demo.").capitalize(),
            email=f"{name}@suppliers.example",
            password=make_password(None),
            is_staff=True,
        )
        for pk, name in USERS.items()
        if pk not in known
    )
    _advance_identity(using=using)


def _advance_identity(*, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('auth_user', 'id'), "
            "greatest((SELECT max(id) FROM auth_user), "
            "nextval(pg_get_serial_sequence('auth_user', 'id'))))"
        )
