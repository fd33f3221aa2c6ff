"""Moments for people."""

from datetime import datetime

__all__ = ["moment"]


def moment(when: datetime) -> str:
    """Return a moment in UTC, as in the log, but to the second and without its T and Z."""
    return f"{when:%Y-%m-%d %H:%M:%S}"
