"""The watchdog: notices a leader that doesn't come back from its actor, and looks at the spares.

It compares samples instead of reading clocks in the hot path: two looks at the same turn mean
that the turn has lasted longer than the time between them.
"""

import threading
import time
from collections.abc import Callable

from holdfast.actors.dispatch.stalls import Stalls
from holdfast.actors.dispatch.workers import Term, Workers

__all__ = ["Watchdog"]

PARK_AFTER = 200
"""Samples of an idle leader after which the watchdog sleeps until there is work."""

DOZE = 0.1
"""Seconds between samples while the leader sleeps and only spares are held."""


class Watchdog:
    """Samples what the threads do from a thread of its own.

    Args:
        workers: the threads.
        stalls: what is told of those that are held.
        asleep: tells whether the leader sleeps in its poll.
        leave_behind: called with a term and the turn in which it has stayed for too long.
        period: seconds between samples; a turn is too long after one to two periods.
    """

    def __init__(
        self,
        workers: Workers,
        stalls: Stalls,
        asleep: Callable[[], bool],
        leave_behind: Callable[[Term, int], None],
        period: float,
    ) -> None:
        self._workers = workers
        self._stalls = stalls
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
        """Wake the watchdog if it sleeps: the leader has work again, or a spare."""
        if self._parked:
            self._parked = False
            self._unparked.set()

    def _watch(self) -> None:
        seen: tuple[Term | None, int] = (None, 0)
        idle = 0
        while not self._stopped.wait(self._period):
            term = self._workers.term
            if term is None or term.running is None:
                idle += 1
            else:
                idle = 0
                sample = (term, term.turns)
                if sample == seen:
                    self._leave_behind(*sample)
                seen = sample
            self._look()
            if idle >= PARK_AFTER and self._park():
                idle = 0
        self._look()

    def _look(self) -> None:
        self._stalls.look(self._workers.terms(), time.monotonic())

    def _park(self) -> bool:
        """Sleep while the leader does, without end if the others rest; tell whether it is over."""
        over = True
        self._unparked.clear()
        self._parked = True
        # Who has work says so before it looks at `_parked`; we look the other way round.
        if self._asleep() and not self._stopped.is_set():
            # Whose turn ended after the last look waits for the next one.
            rests = self._workers.resting() and not self._stalls.follows()
            over = self._unparked.wait(None if rests else DOZE)
        self._parked = False
        return over
