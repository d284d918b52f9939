"""The command as a person runs it, in this process."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def optimize(*arguments: str) -> str:
    out = StringIO()
    call_command("optimize_db", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def optimize_json(*arguments: str) -> dict[str, Any]:
    document = json.loads(optimize(*arguments, "--format", "json"))
    assert isinstance(document, dict)
    return document


def refusal(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as failure:
        optimize(*arguments)
    return failure.value
