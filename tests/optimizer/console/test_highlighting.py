from __future__ import annotations

import html
import re

import pytest

from optimizer.console.highlighting import LIMIT, highlighted


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def test_keywords_parameters_and_constants_have_their_classes() -> None:
    markup = highlighted("SELECT a FROM t WHERE b = $1 AND c = 'x' LIMIT 5 -- end")
    assert '<span class="opt-k">SELECT</span> a <span class="opt-k">FROM</span>' in markup
    assert '<span class="opt-p">$1</span>' in markup
    assert '<span class="opt-s">&#x27;x&#x27;</span>' in markup
    assert '<span class="opt-n">5</span>' in markup
    assert '<span class="opt-c">-- end</span>' in markup


@pytest.mark.parametrize(
    "text",
    [
        "SELECT '<script>alert(1)</script>' AS \"<b>\", a < b && c",
        "SELECT 'é', 'naïve — 日本' AS ø FROM \"Überblick\" WHERE x = 'ß'",
        "SELECT 'never closed",
        "not SQL at all <i> §",
        "",
        "x" * (LIMIT + 1),
    ],
)
def test_the_text_stays_what_it_is_and_can_do_no_harm(text: str) -> None:
    markup = highlighted(text)
    assert text_of(markup) == text
    assert "<script" not in markup
    assert "<i>" not in markup
