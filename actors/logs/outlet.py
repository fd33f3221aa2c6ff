"""Where lines go: a file descriptor that is never waited on for ever, or any text stream."""

import errno
import os
import select
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Protocol, TextIO

__all__ = ["DescriptorOutlet", "Nowhere", "Outlet", "StreamOutlet", "open_outlet"]

# POSIX: a pipe that polls writable takes this much without blocking, and in one piece.
_PACKET = select.PIPE_BUF
_FILE_PACKET = 1 << 16
_POLL_MILLISECONDS = 50
_FULL_SECONDS = 0.01
_GONE = frozenset({errno.EPIPE, errno.EBADF, errno.EIO, errno.ECONNRESET, errno.ENXIO})


class Outlet(Protocol):
    """What the writer thread writes to; only that thread calls `write`."""

    def write(self, lines: Sequence[str]) -> int:
        """Write lines, waiting while the other side is slow; never raises.

        Args:
            lines: without line feeds.

        Returns:
            How many of them were written whole, counted from the first.
        """
        ...

    def give_up(self) -> None:
        """Let a `write` that waits return; any thread may call it."""
        ...

    def close(self) -> None:
        """Free what the outlet owns; the stream it was made of stays open."""
        ...


def open_outlet(stream: TextIO, encoding: str) -> Outlet:
    """Return the outlet for a stream.

    Args:
        stream: a file, a pipe, a terminal, or any object with `write` and `flush`.
        encoding: of the bytes, where the stream has a descriptor.
    """
    with suppress(OSError, ValueError, AttributeError):
        descriptor = stream.fileno()
        stream.flush()
        return DescriptorOutlet(descriptor, encoding)
    return StreamOutlet(stream)


class DescriptorOutlet:
    """Writes to its own copy of a descriptor, polling before it writes.

    So it holds none of Python's stream locks while it waits: the application's own prints go on,
    and the interpreter can end while a pipe is stuck.

    Args:
        descriptor: of the stream; it is duplicated.
        encoding: of the bytes.

    Raises:
        OSError: when the descriptor is not open.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._descriptor = _own(descriptor)
        self._encoding = encoding
        is_file = stat.S_ISREG(os.fstat(self._descriptor).st_mode)
        self._packet = _FILE_PACKET if is_file else _PACKET
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLOUT)
        self._given_up = threading.Event()
        self._gone = False
        self._torn = False

    def write(self, lines: Sequence[str]) -> int:
        """Write lines until all are written, the other side is gone, or `give_up`."""
        written = 0
        for count, packet in self._packets(lines):
            if self._gone or not self._send(packet):
                break
            written += count
        return written

    def give_up(self) -> None:
        """Let a `write` that waits return."""
        self._given_up.set()

    def close(self) -> None:
        """Close the copy of the descriptor."""
        self._gone = True
        os.close(self._descriptor)

    def _packets(self, lines: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        """Pack whole lines, so that other writers of the same pipe tear none of them."""
        count, packet = 0, b""
        for text in lines:
            line = text.encode(self._encoding, "backslashreplace") + b"\n"
            if packet and len(packet) + len(line) > self._packet:
                yield count, packet
                count, packet = 0, b""
            count += 1
            packet += line
        if packet:
            yield count, packet

    def _send(self, packet: bytes) -> bool:
        # What an earlier failure left of a line must not run into this one.
        left = memoryview(b"\n" + packet if self._torn else packet)
        whole = len(left)
        while left:
            if not self._writable():
                break
            try:
                left = left[os.write(self._descriptor, left[: self._packet]) :]
            except BlockingIOError:
                self._given_up.wait(_FULL_SECONDS)
            except OSError as error:
                self._gone = error.errno in _GONE
                break
        self._torn = bool(left) and (self._torn or len(left) < whole)
        return not left

    def _writable(self) -> bool:
        while not self._given_up.is_set():
            if self._poll.poll(_POLL_MILLISECONDS):
                return True
        return False


class StreamOutlet:
    """Writes to an object that has no descriptor, as notebooks and test runners put in place.

    Args:
        stream: an object with `write` and `flush`.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, lines: Sequence[str]) -> int:
        """Write lines in one call."""
        try:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        except Exception:  # noqa: BLE001  # somebody else's stream may raise anything
            return 0
        return len(lines)

    def give_up(self) -> None:
        """Do nothing: a foreign stream can't be interrupted."""

    def close(self) -> None:
        """Do nothing: the stream is its owner's."""


class Nowhere:
    """Takes every line and forgets it."""

    def write(self, lines: Sequence[str]) -> int:
        """Take lines."""
        return len(lines)

    def give_up(self) -> None:
        """Do nothing: it never waits."""

    def close(self) -> None:
        """Do nothing: it owns nothing."""


def _own(descriptor: int) -> int:
    if os.isatty(descriptor):
        # A terminal that polls writable may still block; opened anew it has flags of its own,
        # where a duplicate would make everybody's standard error non-blocking.
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
            return os.open(os.ttyname(descriptor), flags)
    return os.dup(descriptor)
