from __future__ import annotations

import pytest

from benchmarks.__main__ import main


def test_the_benchmarks_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    headline, advisor = capsys.readouterr().out.splitlines()
    assert headline.startswith("headline: The company's critical queries")
    assert advisor.startswith("advisor: The index advisor")


def test_an_unknown_benchmark_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["tailline"])
    assert (
        "There is no benchmark tailline; there are: headline, advisor." in capsys.readouterr().err
    )
