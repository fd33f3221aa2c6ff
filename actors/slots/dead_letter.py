"""Dead letters: the messages that were being handled when their handler crashed."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from holdfast.actors.logs import Logger
from holdfast.actors.messages import ChildFailed
from holdfast.handlers import Cause

__all__ = ["DEAD_LETTERS_KEPT", "DeadLetter", "DeadLetters"]

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


class DeadLetters:
    """The dead letters of a fleet, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[DeadLetter] = deque(maxlen=DEAD_LETTERS_KEPT)

    def bury(self, failure: ChildFailed, time: float, log: Logger) -> int:
        """Keep the messages that crashed a handler, which are not tried again.

        Args:
            failure: of the incarnation that was handling them.
            time: Unix seconds.
            log: of the connection.

        Returns:
            How many there were.
        """
        dead = failure.dead_letters
        if dead:
            self._kept.extend(
                DeadLetter(failure.name, failure.incarnation, failure.cause, time, message)
                for message in dead
            )
            log.warning(
                "dead_letter",
                cause=failure.cause.name,
                type=type(dead[0]).__name__,
                messages=len(dead),
            )
        return len(dead)

    def all(self) -> list[DeadLetter]:
        """Return those that are kept."""
        return list(self._kept)
