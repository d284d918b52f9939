"""Pages of lists that are too long to be counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.core.paginator import Paginator
from django.db import connections
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# As far as rows are counted, and as far as pages lead: OFFSET reads all rows before it, so page
# 40,000 of the log would read two million. Nobody pages that far; filters and search lead there.
COUNTED_ROWS: Final = 10_000

# The planner's estimate of a table; of a partitioned one the sum of its partitions, because
# autovacuum never analyses the parent. -1 where nothing was analysed yet.
ESTIMATED_ROWS: Final = """
SELECT sum(pg_class.reltuples)::bigint
  FROM pg_class
 WHERE pg_class.relkind IN ('r', 'm')
   AND pg_class.oid IN (
       SELECT %(table)s::regclass
        UNION ALL
       SELECT relid FROM pg_partition_tree(%(table)s::regclass) WHERE isleaf
   )
"""


class Precision(Enum):
    EXACT = "exact"
    ABOUT = "about"  # the planner's estimate
    AT_LEAST = "at least"  # longer than what was counted


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows a list has, and how far that number can be believed."""

    rows: int
    precision: Precision

    def __str__(self) -> str:
        rows = {"rows": number_format(self.rows, use_l10n=True, force_grouping=True)}
        if self.precision is Precision.EXACT:
            return ngettext("%(rows)s entry", "%(rows)s entries", self.rows) % rows
        if self.precision is Precision.ABOUT:
            return _("about %(rows)s entries") % rows
        return _("more than %(rows)s entries") % rows


def size_of(queryset: QuerySet[Any], *, using: str) -> Size:
    """Exact up to COUNTED_ROWS; beyond, the planner's estimate, which knows whole tables only."""
    counted = queryset.using(using).order_by()[: COUNTED_ROWS + 1].count()
    if counted <= COUNTED_ROWS:
        return Size(counted, Precision.EXACT)
    if not queryset.query.where:
        estimate = estimated_rows(queryset.model._meta.db_table, using=using)
        if estimate > COUNTED_ROWS:
            return Size(_rounded(estimate), Precision.ABOUT)
    return Size(COUNTED_ROWS, Precision.AT_LEAST)


def estimated_rows(table: str, *, using: str) -> int:
    """Rows of `table` as of its last ANALYZE or VACUUM."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATED_ROWS, {"table": connection.ops.quote_name(table)})
        (rows,) = cursor.fetchone()
    return int(rows or 0)


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """A paginator whose cost does not grow with the table."""

    template_name = "config/pagination.html"
    object_list: QuerySet[Any]

    @cached_property
    def size(self) -> Size:
        return size_of(self.object_list, using=self.object_list.db)

    @property
    def count(self) -> int:
        """The rows that pages lead to."""
        return min(self.size.rows, COUNTED_ROWS)

    @property
    def is_cut(self) -> bool:
        return self.size.precision is not Precision.EXACT


def _rounded(rows: int) -> int:
    """To three digits: an estimate that looks exact would be believed."""
    step: int = 10 ** max(0, len(str(rows)) - 3)
    return (rows + step // 2) // step * step
