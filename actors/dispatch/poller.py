"""The selector that the leader sleeps in, and the way to wake it."""

import selectors
import socket
from contextlib import suppress

__all__ = ["Event", "Poller"]

Event = tuple[int, int]
"""A file descriptor and the mask of `selectors.EVENT_READ` and `EVENT_WRITE` it is ready for."""


class Poller:
    """Readiness of file descriptors for the one thread that leads, and a wake-up for any other."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._waker = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = socket.socketpair()
        for end in (self._wake_reader, self._wake_writer):
            end.settimeout(0)
        self._wake_event = (self._wake_reader.fileno(), selectors.EVENT_READ)
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
        # A full socket buffer means that a wake-up is already waiting to be seen.
        with suppress(BlockingIOError, OSError):
            self._wake_writer.send(b"\0")

    def close(self) -> None:
        """Release the descriptors; nothing may poll afterwards."""
        self._selector.close()
        self._waker.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while len(self._wake_reader.recv(4096)) == 4096:  # noqa: PLR2004  # the buffer's size
                pass
