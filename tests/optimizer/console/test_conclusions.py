from __future__ import annotations

import pytest

from optimizer.console.conclusions import Conclusions
from optimizer.records import Finding, Severity, Verdict


def finding(
    verdict: Verdict, severity: Severity = Severity.INFO, *, code: str = "any", **texts: str
) -> Finding:
    return Finding(
        code=code, verdict=verdict, severity=severity, message=texts.pop("message", "So."), **texts
    )


def conclusions(*findings: Finding, with_query_text: bool = True) -> Conclusions:
    return Conclusions.of(findings, with_query_text=with_query_text)


def test_problems_stand_first_the_worst_on_top_then_what_could_not_be_judged() -> None:
    found = conclusions(
        finding(Verdict.OK),
        finding(Verdict.UNKNOWN),
        finding(Verdict.PROBLEM, Severity.INFO),
        finding(Verdict.PROBLEM, Severity.CRITICAL),
        finding(Verdict.PROBLEM, Severity.WARNING),
    )
    assert [one.tone for one in found.open] == ["critical", "warning", "info", "unknown"]
    assert [one.tone for one in found.fine] == ["ok"]
    assert found.worst is not None
    assert found.worst.tone == "critical"


@pytest.mark.parametrize(
    ("findings", "headline"),
    [
        ([Verdict.PROBLEM], "1 problem"),
        ([Verdict.PROBLEM] * 2 + [Verdict.UNKNOWN], "2 problems, 1 check could not judge"),
        ([Verdict.UNKNOWN] * 2, "No problem found, 2 checks could not judge"),
        ([Verdict.OK], "All is well"),
    ],
)
def test_the_headline_never_calls_well_what_could_not_be_judged(
    findings: list[Verdict], headline: str
) -> None:
    assert conclusions(*map(finding, findings)).headline == headline


@pytest.mark.parametrize(
    "code",
    [
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
    ],
)
def test_a_statement_is_quoted_only_to_who_may_see_it(code: str) -> None:
    quoting = finding(Verdict.PROBLEM, code=code, detail="SELECT secret")
    assert conclusions(quoting).problems[0].quotes
    assert conclusions(quoting).problems[0].finding.detail == "SELECT secret"
    assert conclusions(quoting, with_query_text=False).problems[0].finding.detail == ""


def test_a_detail_that_repeats_the_message_is_left_out() -> None:
    repeating = finding(
        Verdict.PROBLEM, message="Old: public.a, public.b.", detail="public.a, public.b"
    )
    assert conclusions(repeating).problems[0].finding.detail == ""


def test_a_line_of_a_detail_that_repeats_the_message_is_left_out() -> None:
    repeating = finding(
        Verdict.PROBLEM,
        message="No key: public.a, public.b.",
        detail="public.a, public.b\nAdding one locks the table.\nSo plan it.",
    )
    detail = conclusions(repeating).problems[0].finding.detail
    assert detail == "Adding one locks the table.\nSo plan it."


def test_a_remedy_is_known_for_the_shell_or_for_sql() -> None:
    shell = finding(Verdict.PROBLEM, remedy="manage.py optimize_db catalog --vacuum")
    statement = finding(Verdict.PROBLEM, remedy="GRANT pg_monitor TO catalog;")
    assert [one.is_shell_command for one in conclusions(shell, statement).problems] == [True, False]


def test_a_finding_names_its_table_where_its_sentence_does_not() -> None:
    silent = finding(Verdict.UNKNOWN, subject="shop.items", message="Not provable here.")
    telling = finding(Verdict.UNKNOWN, subject="shop.items", message="shop.items has no key.")
    process = finding(Verdict.UNKNOWN, subject="4711", message="It has been open for long.")
    places = [one.place for one in conclusions(silent, telling, process).unknown]
    assert sorted(places) == ["", "", "shop.items"]


def test_only_long_details_are_folded_away() -> None:
    short = finding(Verdict.PROBLEM, detail="one\ntwo\nthree\nfour")
    many_lines = finding(Verdict.PROBLEM, detail="one\ntwo\nthree\nfour\nfive")
    much_text = finding(Verdict.PROBLEM, detail="x" * 401)
    found = conclusions(short, many_lines, much_text).problems
    assert [one.is_long for one in found] == [False, True, True]
