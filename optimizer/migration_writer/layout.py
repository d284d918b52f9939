"""Python expressions that can be evaluated, and written as the project's formatter writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

LINE_LENGTH: Final = 100
STEP: Final = 4


@dataclass(frozen=True, slots=True)
class Name:
    """Something that can be imported."""

    module: str
    name: str

    def imported(self) -> Any:
        return getattr(import_module(self.module), self.name)


@dataclass(frozen=True, slots=True)
class Call:
    target: Name
    args: tuple[Expression, ...] = ()
    kwargs: Mapping[str, Expression] = field(default_factory=dict)
    method: str = ""  # called on what the target made of its arguments: F("x").desc()
    method_kwargs: Mapping[str, Expression] = field(default_factory=dict)


Expression = Call | tuple["Expression", ...] | str | int | bool
NameOf = Callable[[Name], str]  # what a name is called in the file


def evaluated(node: Expression) -> Any:
    if isinstance(node, tuple):
        return [evaluated(item) for item in node]
    if not isinstance(node, Call):
        return node
    made = node.target.imported()(
        *map(evaluated, node.args), **{name: evaluated(item) for name, item in node.kwargs.items()}
    )
    if not node.method:
        return made
    kwargs = {name: evaluated(item) for name, item in node.method_kwargs.items()}
    return getattr(made, node.method)(**kwargs)


def one_line(node: Expression, name_of: NameOf) -> str:
    if isinstance(node, tuple):
        return f"[{', '.join(one_line(item, name_of) for item in node)}]"
    if isinstance(node, Call):
        text = f"{name_of(node.target)}({', '.join(_arguments(node, name_of))})"
        if node.method:
            kwargs = (f"{key}={one_line(v, name_of)}" for key, v in node.method_kwargs.items())
            text += f".{node.method}({', '.join(kwargs)})"
        return text
    return literal(node) if isinstance(node, str) else repr(node)


def laid_out(
    node: Expression, name_of: NameOf, *, indent: int, before: str = "", after: str = ""
) -> str:
    """The expression between two texts, on one line where it fits, without a line's end."""
    margin = " " * indent
    whole = f"{margin}{before}{one_line(node, name_of)}{after}"
    if len(whole) <= LINE_LENGTH:
        return whole
    if isinstance(node, tuple):
        body = [laid_out(item, name_of, indent=indent + STEP, after=",") for item in node]
        return "\n".join((f"{margin}{before}[", *body, f"{margin}]{after}"))
    if not isinstance(node, Call) or node.method:
        return whole
    body = [" " * (indent + STEP) + ", ".join(_arguments(node, name_of))]
    if len(body[0]) > LINE_LENGTH:
        named = [("", item) for item in node.args]
        named += [(f"{key}=", item) for key, item in node.kwargs.items()]
        body = [
            laid_out(item, name_of, indent=indent + STEP, before=key, after=",")
            for key, item in named
        ]
    return "\n".join((f"{margin}{before}{name_of(node.target)}(", *body, f"{margin}){after}"))


def _arguments(node: Call, name_of: NameOf) -> list[str]:
    positional = [one_line(item, name_of) for item in node.args]
    return positional + [f"{key}={one_line(item, name_of)}" for key, item in node.kwargs.items()]


def literal(text: str) -> str:
    """In double quotes, unless single ones need fewer escapes."""
    if text.count('"') > text.count("'"):
        return repr(text)
    body = repr(f"{text}\"'")[1:-4]  # with both in it, repr escapes the single ones
    return '"' + body.replace("\\'", "'").replace('"', '\\"') + '"'
