"""The French catalogue is whole, and the compiled one is of the same text."""

from __future__ import annotations

import ast
import gettext
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[2] / "locale" / "fr" / "LC_MESSAGES"


def entries() -> list[tuple[str, list[str]]]:
    """Each message with its translations, as the text catalogue has them."""
    found: list[tuple[str, list[str]]] = []
    parts: dict[str, str] = {}
    keyword = ""
    for line in [*(CATALOGUE / "django.po").read_text().splitlines(), ""]:
        if line.startswith(("msg", '"')):
            if not line.startswith('"'):
                keyword, line = line.split(" ", 1)
                parts[keyword] = ""
            parts[keyword] += ast.literal_eval(line)
        elif not line and parts:
            translations = [text for name, text in parts.items() if name.startswith("msgstr")]
            found.append((parts["msgid"], translations))
            parts = {}
    return found


def test_every_message_is_translated() -> None:
    text = (CATALOGUE / "django.po").read_text()
    assert "#, fuzzy" not in text
    assert len(entries()) > 500
    assert [message for message, translations in entries() if not all(translations)] == []


def test_the_compiled_catalogue_is_of_this_text() -> None:
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message, translations in entries()[1:]:  # the first is the header
        if len(translations) == 1:
            assert compiled.gettext(message) == translations[0]
        else:
            assert compiled.ngettext(message, "", 1) == translations[0]
            assert compiled.ngettext(message, "", 2) == translations[1]
