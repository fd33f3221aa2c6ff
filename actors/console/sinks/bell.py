"""Wakes a thread that waits for a descriptor, from any other thread."""

import os
import select
import time
from contextlib import suppress
from math import inf

__all__ = ["Bell"]


class Bell:
    """A pipe to oneself: one thread waits, any thread rings."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)

    def ring(self) -> None:
        """End the wait that is going on, or the next one."""
        with suppress(BlockingIOError):  # it rings already
            os.write(self._writer, b"!")

    def wait(self, until: float, writable: int | None = None) -> None:
        """Wait until somebody rings or time is up; at times for nothing.

        Args:
            until: in seconds of `time.monotonic`; infinity for no end.
            writable: a descriptor whose room to write ends the wait as well.
        """
        poll = select.poll()  # select.select knows no descriptor above 1023
        poll.register(self._reader, select.POLLIN)
        if writable is not None:
            poll.register(writable, select.POLLOUT)
        poll.poll(None if until == inf else max(0.0, until - time.monotonic()) * 1000)
        self._silence()

    def _silence(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._reader, 4096)

    def close(self) -> None:
        """Close the pipe, when nobody rings any more."""
        os.close(self._reader)
        os.close(self._writer)
