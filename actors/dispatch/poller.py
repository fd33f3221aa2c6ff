"""The selector that the leader sleeps in, and the way to wake it."""

import os
import selectors
from contextlib import suppress
from io import FileIO

__all__ = ["Event", "Poller"]

Event = tuple[int, int]
"""A file descriptor and the mask of `selectors.EVENT_READ` and `EVENT_WRITE` it is ready for."""

WAKE_UPS = 512
"""How many wake-ups are taken note of at a time."""


class Poller:
    """Readiness of file descriptors for the one thread that leads, and a wake-up for any other."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._waker = selectors.DefaultSelector()
        reader, writer = os.pipe()
        for end in (reader, writer):
            os.set_blocking(end, False)
        self._wake_reader = FileIO(reader, "rb")
        self._wake_writer = FileIO(writer, "wb")
        self._wake_event = (reader, selectors.EVENT_READ)
        self._selector.register(*self._wake_event)
        self._waker.register(*self._wake_event)

    def watch(self, fd: int, mask: int) -> None:
        """Watch a descriptor, or change what it is watched for; a mask of 0 forgets it."""
        if not mask:
            self.forget(fd)
        elif fd in self._selector.get_map():
            self._selector.modify(fd, mask)
        else:
            self._selector.register(fd, mask)

    def forget(self, fd: int) -> None:
        """Stop watching a descriptor; one that isn't watched is no error."""
        with suppress(KeyError):
            self._selector.unregister(fd)

    def poll(self, timeout: float | None) -> list[Event]:
        """Sleep until something is ready, `wake` is called or the timeout ends.

        Args:
            timeout: seconds; 0.0 looks without sleeping, None sleeps without end.

        Returns:
            What is ready, without the wake-up itself.
        """
        ready = self._selector.select(timeout)
        events = [(key.fd, mask) for key, mask in ready]
        if self._wake_event in events:
            self._drain()
            events.remove(self._wake_event)
        return events

    def sleep(self, timeout: float | None) -> None:
        """Sleep until `wake` is called or the timeout (seconds) ends; descriptors don't count."""
        if self._waker.select(timeout):
            self._drain()

    def wake(self) -> None:
        """Make the thread that sleeps, or the next that would, return at once."""
        # It may have been closed since, or at this moment. A full pipe wakes all the same.
        with suppress(ValueError, OSError):
            self._wake_writer.write(b"\0")

    def close(self) -> None:
        """Release the descriptors; nothing may poll afterwards."""
        self._selector.close()
        self._waker.close()
        self._wake_writer.close()
        self._wake_reader.close()

    def _drain(self) -> None:
        while self._wake_reader.read(WAKE_UPS) == b"\0" * WAKE_UPS:
            pass
