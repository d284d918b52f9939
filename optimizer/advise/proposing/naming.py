"""Names for suggested indexes: readable, the same each time, and short enough for Django."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container
from typing import Final

from optimizer.advise.proposing.shapes import IndexShape

MAX_LENGTH: Final = 30  # Django's limit for Index.name
MAX_IDENTIFIER: Final = 63  # PostgreSQL's own
HASH_LENGTH: Final = 4
AFFIXES: Final = re.compile(r"^is_|_(id|at)$")


def index_name(shape: IndexShape, taken: Container[str]) -> str:
    """A name that no relation of the table's schema has, `taken` being those there are."""
    table = _plain(shape.table.name)
    columns = [_plain(name) for name in shape.columns]
    short = [AFFIXES.sub("", name) for name in columns]
    for words in (columns, short):
        name = "_".join(("idx", table, *words))
        if len(name) <= MAX_LENGTH and name not in taken:
            return name
    room = MAX_LENGTH - HASH_LENGTH - 1
    stem = "_".join(("idx", table, *short))[:room].rstrip("_")
    return _distinguished(stem, f"{shape.table.qualified_name} {shape.definition()}", taken)


def partition_index_name(parent_index: str, partition: str, taken: Container[str]) -> str:
    """The name of one partition's part of an index."""
    name = f"{parent_index}_{_plain(partition)}"
    if len(name) <= MAX_IDENTIFIER and name not in taken:
        return name
    return _distinguished(name[: MAX_IDENTIFIER - HASH_LENGTH - 1], partition, taken)


def _distinguished(stem: str, text: str, taken: Container[str]) -> str:
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{text} {attempt}".encode()).hexdigest()[:HASH_LENGTH]
        name = f"{stem}_{digest}"
        if name not in taken:
            return name
        attempt += 1


def _plain(name: str) -> str:
    """Lower-case ASCII only, so that the name never has to be quoted."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "x"
