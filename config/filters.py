"""Filters and searches whose cost is bounded on a table of any length."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db import connections
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest
from psycopg import sql
from unfold.contrib.filters.admin import DropdownFilter

# The values a column holds, by one descent of the index that begins with it for each of them;
# SELECT DISTINCT would read the whole table.
VALUES: Final = """
WITH RECURSIVE held(value) AS (
    (SELECT {column} FROM {table} ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM {table} WHERE {column} > held.value ORDER BY {column} LIMIT 1)
      FROM held
     WHERE held.value IS NOT NULL
)
SELECT value FROM held WHERE value IS NOT NULL LIMIT %(limit)s
"""
CHOICES: Final = 200
# As many rows as a search finds; who needs more needs a filter.
SEARCH_LIMIT: Final = 1_000


def indexed_values(model: type[Model], field: str, *, using: str) -> list[Any]:
    """What the column `field` holds, in order, CHOICES at most; an index has to begin with it."""
    column = str({f.name: f.column for f in model._meta.concrete_fields}[field])
    statement = sql.SQL(VALUES).format(
        column=sql.Identifier(column), table=sql.Identifier(model._meta.db_table)
    )
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string(cursor.connection), {"limit": CHOICES})
        return [value for (value,) in cursor.fetchall()]


def newest(queryset: QuerySet[Any], rows: int, *, using: str) -> QuerySet[Any]:
    """The queryset, of the last `rows` rows of the table at most.

    For filters that no index serves: what they read is bounded, however long the table is.
    """
    last = queryset.model._base_manager.using(using).aggregate(last=Max("pk"))["last"]
    return queryset.filter(pk__gt=(last or 0) - rows)


def first_ids(queryset: QuerySet[Any]) -> list[int]:
    """The ids of SEARCH_LIMIT rows at most, in no order, so that any index may serve."""
    return list(queryset.order_by().values_list("pk", flat=True)[:SEARCH_LIMIT])


class IndexedValuesFilter(DropdownFilter):  # type: ignore[misc]
    """Offers what a column holds; `parameter_name` is the column, and an index begins with it."""

    parameter_name: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        queryset = model_admin.get_queryset(request)
        values = indexed_values(queryset.model, self.parameter_name, using=queryset.db)
        return [(value, value) for value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value():
            return queryset.filter(**{self.parameter_name: self.value()})
        return queryset
