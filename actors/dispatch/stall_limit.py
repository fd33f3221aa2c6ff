"""How many stalls are told: one a mailbox and some a handler in a while, the rest are counted.

A thousand connections with the same handler that block by turns are one trouble, not a thousand.
"""

from collections import Counter, deque
from typing import Final

__all__ = ["StallLimit"]

PERIOD: Final = 10.0
"""Seconds within which the numbers hold."""
EACH: Final = 1
"""Stalls of one mailbox that are told in that time."""
ALIKE: Final = 10
"""Stalls of one handler, in whatever mailbox, that are told in that time."""


class StallLimit:
    """Says which stalls are told; pure, and for one thread.

    Args:
        period: seconds within which the other two hold.
        each: the most stalls of one mailbox that are told.
        alike: the most stalls of one handler that are told.
    """

    def __init__(self, period: float = PERIOD, each: int = EACH, alike: int = ALIKE) -> None:
        self._period = period
        self._each = each
        self._alike = alike
        self._told: deque[tuple[float, object, str]] = deque()
        """When, of which mailbox and handler; no older than the period."""
        self._suppressed: Counter[str] = Counter()

    def admit(self, mailbox: object, handler: str, now: float) -> int | None:
        """Say whether a stall is told now; one that isn't may ask again while it lasts.

        Args:
            mailbox: whose handler it is, over all of its incarnations.
            handler: the handler's name.
            now: seconds, never less than in a former call.

        Returns:
            How many stalls of this handler were suppressed since one was told; None to keep quiet.
        """
        while self._told and now - self._told[0][0] >= self._period:
            self._told.popleft()
        if sum(each is mailbox for _, each, _ in self._told) >= self._each:
            return None
        if sum(each == handler for _, _, each in self._told) >= self._alike:
            return None
        self._told.append((now, mailbox, handler))
        return self._suppressed.pop(handler, 0)

    def suppress(self, handler: str) -> None:
        """Count a stall that is over and was never told.

        Args:
            handler: the handler's name.
        """
        self._suppressed[handler] += 1
