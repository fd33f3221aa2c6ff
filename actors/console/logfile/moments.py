"""Moments as people write them, `10m`, `02:14` or `2026-01-02T03:04`, and as they read them."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final

import click

__all__ = ["moment", "moment_option", "parse_moment"]

HELP: Final = "write 90s, 10m, 2h or 1d for so long ago, 02:14, or 2026-01-02T02:14 (UTC)"

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smhd])")
_AGO: Final = re.compile(rf"(?:{_PART.pattern})+")
_CLOCK: Final = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")


def moment(when: datetime) -> str:
    """Return a moment in UTC, as in the log, but to the second and without its T and Z."""
    return f"{when:%Y-%m-%d %H:%M:%S}"


def parse_moment(text: str, now: datetime) -> datetime:
    """Return the moment that a text means.

    Args:
        text: so long ago (`10m`, `1h30m`), a time of day (the last one, in UTC as the log is), or
            a date or instant in ISO 8601, in UTC where it names no zone.
        now: with a zone.

    Raises:
        ValueError: it means none; the message says what may be written.
    """
    try:
        return _parse(text.strip(), now)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time: {HELP}") from None


def moment_option(text: str) -> datetime:
    """Take the moment that an option of a command means as of now."""
    try:
        return parse_moment(text, datetime.now(UTC))
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _parse(text: str, now: datetime) -> datetime:
    if _AGO.fullmatch(text):
        return now - _length(text)
    if _CLOCK.fullmatch(text):
        return _last(time.fromisoformat(text), now.astimezone(UTC))
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _length(text: str) -> timedelta:
    parts = (timedelta(**{_UNITS[unit]: float(number)}) for number, unit in _PART.findall(text))
    return sum(parts, timedelta())


def _last(clock: time, now: datetime) -> datetime:
    today = datetime.combine(now.date(), clock, UTC)
    return today if today <= now else today - timedelta(days=1)
