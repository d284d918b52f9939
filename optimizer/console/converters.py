"""What stands in the addresses of the console."""

from __future__ import annotations

from django.conf import settings

from optimizer.models import Operation


class AliasConverter:
    """A database of the settings; any other name is a page that does not exist."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        if value not in settings.DATABASES:
            raise ValueError(value)
        return value

    def to_url(self, value: str) -> str:
        return value


class QueryIdConverter:
    """A query id: 64 bits with a sign."""

    regex = "-?[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class OperationConverter:
    regex = "|".join(Operation.values)

    def to_python(self, value: str) -> Operation:
        return Operation(value)

    def to_url(self, value: str) -> str:
        return str(value)
