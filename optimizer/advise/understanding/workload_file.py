"""A workload that somebody wrote into a file: statements in SQL, with names and weights.

The file is split by PostgreSQL's scanner and not by its parser, so that a statement that is wrong
is found to be wrong later, alone, and takes no other with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _
from pglast.parser import ParseError, scan

from optimizer.exceptions import WorkloadUnreadable
from optimizer.records import WorkloadStatement

MAX_BYTES: Final = 50 * 10**6
WINDOW: Final = 1 << 16  # characters scanned at once: the tokens of a large file fill the memory

COMMENTS: Final = frozenset(("SQL_COMMENT", "C_COMMENT"))
ANNOTATION: Final = re.compile(r"--\s*(name|weight)\s*:\s*(.*?)\s*", re.IGNORECASE | re.DOTALL)
# Only inside of these a semicolon may stand that does not end the statement.
NESTING: Final = frozenset(("RULE", "FUNCTION", "PROCEDURE"))
OPENING: Final = frozenset(("ASCII_40", "BEGIN_P", "CASE"))
CLOSING: Final = frozenset(("ASCII_41", "END_P"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """One statement and the comments in front of it, as offsets into the file's text."""

    start: int
    end: int  # where its semicolon stands, or the file ends
    comments: tuple[slice, ...]


def read_workload(path: Path) -> list[WorkloadStatement]:
    """The statements of a UTF-8 file; raises `WorkloadUnreadable`."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise WorkloadUnreadable(
                _("“%(path)s” is larger than %(size)d MB. Leave out statements that are alike.")
                % {"path": path, "size": MAX_BYTES // 10**6}
            )
        content = path.read_bytes()
    except OSError as exc:
        raise WorkloadUnreadable(
            _("“%(path)s” cannot be read: %(reason)s.")
            % {"path": path, "reason": exc.strerror or exc}
        ) from exc
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise WorkloadUnreadable(
            _("“%(path)s” is not in UTF-8: line %(line)d. Convert it first.")
            % {"path": path, "line": content.count(b"\n", 0, exc.start) + 1}
        ) from exc
    return parse_workload(text, source=str(path))


def parse_workload(text: str, *, source: str) -> list[WorkloadStatement]:
    """The statements of a text; `source` is what errors call it."""
    if "\x00" in text:
        raise WorkloadUnreadable(_("“%s” holds NUL characters; it is no SQL.") % source)
    found = [
        _statement(text, piece, number, source)
        for number, piece in enumerate(_pieces(text), start=1)
    ]
    if not found:
        raise WorkloadUnreadable(_("“%s” holds no statement.") % source)
    return found


def _statement(text: str, piece: _Piece, number: int, source: str) -> WorkloadStatement:
    name = _("statement %d") % number
    weight = 1.0
    for place in piece.comments:
        said = ANNOTATION.fullmatch(text[place])
        if said is None or not _has_own_line(text, place.start):
            continue
        if said[1].lower() == "name":
            name = said[2] or name
        elif (given := _weight(said[2])) is not None:
            weight = given
        else:
            raise WorkloadUnreadable(
                _("“%(source)s”, line %(line)d: the weight has to be a positive number, as in 2.5.")
                % {"source": source, "line": text.count("\n", 0, place.start) + 1}
            )
    return WorkloadStatement(
        queryid=None,
        query=text[piece.start : piece.end].rstrip(),
        calls=max(1, round(weight)),
        total_time=0.0,
        name=name,
        weight=weight,
    )


def _has_own_line(text: str, start: int) -> bool:
    """Otherwise it is a remark on what stands before it."""
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def _weight(written: str) -> float | None:
    try:
        weight = float(written)
    except ValueError:
        return None
    return weight if math.isfinite(weight) and weight > 0 else None


def _pieces(text: str) -> Iterator[_Piece]:
    """The statements; empty ones are left out."""
    position, length = 0, WINDOW
    while position < len(text):
        window = text[position : position + length]
        is_last = position + length >= len(text)
        tokens, error = _scanned(window)
        ends = list(_ends(tokens))
        if not ends and not is_last:
            length *= 2  # not a whole statement yet
            continue
        if is_last and error is None:
            ends.append((tokens[_count(ends) :], len(window)))
        elif is_last and not ends:
            ends.append((tokens, _end_of_unscannable(window, error)))
        for mine, end in ends:
            yield from _piece(mine, position, position + end, error)
        position, length = position + ends[-1][1] + 1, WINDOW


def _count(ends: list[tuple[list[Any], int]]) -> int:
    """How many tokens the statements have, their semicolons included."""
    return sum(len(tokens) + 1 for tokens, _end in ends)


def _end_of_unscannable(window: str, error: int | None) -> int:
    """What PostgreSQL cannot even scan goes on to the next semicolon."""
    semicolon = window.find(";", error)
    return semicolon if semicolon >= 0 else len(window)


def _scanned(window: str) -> tuple[list[Any], int | None]:
    """The tokens, and where the scanner had to stop."""
    try:
        return list(scan(window)), None
    except ParseError as exc:
        error = exc.args[1] if len(exc.args) > 1 and exc.args[1] is not None else 0
        before, _again = _scanned(window[:error]) if error < len(window) else ([], None)
        return before, error


def _ends(tokens: list[Any]) -> Iterator[tuple[list[Any], int]]:
    """The tokens of each finished statement, and the offset of its semicolon."""
    mine: list[Any] = []
    depth = 0
    for token in tokens:
        if token.name == "ASCII_59" and depth <= 0:
            yield mine, token.start
            mine, depth = [], 0
            continue
        mine.append(token)
        if token.name in OPENING and _may_nest(mine):
            depth += 1
        elif token.name in CLOSING and depth:
            depth -= 1


def _may_nest(tokens: list[Any]) -> bool:
    """CREATE RULE ... DO (a; b), and CREATE FUNCTION ... BEGIN ATOMIC a; b; END."""
    first = [token.name for token in tokens[:20] if token.name not in COMMENTS][:4]
    return first[:1] == ["CREATE"] and not NESTING.isdisjoint(first)


def _piece(tokens: list[Any], position: int, end: int, unscannable: int | None) -> Iterator[_Piece]:
    """`position` is where the window begins, `unscannable` what of it has no token."""
    comments = []
    start: int | None = None
    for token in tokens:
        if token.name not in COMMENTS:
            start = position + token.start
            break
        comments.append(slice(position + token.start, position + token.end + 1))
    if start is None and unscannable is not None and position + unscannable < end:
        start = position + unscannable
    if start is not None:
        yield _Piece(start, end, tuple(comments))
