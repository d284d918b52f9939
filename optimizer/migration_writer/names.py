"""What things are called in a Python file, and in which order its imports stand."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from django.conf import settings

from optimizer.migration_writer.layout import LINE_LENGTH, STEP, Name

STANDARD, THIRD_PARTY, OWN = 1, 2, 3


class Names:
    """The names of one file; what it lacks is noted, to be imported."""

    def __init__(self, bound: Mapping[str, Name | None]) -> None:
        self._bound = dict(bound)  # None: it is something else than an import
        self.used: set[Name] = set()  # of those that were bound
        self.missing: list[Name] = []
        self.clashes: list[str] = []

    def __call__(self, wanted: Name) -> str:
        aliases = {name: text for text, name in self._bound.items() if name is not None}
        parent, _dot, leaf = wanted.module.rpartition(".")
        module = Name(parent, leaf)
        self.used |= {wanted, module} & aliases.keys()
        if wanted in aliases:
            return aliases[wanted]
        if module in aliases:  # `models.F`, after `from django.db import models`
            return f"{aliases[module]}.{wanted.name}"
        if wanted.name in self._bound:
            self.clashes.append(wanted.name)
        self._bound[wanted.name] = wanted
        self.missing.append(wanted)
        return wanted.name


def bound_names(tree: ast.Module) -> dict[str, Name | None]:
    """Every name at the top of a module."""
    bound: dict[str, Name | None] = {}
    for node in tree.body:
        match node:
            case ast.ImportFrom(module=str() as module, level=0):
                for alias in node.names:
                    bound[alias.asname or alias.name] = Name(module, alias.name)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    bound[alias.asname or alias.name.partition(".")[0]] = None
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                bound[node.name] = None
            case ast.Assign(targets=targets):
                bound |= {item.id: None for item in targets if isinstance(item, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=text)):
                bound[text] = None
    return bound


def import_line(module: str, names: Iterable[str]) -> str:
    """`names` may hold `x as y`."""
    parts = sorted(set(names), key=_by_kind)
    line = f"from {module} import {', '.join(parts)}"
    if len(line) <= LINE_LENGTH:
        return line
    return "\n".join((f"from {module} import (", *(f"{' ' * STEP}{part}," for part in parts), ")"))


def import_block(names: Iterable[Name]) -> str:
    """The imports of a new file, section by section."""
    modules: dict[str, set[str]] = {}
    for name in names:
        modules.setdefault(name.module, set()).add(name.name)
    sections: dict[int, list[str]] = {}
    for module in sorted(modules, key=import_order):
        sections.setdefault(import_order(module)[0], []).append(
            import_line(module, modules[module])
        )
    return "\n\n".join("\n".join(lines) for lines in sections.values())


def import_order(module: str) -> tuple[int, str]:
    """The section a module belongs to, and its place there."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return STANDARD, module.lower()
    base = Path(settings.BASE_DIR)
    is_own = (base / root).is_dir() or (base / f"{root}.py").is_file()
    return OWN if is_own else THIRD_PARTY, module.lower()


def _by_kind(part: str) -> tuple[int, str]:
    """Constants, then classes, then the rest, as isort has it."""
    name = part.partition(" ")[0]
    if len(name) > 1 and name.isupper():
        return 0, name.lower()
    return (1 if name[0].isupper() else 2), name.lower()
