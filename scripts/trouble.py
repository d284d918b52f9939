from __future__ import annotations


class Trouble(Exception):
    """Cannot go on. The message is shown as it is: what is wrong, and what cures it."""
