"""How much storage the suggested indexes may take together, as a person writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from optimizer.exceptions import InvalidBudget
from optimizer.service import db_optimizer

SIZE: Final = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(%|[kmgt]?i?b)?", re.IGNORECASE | re.ASCII)
MAX_BYTES: Final = 2**63 - 1
UNITS: Final = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}


@dataclass(frozen=True, slots=True)
class Budget:
    """Either a number of bytes or a share of the data."""

    size: int = 0
    share: Decimal | None = None

    def in_bytes(self, alias: str) -> int:
        """The data of a database are its user tables without their indexes."""
        if self.share is None:
            return self.size
        tables = db_optimizer.all_table_stats(alias)
        return int(self.share * sum(table.heap_bytes + table.toast_bytes for table in tables))


def parse_budget(text: str) -> Budget:
    """`500MB` (10^6 bytes), `10 MiB` (2^20), `4096`, `25%`; raises `InvalidBudget`."""
    found = SIZE.fullmatch(text.strip())
    unit = ((found[2] or "b") if found else "").lower()
    if found is None or unit not in (*UNITS, "%"):
        raise InvalidBudget(
            _("“%s” is no size. Write 500MB, 1.5GB, 10 MiB, a number of bytes, or 25%%.") % text
        )
    number = Decimal(found[1])
    budget = Budget(share=number / 100) if unit == "%" else Budget(int(number * UNITS[unit]))
    if not (budget.share or 0 < budget.size <= MAX_BYTES):
        raise InvalidBudget(_("The budget has to be more than nothing, and less than 8 EiB."))
    return budget
