"""When a command ends: on a signal, or because something in it says so.

A thread of its own reads the signals from a pipe that Python's C handler writes to
(`signal.set_wakeup_fd`). A handler in Python runs on the main thread alone, and one that comes as
that falls asleep is seen only when it wakes again.
"""

import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from types import FrameType, TracebackType
from typing import Final, Self

__all__ = ["Ending", "Reason"]

SIGNAL_EXIT: Final = 128
"""Shells report a program that a signal ended as this plus the signal's number."""

TOGETHER: Final = 0.05
"""Seconds within which signals are one wish: `timeout` signals its child, then its whole group. No
finger is so quick."""

STREAMS: Final = (1, 2)
"""Standard output and standard error."""


class Reason(StrEnum):
    """Why a command ends before it is done."""

    INTERRUPTED = "interrupted"
    """Ctrl-C (SIGINT)."""
    TERMINATED = "terminated"
    """SIGTERM."""
    HUNG_UP = "hung_up"
    """SIGHUP: the terminal has been closed."""
    QUIT = "quit"
    """The key for it was pressed."""
    STDOUT_CLOSED = "stdout_closed"
    """Whoever read standard output has gone."""
    OUTPUT_FAILED = "output_failed"
    """What it writes is taken no more for another reason, such as a full disk."""


_SIGNALS: Final[dict[int, Reason]] = {
    signal.SIGINT: Reason.INTERRUPTED,
    signal.SIGTERM: Reason.TERMINATED,
    signal.SIGHUP: Reason.HUNG_UP,
}


class Ending:
    """Waits for the reason to end. The first signal asks, a later one aborts at once.

    Used on the main thread, as a context manager.

    Args:
        before_abort: what must be done even then, such as showing the cursor again; called on
            another thread.
    """

    def __init__(self, before_abort: Callable[[], None] = lambda: None) -> None:
        self.before_abort = before_abort
        self.reason: Reason | None = None
        self._asked: queue.SimpleQueue[Reason] = queue.SimpleQueue()
        self._handlers = {
            number: handler
            for number in _SIGNALS
            if not _is_nohup(number, handler := signal.getsignal(number))
        }
        self._terminals = [number for number in STREAMS if os.isatty(number)]
        self._pipe = (-1, -1)
        self._wakeup_fd = -1
        self._watcher = threading.Thread(target=self._watch, name="holdfast-signals", daemon=True)

    def __enter__(self) -> Self:
        """Take the signals."""
        self._pipe = _, writer = os.pipe()
        os.set_blocking(writer, False)
        self._wakeup_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in self._handlers:
            signal.signal(number, _leave_it_to_the_watcher)
        self._watcher.start()
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
        signal.set_wakeup_fd(self._wakeup_fd)
        reader, writer = self._pipe
        os.close(writer)
        self._watcher.join()
        os.close(reader)

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

    def _watch(self) -> None:
        asked_at: float | None = None
        while number := os.read(self._pipe[0], 1):
            reason = _SIGNALS.get(number[0])
            if reason is None:
                continue
            if reason is Reason.HUNG_UP:
                self._leave_terminals()
            now = time.monotonic()
            if asked_at is None:
                asked_at = now
                self._asked.put(reason)
            elif now - asked_at > TOGETHER:
                self._abort(number[0])

    def _leave_terminals(self) -> None:
        """Have what is still shown go nowhere if its terminal has gone: there it would fail."""
        for number in self._terminals:
            if not os.isatty(number):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, number)
                os.close(nowhere)

    def _abort(self, number: int) -> None:
        try:
            self.before_abort()
        finally:
            os._exit(SIGNAL_EXIT + number)


def _is_nohup(number: int, handler: object) -> bool:
    """Tell whether whoever started this process wants it to outlive its terminal."""
    return number == signal.SIGHUP and handler is signal.SIG_IGN


def _leave_it_to_the_watcher(number: int, frame: FrameType | None) -> None:
    """Do nothing: that there is a handler is what makes Python write to the pipe."""
