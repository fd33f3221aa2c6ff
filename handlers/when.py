"""Times and spans of time as people say them."""

from datetime import UTC, datetime
from typing import Final

MINUTE: Final = 60
_UNITS: Final = (("d", 86_400), ("h", 3600), ("min", MINUTE), ("s", 1))


def duration(seconds: float) -> str:
    """Return a span of time in its two largest units, such as `2 h 14 min`, `12 s` or `0.35 s`.

    Args:
        seconds: zero or more.
    """
    short = float(f"{seconds:.2g}")
    # What rounds to a minute is one: nobody says 60 seconds.
    if short < MINUTE:
        return f"{short:g} s" if short >= 0.001 else "0 s"  # noqa: PLR2004  # what clocks tell
    whole, parts = round(seconds), list[str]()
    for unit, size in _UNITS:
        number, whole = divmod(whole, size)
        if number or parts:
            parts.append(f"{number} {unit}")
    return " ".join(part for part in parts[:2] if not part.startswith("0 "))


def clock_time(unix: float, now: float) -> str:
    """Return a time of today as `02:14:07`, and one of another day with its date before it.

    Args:
        unix: seconds since 1970.
        now: the same, for what is today.
    """
    at, today = datetime.fromtimestamp(unix, UTC), datetime.fromtimestamp(now, UTC)
    return f"{at:%H:%M:%S}" if at.date() == today.date() else f"{at:%Y-%m-%d %H:%M:%S}"
