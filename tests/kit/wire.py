"""The server's end of one WebSocket, able to misbehave in ways that `websockets` would not."""

import asyncio
import contextlib
import socket
import struct
from collections import deque

from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State

from holdfast.testing.handshake import HandshakeRequest
from holdfast.testing.ledger import Ledger

__all__ = ["Wire", "wire_class"]

_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})
# SO_LINGER on with zero seconds: close() discards what is unsent and sends RST (socket(7)).
_LINGER_ZERO = struct.pack("ii", 1, 0)
# A text frame of 128 bytes (RFC 6455 section 5.2: FIN+text, 16-bit length) of which 40 are there.
_HALF_FRAME = b"\x81\x7e\x00\x80" + b"." * 40
# A script that never receives must not fill the memory.
_UNREAD = 10_000


class Wire(ServerConnection):
    """One connection that takes in every message as it arrives, and falls silent on demand.

    The engine stops reading, and so stops answering pings and noticing the end, once a few frames
    wait for a script; here that happens only when a script asks for it.
    """

    ledger: Ledger
    keep: int
    wires: "set[Wire]"
    asked: HandshakeRequest

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a number and a place among the server's wires."""
        super().connection_made(transport)
        self.number = self.ledger.count("dials")
        self.silent = False
        self.record: deque[str | bytes] = deque(maxlen=self.keep)
        self._unread: deque[str | bytes] = deque(maxlen=_UNREAD)
        self._waiting: asyncio.Future[None] | None = None
        self._fragments: list[bytes] = []
        self._text = False
        self.wires.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self.wires.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on, unless silent: then the kernel alone acknowledges them."""
        if not self.silent:
            super().data_received(data)

    def send_data(self) -> None:
        """Write what is due, unless silent."""
        if self.silent:
            self.protocol.data_to_send()
        else:
            super().send_data()

    def process_event(self, event: Request | Response | Frame) -> None:
        """Take data frames in; the engine treats the handshake, pongs and closes."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
            return
        if event.opcode is not Opcode.CONT:
            self._text = event.opcode is Opcode.TEXT
        self._fragments.append(bytes(event.data))
        if event.fin:
            self._complete()

    def _complete(self) -> None:
        data = b"".join(self._fragments)
        self._fragments.clear()
        if not self._text:
            self._take(data)
            return
        try:
            self._take(data.decode())
        except UnicodeDecodeError:
            self.protocol.fail(CloseCode.INVALID_DATA, "invalid UTF-8")
            self.send_data()

    def _take(self, message: str | bytes) -> None:
        with self.ledger.changed:
            self.record.append(message)
            self.ledger.hear(self.number, message)
        self._unread.append(message)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def next_message(self) -> str | bytes:
        """Return the oldest message that no script has received yet, waiting for it."""
        while not self._unread:
            self._waiting = self.loop.create_future()
            await self._waiting
        return self._unread.popleft()

    @property
    def lost(self) -> asyncio.Future[None]:
        """What is done once the TCP connection has ended."""
        return self.connection_lost_waiter

    @property
    def is_open(self) -> bool:
        """Whether messages can be sent: neither end has begun to close."""
        return self.protocol.state is State.OPEN

    def transmit(self, message: str | bytes) -> None:
        """Send a data message; nothing happens when the wire is not open."""
        if not self.is_open:
            return
        # Counted first, so that a client that has read a message finds it counted.
        self.ledger.count("messages_out")
        if isinstance(message, str):
            self.protocol.send_text(message.encode())
        else:
            self.protocol.send_binary(message)
        self.send_data()

    async def flush(self) -> None:
        """Wait while the client doesn't read; return when it can take more, or is gone."""
        with contextlib.suppress(OSError):
            await self.drain()

    def write_raw(self, data: bytes) -> None:
        """Write bytes past the WebSocket protocol."""
        if not self.silent and not self.transport.is_closing():
            self.transport.write(data)

    def begin_close(self, code: int, reason: str) -> None:
        """Send a close frame without waiting for the answer."""
        if self.is_open:
            self.protocol.send_close(code, reason)
            self.send_data()

    def fall_silent(self) -> None:
        """Neither read nor write from now on."""
        self.silent = True
        self.ledger.touch()

    def write_half_frame(self) -> None:
        """Write the first half of a text frame, then fall silent."""
        self.write_raw(_HALF_FRAME)
        self.fall_silent()

    def cut(self, *, reset: bool = True) -> None:
        """End the TCP connection without a close frame.

        Args:
            reset: with RST, at once; else with FIN, after what was written before.
        """
        self.fall_silent()
        if not reset:
            self.transport.close()
            return
        tcp = self.transport.get_extra_info("socket")
        if tcp is not None and tcp.fileno() >= 0:
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.transport.abort()


def wire_class(ledger: Ledger, wires: set[Wire], keep: int) -> type[Wire]:
    """Return the class whose wires belong to one server; the engine makes them without arguments.

    Args:
        ledger: what its wires count in.
        wires: the set that its wires are in while their TCP connection lasts.
        keep: how many of the last messages each wire keeps.
    """
    return type("ServerWire", (Wire,), {"ledger": ledger, "wires": wires, "keep": keep})
