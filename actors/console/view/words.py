"""Numbers as people read them at a glance: spans, rates and round trips, each a short word."""

from typing import Final

__all__ = ["NOTHING", "rate_word", "round_trip_word", "span_word"]

NOTHING: Final = "-"
"""Stands where there is nothing to tell, so that the columns of a pipe can be counted."""

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400


def span_word(seconds: float | None) -> str:
    """Return a span in its two largest units, such as `12s`, `3m05s`, `2h14m`, `5d03h`.

    Args:
        seconds: below zero counts as zero; None for no span.
    """
    if seconds is None:
        return NOTHING
    whole = int(max(0.0, seconds))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m{whole % MINUTE:02}s"
    if whole < DAY:
        return f"{whole // HOUR}h{whole % HOUR // MINUTE:02}m"
    return f"{whole // DAY}d{whole % DAY // HOUR:02}h"


def rate_word(rate: float) -> str:
    """Return a rate with two or three digits, such as `0`, `0.02`, `4.2`, `120`, `1.5k`.

    Args:
        rate: of anything a second; zero or more.
    """
    if rate <= 0:
        return "0"
    if rate < 0.005:  # noqa: PLR2004  # what two digits would round to nothing
        return "<0.01"
    for below, shown in _RATES:
        if rate < below:
            return shown.format(rate, rate / 1e3, rate / 1e6)
    return f"{rate / 1e6:,.0f}M"


_RATES: Final = (
    (0.995, "{0:.2f}"),
    (9.95, "{0:.1f}"),
    (999.5, "{0:.0f}"),
    (99_950, "{1:.1f}k"),
    (999_500, "{1:.0f}k"),
    (99_950_000, "{2:.1f}M"),
)
"""Up to where a rate is written how; each border is where the next digit would appear."""


def round_trip_word(seconds: float | None) -> str:
    """Return a round trip, such as `0.4ms`, `12ms` or `1.3s`.

    Args:
        seconds: None when none was measured.
    """
    if seconds is None:
        return NOTHING
    milliseconds = max(0.0, seconds) * 1000
    if milliseconds < 9.95:  # noqa: PLR2004  # what one digit after the point would round to 10.0
        return f"{milliseconds:.1f}ms"
    if milliseconds < 999.5:  # noqa: PLR2004  # what would round to 1000
        return f"{milliseconds:.0f}ms"
    return f"{milliseconds / 1000:.1f}s"
