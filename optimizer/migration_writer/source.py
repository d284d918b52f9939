"""Adds indexes to the Meta of a model, in the text of its file."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from django.utils.translation import gettext as _

from optimizer.exceptions import MigrationRefused
from optimizer.migration_writer.layout import STEP, Call, Name, laid_out
from optimizer.migration_writer.names import Names, bound_names, import_line, import_order


class Source:
    """The text of a file, changed step by step. What cannot be done raises `MigrationRefused`."""

    def __init__(self, text: str, *, path: str) -> None:
        self.text = text
        self.path = path

    def names(self) -> Names:
        return Names(bound_names(self._tree()))

    def bound(self, text: str) -> Name | None:
        """What was imported under that name."""
        return bound_names(self._tree()).get(text)

    def add_indexes(self, class_name: str, calls: Sequence[Call]) -> None:
        """Append to `Meta.indexes` of a class, which may be nested: `Outer.Inner`."""
        model = self._class(class_name)
        meta = next((node for node in model.body if _is_class(node, "Meta")), None)
        names = self.names()
        if isinstance(meta, ast.ClassDef):
            assigned = _assigned(meta)
            if assigned is not None:
                self._extend(assigned, calls, names)
            elif meta.bases:
                raise self._refused(_("The Meta of %s inherits its indexes.") % class_name)
            else:
                self._add_to_meta(meta, calls, names)
        elif all(ast.unparse(base) in ("models.Model", "Model") for base in model.bases):
            self._add_meta(model, calls, names)
        else:
            raise self._refused(_("%s may inherit its Meta.") % class_name)
        if names.clashes:
            raise self._refused(_("It calls something else %s.") % ", ".join(names.clashes))
        for name in names.missing:
            self.add_import(name.module, name.name)

    def add_import(self, module: str, name: str) -> None:
        """Into the statement that imports from the module, or as one more at its place."""
        imports = [
            node for node in self._tree().body if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        for node in imports:
            if isinstance(node, ast.ImportFrom) and node.module == module and not node.level:
                self._extend_import(node, module, name)
                return
        line = import_line(module, [name])
        mine = import_order(module)
        for node in imports:
            theirs = _place(node)
            if theirs > mine:
                gap = "" if theirs[0] == mine[0] else "\n"
                self._insert(self._line_start(node.lineno), f"{line}\n{gap}")
                return
        if not imports:
            raise self._refused(_("It has no import that another could stand beside."))
        gap = "" if _place(imports[-1])[0] == mine[0] else "\n"
        self._insert(self._span(imports[-1])[1], f"\n{gap}{line}")

    def _extend_import(self, node: ast.ImportFrom, module: str, name: str) -> None:
        start, end = self._span(node)
        if "#" in self.text[start:end]:
            raise self._refused(
                _("There are remarks among the names that it imports from %s.") % module
            )
        known = [
            f"{alias.name} as {alias.asname}" if alias.asname else alias.name
            for alias in node.names
        ]
        self._replace(start, end, import_line(module, [*known, name]))

    def _extend(self, assigned: ast.expr, calls: Sequence[Call], names: Names) -> None:
        start, end = self._span(assigned)
        if not isinstance(assigned, ast.List | ast.Tuple) or self.text[start] not in "[(":
            raise self._refused(_("The indexes of the Meta are no plain list."))
        margin = self._margin(start)
        new = "".join(
            laid_out(call, names, indent=margin + STEP, after=",") + "\n" for call in calls
        )
        closing = end - 1
        if "\n" not in self.text[start:end]:
            known = "".join(
                f"{' ' * (margin + STEP)}{self.text[slice(*self._span(item))]},\n"
                for item in assigned.elts
            )
            brackets = self.text[start], self.text[closing]
            text = f"{brackets[0]}\n{known}{new}{' ' * margin}{brackets[1]}"
            self._replace(start, end, text)
            return
        line = self.text.rfind("\n", 0, closing) + 1
        if self.text[line:closing].strip():
            self._insert(closing, f"\n{new}{' ' * margin}")
        else:
            self._insert(line, new)
        self._end_with_comma(assigned.elts)

    def _end_with_comma(self, elements: Sequence[ast.expr]) -> None:
        """Behind the last of the elements there were; what stands before it must not have moved."""
        if not elements:
            return
        end = self._span(elements[-1])[1]
        lines = self.text[end:].splitlines()
        bare = (line.partition("#")[0].strip() for line in lines)
        if not next((text for text in bare if text), "").startswith(","):
            self._insert(end, ",")

    def _add_to_meta(self, meta: ast.ClassDef, calls: Sequence[Call], names: Names) -> None:
        """Before the constraints, as usual, or at the end."""
        margin = meta.body[0].col_offset
        text = laid_out(tuple(calls), names, indent=margin, before="indexes = ")
        place = next(
            (
                number
                for number, node in enumerate(meta.body)
                if _is_assignment(node, "constraints")
            ),
            len(meta.body),
        )
        if place == 0:
            self._insert(self._line_start(meta.body[0].lineno), f"{text}\n")
        else:
            self._insert(self._line_end(meta.body[place - 1]), f"\n{text}")

    def _add_meta(self, model: ast.ClassDef, calls: Sequence[Call], names: Names) -> None:
        """Behind the last field, as Django's own style has it."""
        margin = model.body[0].col_offset
        fields = [node for node in model.body if isinstance(node, ast.Assign | ast.AnnAssign)]
        indexes = laid_out(tuple(calls), names, indent=margin + STEP, before="indexes = ")
        text = f"{' ' * margin}class Meta:\n{indexes}"
        last = fields[-1] if fields else model.body[0]
        if isinstance(last, ast.Pass):
            self._replace(self._line_start(last.lineno), self._line_end(last), text)
            return
        self._insert(self._line_end(last), f"\n\n{text}")

    def _class(self, qualified_name: str) -> ast.ClassDef:
        body: Sequence[ast.stmt] = self._tree().body
        found: ast.stmt | None = None
        for name in qualified_name.split("."):
            found = next((node for node in body if _is_class(node, name)), None)
            body = found.body if isinstance(found, ast.ClassDef) else ()
        if not isinstance(found, ast.ClassDef):
            raise self._refused(_("The class %s is not in it.") % qualified_name)
        return found

    def _tree(self) -> ast.Module:
        try:
            return ast.parse(self.text)
        except SyntaxError as exc:
            raise self._refused(_("It is no valid Python: %s.") % exc.msg) from exc

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Offsets into the text; `ast` counts bytes."""
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno or 0, node.end_col_offset or 0),  # a parser sets them
        )

    def _offset(self, line: int, column: int) -> int:
        start = self._line_start(line)
        return start + len(self.text[start:].split("\n", 1)[0].encode()[:column].decode())

    def _line_start(self, line: int) -> int:
        offset = 0
        for _number in range(line - 1):
            offset = self.text.index("\n", offset) + 1
        return offset

    def _line_end(self, node: ast.stmt) -> int:
        """Behind a remark on the same line."""
        end = self.text.find("\n", self._span(node)[1])
        return end if end >= 0 else len(self.text)

    def _margin(self, offset: int) -> int:
        line = self.text[self.text.rfind("\n", 0, offset) + 1 :]
        return len(line) - len(line.lstrip(" "))

    def _insert(self, offset: int, text: str) -> None:
        self._replace(offset, offset, text)

    def _replace(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]

    def _refused(self, reason: str) -> MigrationRefused:
        return MigrationRefused(
            _("%(path)s cannot be patched. %(reason)s") % {"path": self.path, "reason": reason}
        )


def _is_class(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == name


def _is_assignment(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return False
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _assigned(meta: ast.ClassDef) -> ast.expr | None:
    for node in meta.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_assignment(node, "indexes"):
            return node.value
    return None


def _place(node: ast.Import | ast.ImportFrom) -> tuple[int, str]:
    """In its section, plain imports come first."""
    if isinstance(node, ast.Import):
        return import_order(node.names[0].name)[0], ""
    if node.module == "__future__":
        return 0, ""
    return import_order(node.module or "")
