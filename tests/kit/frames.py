"""WebSocket frames as bytes, right ones and wrong ones (RFC 6455 section 5.2)."""

import base64
import hashlib
import struct
from dataclasses import dataclass

__all__ = [
    "BINARY",
    "CLOSE",
    "CONTINUATION",
    "PING",
    "PONG",
    "TEXT",
    "RawFrame",
    "accept_key",
    "apply_mask",
    "close_frame",
    "encode_frame",
]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

_FIN = 0x80
_MASKED = 0x80
_MASK = b"\x37\xfa\x21\x3d"  # RFC 6455 section 5.7, the example's
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_ONE_BYTE, _TWO_BYTES = 126, 65_536


@dataclass(frozen=True, slots=True)
class RawFrame:
    """A frame that was received.

    Attributes:
        opcode: 0 to 15.
        payload: the payload, unmasked.
        fin: whether it ends its message.
        masked: whether it came masked, as a client's frames must.
    """

    opcode: int
    payload: bytes
    fin: bool = True
    masked: bool = True


def accept_key(key: str) -> str:
    """Return the value of Sec-WebSocket-Accept (RFC 6455 section 4.2.2).

    Args:
        key: the client's Sec-WebSocket-Key.
    """
    # RFC 6455 demands SHA-1; it protects nothing here.
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def apply_mask(payload: bytes, mask: bytes) -> bytes:
    """Mask or unmask a payload.

    Args:
        payload: any bytes.
        mask: four bytes.
    """
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(len(payload), "big")


def encode_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = False,
) -> bytes:
    """Return a frame as bytes, whether or not it is legal.

    Args:
        opcode: 0 to 15; 3 to 7 and 11 to 15 mean nothing.
        payload: any bytes, of any length.
        fin: whether it ends its message.
        reserved: the bits RSV1 to RSV3, 0 to 7.
        masked: mask it, as no server may (RFC 6455 section 5.1).
    """
    bit = _MASKED if masked else 0
    size = len(payload)
    if size < _ONE_BYTE:
        length = bytes([bit | size])
    elif size < _TWO_BYTES:
        length = struct.pack("!BH", bit | 126, size)
    else:
        length = struct.pack("!BQ", bit | 127, size)
    head = bytes([(_FIN if fin else 0) | reserved << 4 | opcode]) + length
    return head + (_MASK + apply_mask(payload, _MASK) if masked else payload)


def close_frame(code: int | None = 1000, reason: bytes = b"") -> bytes:
    """Return a close frame, also with a code that nobody may send.

    Args:
        code: 0 to 65,535; None for an empty frame.
        reason: any bytes.
    """
    return encode_frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)
