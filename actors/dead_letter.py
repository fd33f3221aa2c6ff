"""Dead letters: the messages that were being handled when their handler crashed."""

from dataclasses import dataclass, field
from typing import Final

from holdfast.handlers import Cause

__all__ = ["DEAD_LETTERS_KEPT", "DeadLetter"]

DEAD_LETTERS_KEPT: Final = 1000
"""How many a fleet keeps; older ones are in the log alone."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that was not retried, so that it can't crash the next incarnation."""

    connection: str
    incarnation: int
    cause: Cause
    """The crash."""
    time: float
    """Unix seconds."""
    message: object = field(repr=False)
    """The message itself; not shown, since it may hold a secret."""
