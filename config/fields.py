"""Columns and indexes that the domains share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    _BigInteger = models.BigIntegerField[int | None, int | None]
else:
    _BigInteger = models.BigIntegerField


class ReferenceField(_BigInteger):
    """The id of a row that lives in another database.

    No foreign key can cross databases, so nothing but `check_references` guards the value; `to`
    ("app.Model") says whose id it is, for the resolver, the admin and that command.
    """

    def __init__(self, *args: Any, to: str, **kwargs: Any) -> None:
        self.to = to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, list(args), {**kwargs, "to": self.to}


class Index(models.Index):
    """An index that may be named as PostgreSQL allows; Django's limit of 30 is Oracle's."""

    max_name_length = 63
