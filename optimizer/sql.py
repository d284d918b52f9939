"""The statements the optimizer sends: read from `.sql` files and marked as its own.

The marker keeps them apart from the application's statements in pg_stat_statements and in
pg_stat_activity. It stands behind the first keyword because PostgreSQL 18 no longer keeps a
comment that stands before a statement.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, LiteralString

MARKER: Final = "/* suppliers-import optimizer */"


def marked(statement: LiteralString) -> LiteralString:
    """The statement with the marker behind its first word, which has to be a keyword."""
    keyword, rest = statement.split(maxsplit=1)
    return keyword + " " + MARKER + " " + rest


@cache
def load(package: str, name: str) -> LiteralString:
    """The statement in `sql/<name>.sql` of a package, marked; its heading comment is left out."""
    text = files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return marked(body)
