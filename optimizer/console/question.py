"""What the advisor is asked from the console, as addresses carry it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from optimizer.records import IndexSuggestion


@dataclass(frozen=True, slots=True)
class Question:
    alias: str
    table: str = ""  # schema-qualified and quoted; empty: the whole database
    budget: str = ""  # as somebody wrote it; empty: as much as the indexes need

    def query(self, **more: str) -> str:
        """What stands behind an address, question mark included; empty for the plain question."""
        values = {"table": self.table, "budget": self.budget} | more
        text = urlencode({name: value for name, value in values.items() if value})
        return f"?{text}" if text else ""

    def fresh_query(self) -> str:
        """The same, asking anew."""
        return self.query(fresh="1")

    def query_about(self, suggestion: IndexSuggestion) -> str:
        """The same, about one suggestion of the answer."""
        return self.query(schema=suggestion.schema_name, index=suggestion.name)
