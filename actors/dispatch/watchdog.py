"""The watchdog: notices a leader that doesn't come back from its actor.

It compares samples instead of reading clocks in the hot path: two looks at the same turn mean
that the turn has lasted longer than the time between them.
"""

import threading
from collections.abc import Callable

from holdfast.actors.dispatch.workers import Term

__all__ = ["Watchdog"]

PARK_AFTER = 200
"""Samples of an idle leader after which the watchdog sleeps until there is work."""


class Watchdog:
    """Samples the leader's turn from a thread of its own.

    Args:
        term: returns the present leader's term, None between two.
        asleep: tells whether the leader sleeps in its poll.
        leave_behind: called with a term and the turn in which it has stayed for too long.
        period: seconds between samples; a turn is too long after one to two periods.
    """

    def __init__(
        self,
        term: Callable[[], Term | None],
        asleep: Callable[[], bool],
        leave_behind: Callable[[Term, int], None],
        period: float,
    ) -> None:
        self._term = term
        self._asleep = asleep
        self._leave_behind = leave_behind
        self._period = period
        self._stopped = threading.Event()
        self._unparked = threading.Event()
        self._parked = False
        self._thread = threading.Thread(target=self._watch, name="holdfast-watchdog", daemon=True)

    def start(self) -> None:
        """Start sampling."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling and join the thread."""
        self._stopped.set()
        self._unparked.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def unpark(self) -> None:
        """Wake the watchdog if it sleeps: the leader has work again."""
        if self._parked:
            self._parked = False
            self._unparked.set()

    def _watch(self) -> None:
        seen: tuple[Term | None, int] = (None, 0)
        idle = 0
        while not self._stopped.wait(self._period):
            term = self._term()
            if term is None or term.running is None:
                idle += 1
                if idle >= PARK_AFTER:
                    self._park()
                    idle = 0
                continue
            idle = 0
            sample = (term, term.turns)
            if sample == seen:
                self._leave_behind(*sample)
            seen = sample

    def _park(self) -> None:
        self._unparked.clear()
        self._parked = True
        # The leader wakes before it looks at `_parked`; we look the other way round.
        if self._asleep() and not self._stopped.is_set():
            self._unparked.wait()
        self._parked = False
