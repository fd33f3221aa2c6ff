"""One open WebSocket as the socket actor holds it: its read side, its write side, its end."""

import errno
import os
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import cast

from holdfast.actors.dispatch import Mailbox
from holdfast.actors.idle import NOTHING, roomy
from holdfast.actors.messages import StreamRef
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.wire.frames import MASK_BYTES, encode
from holdfast.actors.wire.reader import FrameReader

__all__ = ["READ_SIZE", "Stream", "Writer"]

READ_SIZE = 64 * 1024
"""Bytes of one `recv`: large enough that a busy feed needs one system call for hundreds of
messages, small enough that thousands of streams get their turn."""

TLS_RECORD = 16 * 1024
"""Bytes of the largest TLS record (RFC 8446 section 5.1)."""

_TRY_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Writer:
    """The bytes that the kernel hasn't taken yet, and where the counted frames among them end.

    `written` counts the frames that the kernel has taken whole; `torn` those behind them that it
    has begun to take, so that their outcome is unknown if the stream dies now.
    """

    __slots__ = ("_bounds", "_buffer", "_offered", "_queued", "_taken", "written")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._offered = 0
        """Bytes of a TLS record that OpenSSL has made but not yet handed over whole."""
        self._queued = 0
        self._taken = 0
        self._bounds: deque[tuple[int, int]] = NOTHING
        self.written = 0

    def add(self, frames: Sequence[tuple[int, bytes]], *, counted: bool) -> None:
        """Encode frames and queue their bytes."""
        masks = os.urandom(MASK_BYTES * len(frames))
        if counted:
            self._bounds = roomy(self._bounds)
        for number, (opcode, data) in enumerate(frames):
            at = MASK_BYTES * number
            wire = encode(opcode, data, masks[at : at + MASK_BYTES])
            if counted:
                self._bounds.append((self._queued, self._queued + len(wire)))
            self._queued += len(wire)
            self._buffer += wire

    def flush(self, sock: socket.socket) -> None:
        """Give the kernel as much as it takes.

        Raises:
            OSError: the stream is dead.
        """
        offer = self._offer_record if isinstance(sock, ssl.SSLSocket) else self._offer_all
        try:
            while self._buffer:
                self._took(offer(sock))
        except _TRY_LATER:
            return

    def take_back(self) -> int:
        """Forget the counted frames that haven't been begun, and whatever is behind the first.

        Returns:
            How many counted frames are written, or still will be.
        """
        begun = self.written + self.torn
        if self.torn < len(self._bounds):
            start = self._bounds[self.torn][0]
            del self._buffer[start - self._taken :]
            self._queued = start
            self._bounds = deque(islice(self._bounds, self.torn))
        return begun

    @property
    def pending(self) -> bool:
        """Whether bytes wait for the kernel."""
        return bool(self._buffer)

    @property
    def torn(self) -> int:
        """How many counted frames have been begun and aren't written."""
        begun = self._taken + self._offered
        return sum(start < begun for start, _ in self._bounds)

    def _offer_all(self, sock: socket.socket) -> int:
        return sock.send(self._buffer)

    def _offer_record(self, sock: socket.socket) -> int:
        """Offer one TLS record, and the same one again until it has been taken.

        OpenSSL may hand part of what it is offered to the kernel and still say "later", and then
        wants the same bytes again (SSL_write(3)): more than a record at once would leave us
        ignorant of what is out.
        """
        self._offered = self._offered or min(len(self._buffer), TLS_RECORD)
        # The view has to be gone before the buffer shrinks.
        with memoryview(self._buffer) as buffer, buffer[: self._offered] as record:
            taken = sock.send(record)
        self._offered = 0
        return taken

    def _took(self, number: int) -> None:
        del self._buffer[:number]
        self._taken += number
        while self._bounds and self._bounds[0][1] <= self._taken:
            self._bounds.popleft()
            self.written += 1


class Stream:
    """An open WebSocket and everything that the socket actor knows of it.

    Args:
        ref: the connection's name and the stream's generation.
        owner: the connection's mailbox.
        sock: the non-blocking socket, after the handshake.
        spec: what the connection should be; its limits hold for the stream.
    """

    __slots__ = (
        "closing",
        "fd",
        "last_read",
        "mask",
        "mute",
        "owner",
        "paused",
        "reader",
        "ref",
        "reported",
        "secure",
        "sock",
        "spec",
        "writer",
    )

    def __init__(
        self, ref: StreamRef, owner: Mailbox, sock: socket.socket, spec: ConnectionSpec
    ) -> None:
        self.ref = ref
        self.owner = owner
        self.sock = sock
        self.secure = isinstance(sock, ssl.SSLSocket)
        self.fd = sock.fileno()
        self.reader = FrameReader(spec.limits.max_message)
        self.writer = Writer()
        self.spec = spec
        self.mask = 0
        """What the poller watches the descriptor for."""
        self.paused = False
        """Not read, because its connection has a backlog."""
        self.closing = False
        """Our close frame is on its way: nothing more is sent, and the server's is awaited."""
        self.mute = False
        """Writing has failed: what can still be read is read, nothing more is written."""
        self.reported = 0
        """How many written frames the connection has been told of."""
        self.last_read = 0.0
        """Monotonic seconds of the last bytes that came in."""

    def receive(self) -> bytes | None:
        """Read what is there, at most about `READ_SIZE` bytes.

        Returns:
            Bytes, b"" at the end of the stream, None when nothing is there yet.

        Raises:
            OSError: the stream is dead.
        """
        try:
            data = self.sock.recv(READ_SIZE)
        except _TRY_LATER:
            return None
        except ssl.SSLEOFError:
            # The peer went without TLS's goodbye; its WebSocket close frame is what counts.
            return b""
        return data + self._drain() if self.secure else data

    def shut(self) -> None:
        """Close the socket; what happens to it from now on is nobody's concern."""
        try:
            self.sock.close()
        except OSError as error:
            # ECONNRESET while closing: the peer was faster.
            if error.errno not in (errno.ECONNRESET, errno.ENOTCONN):
                raise

    def _drain(self) -> bytes:
        """Take what OpenSSL has decrypted already: no readiness would tell of it."""
        sock, chunks = cast("ssl.SSLSocket", self.sock), list[bytes]()
        while pending := sock.pending():
            chunks.append(sock.recv(pending))
        return b"".join(chunks)
