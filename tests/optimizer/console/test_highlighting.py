from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from optimizer.console.highlighting import (
    LIMIT,
    highlighted,
    highlighted_diff,
    highlighted_python,
)


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
        '+<script>\n-<i>\n\n@@ """never closed',
        "if True:\n        a\n    b\n",
    ],
)
@pytest.mark.parametrize("highlight", [highlighted, highlighted_python, highlighted_diff])
def test_the_text_stays_what_it_is_and_can_do_no_harm(
    highlight: Callable[[str], str], text: str
) -> None:
    markup = highlight(text)
    assert text_of(markup) == text
    assert "<script" not in markup
    assert "<i>" not in markup


def test_python_has_its_keywords_texts_numbers_and_remarks() -> None:
    markup = highlighted_python("if x:\n    y = f('é\x0c', 3)  # so\nclass A: pass\n")
    assert '<span class="opt-k">if</span> x' in markup
    assert '<span class="opt-s">&#x27;é\x0c&#x27;</span>' in markup
    assert '<span class="opt-n">3</span>' in markup
    assert '<span class="opt-c"># so</span>' in markup
    assert '<span class="opt-k">class</span> A' in markup


def test_a_diff_shows_what_comes_and_what_goes() -> None:
    markup = highlighted_diff("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-old\n+new\n same\n")
    assert '<span class="opt-removed">-old\n</span>' in markup
    assert '<span class="opt-added">+new\n</span>' in markup
    assert '<span class="opt-c">--- a/x.py\n</span>' in markup
    assert markup.endswith(" same\n")
