"""Time as an object that is passed in, so that tests can turn it."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from holdfast.handlers import Moment

__all__ = ["Clock", "MonotonicClock"]

LONGEST_SLEEP: Final = 3600.0
"""Seconds; credentials may be good for centuries, and epoll_wait(2) takes 24 days at most."""


class Clock(Protocol):
    """What the fleet asks of time; `holdfast.testing.ManualClock` is the one that tests turn."""

    def now(self) -> float:
        """Return monotonic seconds: the only time that deadlines are made of."""
        ...

    def time(self) -> float:
        """Return Unix seconds, for what is shown to people or signed for a server."""
        ...

    def moment(self) -> Moment:
        """Return both readings of one instant."""
        ...

    def timeout_until(self, deadline: float) -> float | None:
        """Return how many seconds a thread may sleep for a deadline.

        Args:
            deadline: monotonic seconds; infinity for none.

        Returns:
            Seconds, 0.0 when the deadline is due, None to sleep until woken.
        """
        ...

    def subscribe(self, callback: Callable[[], None], /) -> Callable[[], None]:
        """Call back whenever time was turned by hand; return what ends the subscription."""
        ...


class MonotonicClock:
    """The clock of the machine: it flows by itself, so nobody is ever called back."""

    def now(self) -> float:
        """Return `time.monotonic()` in seconds."""
        return time.monotonic()

    def time(self) -> float:
        """Return `time.time()` in Unix seconds."""
        return time.time()

    def moment(self) -> Moment:
        """Return both readings of this instant."""
        return Moment(monotonic=time.monotonic(), unix=time.time())

    def timeout_until(self, deadline: float) -> float | None:
        """Return the seconds that are left until the deadline, between 0.0 and an hour."""
        if deadline == float("inf"):
            return None
        return min(max(0.0, deadline - time.monotonic()), LONGEST_SLEEP)

    def subscribe(self, callback: Callable[[], None], /) -> Callable[[], None]:
        """Keep nothing: this clock is never turned by hand."""
        del callback
        return lambda: None
