"""Sockets that linger: over for their connections, and open until the server has read the rest.

A socket that is closed with unread bytes in it makes the kernel send RST (RFC 2525 section 2.17),
and what it had taken of ours before, and reported as sent, may never be read. So the write side
alone is shut down, and whatever still comes in is thrown away, until the server's end or a short
deadline.
"""

import socket
from collections.abc import Callable
from selectors import EVENT_READ
from typing import Final

from holdfast.actors.clock import Clock
from holdfast.actors.dispatch.poller import Poller
from holdfast.actors.streams.stream import READ_SIZE, Stream

__all__ = ["LINGER", "MOST", "Lingering"]

LINGER: Final = 1.0
"""Seconds that a server may take to end a stream that we have left."""

MOST: Final = 32
"""Sockets that linger at once: they are no connection's, and each is an open file."""


class Lingering:
    """The sockets that the socket actor has left to their servers.

    Args:
        poller: tells when something has come in.
        clock: the time that deadlines are counted in.
        wake_in: called with the seconds after which `expire` is to be called.
    """

    def __init__(self, poller: Poller, clock: Clock, wake_in: Callable[[float], None]) -> None:
        self._poller = poller
        self._clock = clock
        self._wake_in = wake_in
        self._left: dict[int, tuple[Stream, float]] = {}
        """By descriptor, the one that was added first in front."""

    def __len__(self) -> int:
        return len(self._left)

    def add(self, stream: Stream) -> None:
        """Take over a stream whose bytes the kernel has taken all; beyond `MOST` the oldest ends.

        Args:
            stream: which the poller has forgotten.
        """
        try:
            stream.sock.shutdown(socket.SHUT_WR)
        except OSError:
            # The server was faster.
            stream.shut()
            return
        if len(self._left) >= MOST:
            self._end(next(iter(self._left)))
        if not self._left:
            self._wake_in(LINGER)
        self._left[stream.fd] = stream, self._clock.now() + LINGER
        self._poller.watch(stream.fd, EVENT_READ)

    def ready(self, fd: int) -> bool:
        """Throw away what has come in on a descriptor; return whether it is one of these."""
        if fd not in self._left:
            return False
        try:
            over = self._left[fd][0].sock.recv(READ_SIZE) == b""
        except BlockingIOError:
            over = False
        except OSError:
            over = True
        if over:
            self._end(fd)
        return True

    def expire(self) -> None:
        """End what has lingered for long enough."""
        now = self._clock.now()
        for fd, (_, deadline) in list(self._left.items()):
            if deadline > now:
                self._wake_in(deadline - now)
                return
            self._end(fd)

    def plan_again(self) -> None:
        """Have `expire` called again: the timer was lost."""
        if self._left:
            self._wake_in(LINGER)

    def end_all(self) -> None:
        """End them all."""
        for fd in list(self._left):
            self._end(fd)

    def _end(self, fd: int) -> None:
        stream, _ = self._left.pop(fd)
        self._poller.forget(fd)
        stream.shut()
