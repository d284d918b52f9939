"""Code in colours, made on the server: SQL with PostgreSQL's own scanner, Python with its own."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterable
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from pglast.parser import ParseError, scan

# Beyond this a page gains nothing from colours and loses a second.
LIMIT: Final = 50_000

CLASS_OF_NAME: Final = {
    "SCONST": "s",
    "ICONST": "n",
    "FCONST": "n",
    "PARAM": "p",
    "SQL_COMMENT": "c",
    "C_COMMENT": "c",
}
CLASS_OF_TOKEN: Final = {tokenize.STRING: "s", tokenize.NUMBER: "n", tokenize.COMMENT: "c"}
CLASS_OF_DIFF: Final = {"+": "added", "-": "removed", "@": "p"}
KEYWORDS: Final = ("RESERVED_KEYWORD", "TYPE_FUNC_NAME_KEYWORD")
# The grammar reserves none of these, readers do.
READ_AS_KEYWORDS: Final = frozenset(
    {
        "ALTER",
        "BY",
        "CASCADE",
        "CONCURRENTLY",
        "DELETE_P",
        "DROP",
        "FIRST_P",
        "INCLUDE",
        "INDEX",
        "INSERT",
        "KEY",
        "LAST_P",
        "NULLS_P",
        "OVER",
        "PARTITION",
        "RANGE",
        "REINDEX",
        "ROWS",
        "SET",
        "SYSTEM_P",
        "UPDATE",
        "VACUUM",
        "VALUES",
    }
)


def highlighted(text: str) -> SafeString:
    """SQL as HTML; without colours where it is too long or is not SQL."""
    if len(text) > LIMIT:
        return _coloured(text, ())
    try:
        tokens = scan(text)
    except (ParseError, UnicodeError):
        return _coloured(text, ())
    spans = []
    for token in tokens:
        css = CLASS_OF_NAME.get(token.name, "")
        if not css and (token.kind in KEYWORDS or token.name in READ_AS_KEYWORDS):
            css = "k"
        if css:
            spans.append((token.start, token.end + 1, css))
    return _coloured(text, spans)


def highlighted_python(text: str) -> SafeString:
    """Python as HTML; without colours where it is too long or is not Python."""
    if len(text) > LIMIT:
        return _coloured(text, ())
    starts = [0]
    for line in io.StringIO(text):  # which knows the same ends of lines as the scanner
        starts.append(starts[-1] + len(line))
    spans = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            css = CLASS_OF_TOKEN.get(token.type, "")
            if token.type == tokenize.NAME and keyword.iskeyword(token.string):
                css = "k"
            if css:
                (row, column), (last_row, last_column) = token.start, token.end
                spans.append((starts[row - 1] + column, starts[last_row - 1] + last_column, css))
    except (tokenize.TokenError, SyntaxError):
        return _coloured(text, ())
    return _coloured(text, spans)


def highlighted_diff(text: str) -> SafeString:
    """A unified diff as HTML, by the first letter of each line."""
    if len(text) > LIMIT:
        return _coloured(text, ())
    position, spans = 0, []
    for line in text.splitlines(keepends=True):
        css = "c" if line.startswith(("---", "+++")) else CLASS_OF_DIFF.get(line[0], "")
        if css:
            spans.append((position, position + len(line), css))
        position += len(line)
    return _coloured(text, spans)


def _coloured(text: str, spans: Iterable[tuple[int, int, str]]) -> SafeString:
    """The text with its spans, (start, end, class) in their order, as elements."""
    parts: list[tuple[str, str, str]] = []
    position = 0
    for start, end, css in spans:
        parts.append((text[position:start], css, text[start:end]))
        position = end
    return format_html(
        "{}{}",
        format_html_join("", '{}<span class="opt-{}">{}</span>', parts),
        text[position:],
    )
