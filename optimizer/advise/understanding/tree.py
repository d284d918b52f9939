"""Small helpers for pglast's syntax trees."""

from __future__ import annotations

from typing import Any

from pglast import ast


def is_a(node: Any, *kinds: type[Any]) -> bool:
    """isinstance(), without telling the type checker: the stubs call every field optional,
    while the grammar fills those that matter here."""
    return isinstance(node, kinds)


def strings(parts: Any) -> tuple[str, ...]:
    """The texts of a list of String nodes, or of none."""
    return tuple(part.sval for part in parts or ())


def without_cast(node: Any) -> Any:
    """What a cast is applied to."""
    return node.arg if is_a(node, ast.TypeCast) else node
