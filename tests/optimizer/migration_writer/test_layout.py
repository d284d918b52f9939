from __future__ import annotations

import pytest
from django.db.models import F, Q

from optimizer.migration_writer.layout import Call, Expression, Name, evaluated, laid_out, literal
from tests.optimizer.migration_writer.helpers import complaints_of_ruff

INDEX = Name("django.db.models", "Index")
DESCENDING = Call(Name("django.db.models", "F"), ("created_at",), {}, "desc", {"nulls_last": True})


def by_name(name: Name) -> str:
    return name.name


def test_an_expression_can_be_evaluated() -> None:
    condition = Call(Name("django.db.models", "Q"), (), {"status__in": ("a", "b"), "ok": True})

    assert evaluated(DESCENDING) == F("created_at").desc(nulls_last=True)
    assert evaluated(condition) == Q(status__in=["a", "b"], ok=True)


def test_what_fits_stays_on_one_line() -> None:
    call = Call(INDEX, (DESCENDING,), {"name": "idx", "include": ("a", "b"), "size": 3})

    assert laid_out(call, by_name, indent=4, before="index=", after=",") == (
        '    index=Index(F("created_at").desc(nulls_last=True), name="idx", '
        'include=["a", "b"], size=3),'
    )


def test_what_does_not_fit_is_broken_from_the_outside_in() -> None:
    short = Call(INDEX, (), {"fields": ("a",), "name": "n" * 60})
    long = Call(INDEX, (DESCENDING,), {"include": ("c" * 30, "d" * 40), "name": "n" * 30})

    assert laid_out(short, by_name, indent=12, before="index=", after=",").splitlines() == [
        "            index=Index(",
        f'                fields=["a"], name="{"n" * 60}"',
        "            ),",
    ]
    assert laid_out((short, long), by_name, indent=0, before="x = ").splitlines() == [
        "x = [",
        f'    Index(fields=["a"], name="{"n" * 60}"),',
        "    Index(",
        '        F("created_at").desc(nulls_last=True),',
        f'        include=["{"c" * 30}", "{"d" * 40}"],',
        f'        name="{"n" * 30}",',
        "    ),",
        "]",
    ]


@pytest.mark.parametrize("length", [*range(1, 12), 30, 60, 63])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_the_formatter_leaves_it_alone(length: int, count: int) -> None:
    call = Call(
        INDEX,
        (DESCENDING,) * (count - 1),
        {
            "fields": tuple(f"{number}{'f' * length}" for number in range(count)),
            "condition": Call(Name("django.db.models", "Q"), (), {"x" * length: "y" * length}),
            "name": "n" * length,
        },
    )
    node: Expression = (call,) * count
    texts = [
        laid_out(node, by_name, indent=0, before="indexes = "),
        laid_out(call, by_name, indent=0, before="index = "),
    ]

    text = "\n".join(["from django.db.models import F, Index, Q", "", *texts, "used = (F, Q)", ""])

    assert complaints_of_ruff(text) == ""


@pytest.mark.parametrize(
    "text", ["", "plain", 'a"b', "a'b", "a'b\"c", '"\'"', "\\", "\\'", "é\n", "100%", '"', "'"]
)
def test_literals_are_what_the_formatter_writes(text: str) -> None:
    written = literal(text)

    assert eval(written) == text  # noqa: S307
    assert complaints_of_ruff(f"x = {written}\n") == ""
