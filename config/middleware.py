from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)


class DatabaseAwayMiddleware:
    """Answers 503, with the reason in a sentence, where a page's own database cannot be reached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError) or not _is_away(error):
            return None
        logger.error("%s: %s", request.path, error)
        return render(request, "config/database_away.html", status=503)


def _is_away(error: OperationalError) -> bool:
    """Whether no server answered, or one that is shutting down or starting, or that is full.

    Anything else that a server says, such as that it stopped a statement, is not about itself.
    """
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(("08", "57P")) or state == "53300"
