"""Decides in which colour findings are shown, and where in the console to go from each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from optimizer.judgement import worst_first
from optimizer.records import Finding, Severity, Verdict

# The symbol of a tone, and its name for those who do not see colours.
TONES: Final = {
    "critical": ("error", gettext_lazy("Critical")),
    "warning": ("warning", gettext_lazy("Warning")),
    "info": ("info", gettext_lazy("Note")),
    "unknown": ("help", gettext_lazy("Could not be judged")),
    "ok": ("check_circle", gettext_lazy("Fine")),
}
# The page on which a finding can be looked into or cured with a button.
PAGES: Final = {
    "slow-statements": "slow_queries",
    "heavy-statement": "slow_queries",
    "never-analysed": "maintenance",
    "stale-statistics": "maintenance",
    "dead-rows": "maintenance",
    "never-vacuumed": "maintenance",
    "parent-never-analysed": "maintenance",
}
# Findings whose detail is the text of a statement.
QUOTING: Final = frozenset(
    {
        "heavy-statement",
        "function-on-column",
        "arithmetic-on-column",
        "cast-of-column",
        "implicit-cast",
        "leading-wildcard",
        "or-across-tables",
        "not-in-subquery",
        "deep-offset",
        "count-of-everything",
        "returns-most",
        "repeated-lookup",
        "unprovable-index",
    }
)
# Longer details are folded away, so that a page of findings stays one of sentences.
SHORT_DETAIL_LINES: Final = 4
SHORT_DETAIL_LETTERS: Final = 400


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding and how it looks."""

    finding: Finding
    tone: str  # a key of TONES

    @property
    def icon(self) -> str:
        return TONES[self.tone][0]

    @property
    def tone_label(self) -> str:
        return str(TONES[self.tone][1])

    @property
    def is_shell_command(self) -> bool:
        """Whether the remedy is for the shell; else it is SQL."""
        return self.finding.remedy.startswith("manage.py")

    @property
    def place(self) -> str:
        """The table or index it is about, where the message does not name it; else empty."""
        subject = self.finding.subject
        return subject if "." in subject and subject not in self.finding.message else ""

    @property
    def quotes(self) -> bool:
        """Whether the detail is the text of statements."""
        return self.finding.code in QUOTING

    @property
    def is_long(self) -> bool:
        detail = self.finding.detail
        return len(detail) > SHORT_DETAIL_LETTERS or len(detail.splitlines()) > SHORT_DETAIL_LINES

    @property
    def page(self) -> str:
        """The name of a page of the database; empty where there is none for it."""
        return PAGES.get(self.finding.code, "")


@dataclass(frozen=True, slots=True)
class Conclusions:
    problems: tuple[Judged, ...]  # the worst first
    unknown: tuple[Judged, ...]
    fine: tuple[Judged, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding], *, with_query_text: bool) -> Self:
        judged = [
            Judged(_shown(finding, with_query_text=with_query_text), _tone(finding))
            for finding in worst_first(tuple(findings))
        ]
        return cls(
            problems=tuple(one for one in judged if one.finding.verdict is Verdict.PROBLEM),
            unknown=tuple(one for one in judged if one.finding.verdict is Verdict.UNKNOWN),
            fine=tuple(one for one in judged if one.finding.verdict is Verdict.OK),
        )

    @property
    def open(self) -> tuple[Judged, ...]:
        """What somebody has to look at."""
        return self.problems + self.unknown

    @property
    def worst(self) -> Judged | None:
        return next(iter(self.open + self.fine), None)

    @property
    def headline(self) -> str:
        problems, unknown = len(self.problems), len(self.unknown)
        parts = [ngettext("%d problem", "%d problems", problems) % problems]
        if not problems:
            parts = [_("No problem found") if unknown else _("All is well")]
        if unknown:
            parts.append(
                ngettext("%d check could not judge", "%d checks could not judge", unknown) % unknown
            )
        return ", ".join(parts)


def _shown(finding: Finding, *, with_query_text: bool) -> Finding:
    if finding.code in QUOTING:
        return finding if with_query_text else replace(finding, detail="")
    lines = finding.detail.splitlines()
    news = [line for line in lines if line not in finding.message]  # which says the others already
    return replace(finding, detail="\n".join(news))


def _tone(finding: Finding) -> str:
    if finding.verdict is Verdict.OK:
        return "ok"
    if finding.verdict is Verdict.UNKNOWN:
        return "unknown"
    return {
        Severity.CRITICAL: "critical",
        Severity.WARNING: "warning",
        Severity.INFO: "info",
    }[finding.severity]
