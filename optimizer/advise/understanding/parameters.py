"""What the parameters of a statement stand for, so that typical values can take their place."""

from __future__ import annotations

from typing import Any

from pglast import ast

from optimizer.advise.understanding.access import ParameterUse, Role
from optimizer.advise.understanding.scope import Level
from optimizer.advise.understanding.tree import is_a, without_cast
from optimizer.observe.plannable import nodes


class ParameterNotes:
    """What each parameter was first met as, by its number."""

    def __init__(self) -> None:
        self.uses: dict[int, ParameterUse] = {}

    def add(self, level: Level, column: Any, other: Any, role: Role, position: int = 0) -> None:
        """`other` is compared with `column`: note it, if it is a parameter."""
        parameter: Any = without_cast(other)
        if role is Role.PATTERN:
            inside = [node for node in nodes(other) if is_a(node, ast.ParamRef)]
            parameter = inside[0] if len(inside) == 1 else None
        if not is_a(parameter, ast.ParamRef) or parameter.number in self.uses:
            return
        bounds = level.plain_columns(column)
        table, name = (bounds[0].access.table, bounds[0].column) if bounds else (None, "")
        if bounds or role is Role.PATTERN:
            self.uses[parameter.number] = ParameterUse(role, table, name, position)

    def add_limits(self, select: Any) -> None:
        for clause, role in ((select.limitCount, Role.LIMIT), (select.limitOffset, Role.OFFSET)):
            parameter = without_cast(clause)
            if is_a(parameter, ast.ParamRef):
                self.uses[parameter.number] = ParameterUse(role)
