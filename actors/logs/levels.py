"""The five levels of a log line, by name and by number (the numbers are `logging`'s)."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "CRITICAL",
    "DEBUG",
    "ERROR",
    "INFO",
    "LEVELS",
    "WARNING",
    "level_name",
    "level_number",
]

DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50

LEVELS: Mapping[str, int] = MappingProxyType(
    {"debug": DEBUG, "info": INFO, "warning": WARNING, "error": ERROR, "critical": CRITICAL}
)


def level_number(name: str) -> int:
    """Return the number of a level.

    Args:
        name: one of `LEVELS`, in any case.

    Raises:
        ValueError: when there is no such level.
    """
    number = LEVELS.get(name.lower())
    if number is None:
        raise ValueError(f"unknown log level {name!r}: use one of {', '.join(LEVELS)}")
    return number


def level_name(number: int) -> str:
    """Return the name of the lowest level that is written when this number is the threshold."""
    return next((name for name, each in LEVELS.items() if each >= number), "critical")
