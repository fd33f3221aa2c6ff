"""One raw TCP connection as a handler of `RawServer` sees it."""

import socket
import struct
import time
from collections.abc import Mapping

from holdfast.testing.frames import TEXT, RawFrame, accept_key, apply_mask, encode_frame

__all__ = ["PeerGoneError", "RawPeer"]

_LINGER_ZERO = struct.pack("ii", 1, 0)  # close() sends RST (socket(7))
_MOST_OF_A_REQUEST = 65_536


class PeerGoneError(Exception):
    """The client has ended the connection, or the server is being stopped."""


class RawPeer:
    """A client's TCP connection, with blocking verbs.

    Args:
        connection: the accepted socket, owned from now on.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = b""

    def read_request(self) -> dict[str, str]:
        """Read the client's HTTP request.

        Returns:
            Its headers, names in lower case, and its first line under "".

        Raises:
            PeerGoneError: when it ends before that.
        """
        while b"\r\n\r\n" not in self._buffer and len(self._buffer) < _MOST_OF_A_REQUEST:
            self._buffer += self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return {"": first, **{name.strip().lower(): value.strip() for name, _, value in pairs}}

    def accept_handshake(
        self, headers: Mapping[str, str] | None = None, *, then: bytes = b""
    ) -> dict[str, str]:
        """Read the request and open the WebSocket.

        Args:
            headers: further headers of the answer, or other values for those it has.
            then: bytes that leave in the same write, right behind the answer.

        Returns:
            What `read_request` returned.
        """
        request = self.read_request()
        answer = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept_key(request.get("sec-websocket-key", "")),
            **(headers or {}),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer.items())
        self.send(f"HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n".encode() + then)
        return request

    def send(self, data: bytes) -> None:
        """Send bytes as they are.

        Args:
            data: any bytes.
        """
        self._socket.sendall(data)

    def send_frame(self, opcode: int, payload: bytes = b"") -> None:
        """Send a legal frame; for others see `frames.encode_frame` and `send`.

        Args:
            opcode: 0 to 15.
            payload: any bytes.
        """
        self.send(encode_frame(opcode, payload))

    def send_half_frame(self, payload: bytes = b"." * 100) -> None:
        """Send the head and the first half of the payload of a text frame.

        Args:
            payload: the whole payload.
        """
        frame = encode_frame(TEXT, payload)
        self.send(frame[: len(frame) - (len(payload) + 1) // 2])

    def drip(self, data: bytes, seconds: float, size: int = 1) -> None:
        """Send bytes a few at a time.

        Args:
            data: any bytes.
            seconds: pause after each piece.
            size: bytes in a piece.
        """
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), size):
            self.send(data[start : start + size])
            time.sleep(seconds)

    def receive(self, size: int) -> bytes:
        """Wait for bytes.

        Args:
            size: how many, exactly.

        Raises:
            PeerGoneError: when the connection ends before that.
        """
        while len(self._buffer) < size:
            self._buffer += self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def receive_frame(self) -> RawFrame:
        """Wait for a frame.

        Returns:
            The frame, unmasked, legal or not.

        Raises:
            PeerGoneError: when the connection ends before that.
        """
        first, second = self.receive(2)
        size = second & 0x7F
        if size == 126:  # noqa: PLR2004 - RFC 6455 section 5.2: the length is in the next 2 bytes
            (size,) = struct.unpack("!H", self.receive(2))
        elif size == 127:  # noqa: PLR2004 - the same, 8 bytes
            (size,) = struct.unpack("!Q", self.receive(8))
        masked = bool(second & 0x80)
        mask = self.receive(4) if masked else bytes(4)
        payload = apply_mask(self.receive(size), mask)
        return RawFrame(first & 0x0F, payload, bool(first & 0x80), masked)

    def hold(self) -> None:
        """Say nothing and read on until the client ends the connection or the server is stopped."""
        while True:
            self._more()

    def close(self) -> None:
        """End the connection with FIN, or with RST if unread bytes are left."""
        self._socket.close()

    def reset(self) -> None:
        """End the connection with RST; what the client hasn't read yet may be lost."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._socket.close()

    def interrupt(self) -> None:
        """Wake whatever blocks on this connection, from any thread."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _more(self) -> bytes:
        data = self._socket.recv(65_536)
        if not data:
            raise PeerGoneError
        return data
