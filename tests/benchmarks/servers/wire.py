"""What every load server needs: listening sockets, handshakes and pre-encoded frames.

A load server parses no more than it must. All frames it sends are encoded once, and what it
receives is counted by bytes, since each scenario's messages are all of one size.
"""

import base64
import hashlib
import re
import socket
from typing import Final

__all__ = ["HOST", "answer_handshake", "client_frame_size", "frame", "listen"]

HOST: Final = "127.0.0.1"
BACKLOG: Final = 4096
"""Connections that may wait to be accepted; the kernel's usual bound (somaxconn)."""

READ_SIZE: Final = 64 * 1024
MASK_SIZE: Final = 4

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_KEY: Final = re.compile(rb"sec-websocket-key: *(\S+)", re.IGNORECASE)
_END: Final = b"\r\n\r\n"
_TEXT: Final = 0x81
_LENGTH_16: Final = 126


def listen() -> socket.socket:
    """Return a listening TCP socket on a free port of this machine."""
    return socket.create_server((HOST, 0), backlog=BACKLOG)


def frame(payload: bytes) -> bytes:
    """Return one whole text frame, unmasked as a server's frames are (RFC 6455 section 5.2).

    Args:
        payload: up to 65,535 bytes of UTF-8.
    """
    return _header(len(payload)) + payload


def client_frame_size(payload_size: int) -> int:
    """Return the bytes of a client's text frame with a payload of so many: it is masked."""
    return len(_header(payload_size)) + MASK_SIZE + payload_size


def answer_handshake(request: bytes) -> bytes | None:
    """Return the answer to an opening handshake, None while the request isn't whole.

    Args:
        request: what has come so far (RFC 6455 section 4.2).
    """
    if not request.endswith(_END):
        return None
    found = _KEY.search(request)
    key = b"" if found is None else found[1]
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + _END
    )


def _header(payload_size: int) -> bytes:
    if payload_size < _LENGTH_16:
        return bytes((_TEXT, payload_size))
    return bytes((_TEXT, _LENGTH_16)) + payload_size.to_bytes(2)
