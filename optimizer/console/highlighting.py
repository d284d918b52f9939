"""SQL in colours, made on the server with PostgreSQL's own scanner."""

from __future__ import annotations

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
    """The text as HTML; without colours where it is too long or is not SQL."""
    if len(text) > LIMIT:
        return format_html("{}", text)
    try:
        tokens = scan(text)
    except (ParseError, UnicodeError):
        return format_html("{}", text)
    parts: list[tuple[str, str, str]] = []
    position = 0
    for token in tokens:
        css = CLASS_OF_NAME.get(token.name, "")
        if not css and (token.kind in KEYWORDS or token.name in READ_AS_KEYWORDS):
            css = "k"
        if css:
            parts.append((text[position : token.start], css, text[token.start : token.end + 1]))
            position = token.end + 1
    return format_html(
        "{}{}",
        format_html_join("", '{}<span class="opt-{}">{}</span>', parts),
        text[position:],
    )
