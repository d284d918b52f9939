from __future__ import annotations

import os
import sys

import pytest
import steps


def test_a_step_tells_its_title_and_its_duration(capfd: pytest.CaptureFixture[str]) -> None:
    with steps.step("Sweeping"):
        os.write(1, b"swept\n")

    title, work, duration = capfd.readouterr().out.strip().splitlines()
    assert (title, work) == ("== Sweeping", "swept")
    assert duration.strip().startswith("done in 0.")


def test_a_command_that_fails_keeps_its_exit_status() -> None:
    with pytest.raises(steps.CommandFailed) as caught:
        steps.run([sys.executable, "-c", "raise SystemExit(7)"])

    assert caught.value.status == 7


def test_a_quiet_command_shows_its_output_only_when_it_fails(
    capfd: pytest.CaptureFixture[str],
) -> None:
    steps.run_quietly([sys.executable, "-c", "print('all is well')"])
    with pytest.raises(steps.CommandFailed, match="out of paper"):
        steps.run_quietly([sys.executable, "-c", "raise SystemExit('out of paper')"])

    assert capfd.readouterr().out == ""


def test_a_quiet_command_shows_that_it_still_runs(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "BEAT_SECONDS", 0.1)

    steps.run_quietly([sys.executable, "-c", "import time; time.sleep(0.5)"])

    assert capfd.readouterr().out.strip().startswith("..")
