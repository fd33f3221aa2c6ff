"""Moments and durations for people."""

from datetime import datetime
from typing import Final

__all__ = ["duration", "moment"]

_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def duration(seconds: float) -> str:
    """Return a duration in its two largest units, such as `2 h 14 min` or `0.35 s`."""
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.3g} s" if seconds >= 0.001 else "0 s"  # noqa: PLR2004  # what timestamps tell
    whole = round(seconds)
    parts: list[str] = []
    for unit, size in _UNITS:
        number, whole = divmod(whole, size)
        if number or parts:
            parts.append(f"{number} {unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 "))


def moment(when: datetime) -> str:
    """Return a moment in UTC, as in the log, but to the second and without its T and Z."""
    return f"{when:%Y-%m-%d %H:%M:%S}"
