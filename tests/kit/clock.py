"""A clock that tests turn by hand (the habit is trio's `MockClock`)."""

import threading
from collections.abc import Callable

from holdfast.handlers import Moment

__all__ = ["ManualClock"]


class ManualClock:
    """A `holdfast.actors.clock.Clock` that stands still until a test advances it.

    Any thread may read it, turn it and subscribe to it.

    Args:
        start: monotonic seconds it shows at first.
        unix: Unix seconds it shows at first (the default is 2026-01-01T00:00:00Z).
    """

    def __init__(self, start: float = 1000.0, unix: float = 1_767_225_600.0) -> None:
        self._lock = threading.Lock()
        self._now = start
        self._unix_ahead = unix - start
        self._callbacks: dict[object, Callable[[], None]] = {}

    def __repr__(self) -> str:
        return f"ManualClock(now={self.now():.3f})"

    def now(self) -> float:
        """Return the monotonic seconds that the test has set."""
        with self._lock:
            return self._now

    def time(self) -> float:
        """Return the Unix seconds that the test has set."""
        return self.now() + self._unix_ahead

    def moment(self) -> Moment:
        """Return both readings of one instant."""
        now = self.now()
        return Moment(monotonic=now, unix=now + self._unix_ahead)

    def timeout_until(self, deadline: float) -> float | None:
        """Return how many real seconds a thread may sleep for a deadline of this clock.

        Args:
            deadline: monotonic seconds of this clock; infinity for none.

        Returns:
            0.0 when the deadline is due; None (sleep until woken) when it is not, because only
            `advance` brings it nearer, and `advance` calls every subscriber.
        """
        return 0.0 if deadline <= self.now() else None

    def advance(self, seconds: float) -> None:
        """Turn the clock forward at once, then call every subscriber on this thread.

        Args:
            seconds: how far; 0.0 only wakes the subscribers.

        Raises:
            ValueError: when asked to turn back, or by something that is no number.
        """
        if not 0.0 <= seconds < float("inf"):
            raise ValueError(f"a monotonic clock can't be advanced by {seconds} s")
        with self._lock:
            self._now += seconds
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            callback()

    def subscribe(self, callback: Callable[[], None], /) -> Callable[[], None]:
        """Call back after every `advance`, when the clock already shows the new time.

        Args:
            callback: called without arguments on the thread that advances; it may read this clock.

        Returns:
            What ends the subscription; it may be called more than once.
        """
        key = object()
        with self._lock:
            self._callbacks[key] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        return unsubscribe
