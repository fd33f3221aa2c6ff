"""Checks of numbers and words that come from people, with messages for people."""

import math
from collections.abc import Sequence
from typing import TypeGuard


def finite(name: str, value: object) -> None:
    """Refuse anything but a finite number.

    Args:
        name: what the number is called where it was written.
        value: what was written.

    Raises:
        ValueError: `value` is no number, a bool, NaN or infinite.
    """
    if not _is_finite(value):
        raise ValueError(f"{name} must be a finite number, not {value!r}")


def not_negative(name: str, value: object) -> None:
    """Refuse anything but a finite number that is zero or more.

    Args:
        name: what the number is called where it was written.
        value: what was written.

    Raises:
        ValueError: `value` is no number, a bool, negative, NaN or infinite.
    """
    if not _is_finite(value) or value < 0:
        raise ValueError(f"{name} must be a finite number, zero or more, not {value!r}")


def positive(name: str, value: object) -> None:
    """Refuse anything but a finite number above zero.

    Args:
        name: what the number is called where it was written.
        value: what was written.

    Raises:
        ValueError: `value` is no number, a bool, zero, negative, NaN or infinite.
    """
    if not _is_finite(value) or value <= 0:
        raise ValueError(f"{name} must be a finite number above zero, not {value!r}")


def whole(name: str, value: object) -> None:
    """Refuse anything but a whole number above zero.

    Args:
        name: what the number is called where it was written.
        value: what was written.

    Raises:
        ValueError: `value` is no int, a bool, zero or negative.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number above zero, not {value!r}")


def one_of(name: str, value: object, known: Sequence[str]) -> None:
    """Refuse anything but one of the known words.

    Args:
        name: what the word is called where it was written.
        value: what was written.
        known: the words.

    Raises:
        ValueError: `value` is none of them.
    """
    if value not in known:
        raise ValueError(f"{name} must be {' or '.join(known)}, not {value!r}")


def _is_finite(value: object) -> TypeGuard[int | float]:
    # bool is an int to Python, and a mistake to everybody else.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)
