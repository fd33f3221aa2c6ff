"""When a command ends: on a signal, or because something in it says so."""

import os
import queue
import signal
import time
from collections.abc import Callable
from enum import StrEnum
from types import FrameType, TracebackType
from typing import Final, Self

__all__ = ["Ending", "Reason"]

SIGNAL_EXIT: Final = 128
"""Shells report a program that a signal ended as this plus the signal's number."""


class Reason(StrEnum):
    """Why a command ends before it is done."""

    INTERRUPTED = "interrupted"
    """Ctrl-C (SIGINT)."""
    TERMINATED = "terminated"
    """SIGTERM."""
    STDOUT_CLOSED = "stdout_closed"
    """Whoever read standard output has gone."""
    STDOUT_FAILED = "stdout_failed"
    """Standard output takes no more for another reason, such as a full disk."""


_SIGNALS: Final = {signal.SIGINT: Reason.INTERRUPTED, signal.SIGTERM: Reason.TERMINATED}


class Ending:
    """Waits for the reason to end. The first signal asks, the second one aborts at once.

    Used on the main thread, as a context manager.

    Args:
        before_abort: what must be done even then, such as showing the cursor again.
    """

    def __init__(self, before_abort: Callable[[], None] = lambda: None) -> None:
        self.before_abort = before_abort
        self.reason: Reason | None = None
        self._signalled = False
        # A SimpleQueue can be put to from a signal handler; a threading.Event could deadlock.
        self._asked: queue.SimpleQueue[Reason] = queue.SimpleQueue()
        self._handlers = {number: signal.getsignal(number) for number in _SIGNALS}

    def __enter__(self) -> Self:
        """Take the signals."""
        for number in _SIGNALS:
            signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def ask(self, reason: Reason) -> None:
        """Ask for the end, from any thread; the first reason counts."""
        self._asked.put(reason)

    def wait(self, seconds: float) -> Reason | None:
        """Wait for the end to be asked for.

        Args:
            seconds: how long; 0 or less only looks.

        Returns:
            The reason, or None when there was none in time.
        """
        if self.reason is None:
            try:
                self.reason = self._asked.get(timeout=max(0.0, seconds))
            except queue.Empty:
                return None
        return self.reason

    def wait_until(self, deadline: float) -> Reason | None:
        """Wait as `wait` does, up to a deadline in seconds of `time.monotonic`."""
        return self.wait(deadline - time.monotonic())

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._signalled:
            self.before_abort()
            os._exit(SIGNAL_EXIT + number)
        self._signalled = True
        self._asked.put(_SIGNALS[signal.Signals(number)])
