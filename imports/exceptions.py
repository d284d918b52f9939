"""What can go wrong with an import, one class per cause."""

from __future__ import annotations


class ImportsError(Exception):
    """Root of the errors of imports; the message is meant for the person who asked."""


class JobNotFound(ImportsError):
    """There is no import job of that number."""


class IllegalTransition(ImportsError):
    """The job is not in a state that leads to the one asked for; look at it again and decide."""


class SupplierBusy(ImportsError):
    """Another import of the supplier is running; wait until it has ended, or cancel it."""
