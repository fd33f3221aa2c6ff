"""Courtesy: a leader that is never idle still lets the program's other threads run.

A thread that waits for Python's interpreter lock asks for it after 5 ms in which nobody let it go
(`sys.getswitchinterval`). A busy leader lets it go at every poll and every `recv`, for a few
microseconds: too short for the other to wake and take it, yet each time its 5 ms begin anew. So
it would be kept out for as long as the leader is busy, by luck alone for less.
"""

import time
from typing import Final

__all__ = ["Courtesy"]

EVERY: Final = 0.005
"""Seconds that a leader may be busy before it steps back once: the interpreter's own interval."""

LONG_ENOUGH: Final = 0.000_1
"""Seconds of a poll in which everybody who waited has had the lock."""

SHORTEST: Final = 1e-6
"""Seconds asked for; the kernel's timers make about 0.1 ms of it, 2 % of what goes before."""


class Courtesy:
    """Steps back from the interpreter lock now and then; used by the leader alone."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def after_poll(self, began: float) -> None:
        """Step back if the leader has been busy for a while; a poll that slept was enough.

        Args:
            began: seconds of `time.monotonic` before the poll.
        """
        now = time.monotonic()
        if now - began >= LONG_ENOUGH:
            self._since = now
        elif now - self._since >= EVERY:
            time.sleep(SHORTEST)
            self._since = time.monotonic()
