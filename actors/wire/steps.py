"""Steps: reading and writing a non-blocking socket in straight lines.

A step is a generator that yields what it waits for and is resumed when that is ready. Dropping
it between two steps is always possible, so a dial never blocks whoever drives it.
"""

import re
import selectors
import socket
import ssl
from collections.abc import Callable, Generator
from typing import Final, TypeVar

from holdfast.actors.wire.errors import BadHandshakeError, StreamEndedError

__all__ = ["READ", "WRITE", "Steps", "read_head", "send_all", "until_done"]

READ: Final = selectors.EVENT_READ
WRITE: Final = selectors.EVENT_WRITE

T = TypeVar("T")
Steps = Generator[tuple[socket.socket, int], None, T]
"""Yields a socket and what to wait for (a mask of `selectors` events); returns a T."""

_CHUNK: Final = 65536
_MAX_HEAD: Final = 65536
"""Largest head of an HTTP answer in bytes; servers and proxies stop at 8 to 64 KiB themselves."""

# RFC 9112 section 2.2: a recipient may take a bare line feed for the end of a line.
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_HTTP: Final = b"HTTP/"


def until_done(sock: socket.socket, call: Callable[[], T]) -> Steps[T]:
    """Repeat a call on a socket until it no longer has to wait.

    Args:
        sock: non-blocking, plain or TLS; TLS may have to write in order to read, and back.
        call: what to do; for a plain socket something that waits to read.

    Returns:
        What the call returned.
    """
    while True:
        try:
            return call()
        except (BlockingIOError, ssl.SSLWantReadError):
            yield sock, READ
        except ssl.SSLWantWriteError:
            yield sock, WRITE


def send_all(sock: socket.socket, data: bytes) -> Steps[None]:
    """Send every byte.

    Args:
        sock: non-blocking, plain or TLS.
        data: what to send.
    """
    while data:
        try:
            sent = sock.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            yield sock, WRITE
        except ssl.SSLWantReadError:
            yield sock, READ
        else:
            data = data[sent:]


def read_head(sock: socket.socket) -> Steps[tuple[bytes, bytes]]:
    """Read the head of an HTTP answer (RFC 9112 section 2.1).

    Args:
        sock: non-blocking, plain or TLS.

    Returns:
        The head, its empty line included, and the bytes that came behind it.

    Raises:
        BadHandshakeError: it is not HTTP, or larger than 64 KiB.
        StreamEndedError: the other side ended the stream.
    """
    data = bytearray()
    while True:
        chunk = yield from until_done(sock, lambda: sock.recv(_CHUNK))
        if not chunk:
            raise StreamEndedError
        searched = max(0, len(data) - 3)
        data += chunk
        # Noticed at once: whoever speaks another protocol may wait for us to speak it.
        if not data.startswith(_HTTP[: len(data)]):
            raise BadHandshakeError("what answers does not speak HTTP")
        end = _END_OF_HEAD.search(data, searched)
        if end is not None:
            return bytes(data[: end.end()]), bytes(data[end.end() :])
        if len(data) > _MAX_HEAD:
            raise BadHandshakeError(f"the head of an answer is larger than {_MAX_HEAD} bytes")
