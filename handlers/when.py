"""Times and spans of time as people say them."""

from datetime import UTC, datetime
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3600


def duration(seconds: float) -> str:
    """Return a span of time as people say it.

    Args:
        seconds: zero or more.
    """
    if round(seconds, 1) < MINUTE:
        return f"{seconds:.1f} s"
    # Before it is parted: 119.6 seconds are no minute and 60 seconds.
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def clock_time(unix: float, now: float) -> str:
    """Return a time of today as `02:14:07`, and one of another day with its date before it.

    Args:
        unix: seconds since 1970.
        now: the same, for what is today.
    """
    at, today = datetime.fromtimestamp(unix, UTC), datetime.fromtimestamp(now, UTC)
    return f"{at:%H:%M:%S}" if at.date() == today.date() else f"{at:%Y-%m-%d %H:%M:%S}"
