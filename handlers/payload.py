"""What may be sent, and the frame that it becomes."""

import json
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import msgspec

from holdfast.handlers.one_line import one_line

FrameType: TypeAlias = Literal["text", "binary"]

TEXT: Final = 1
"""The opcode of a text frame (RFC 6455 section 5.6)."""

BINARY: Final = 2
"""The opcode of a binary frame (RFC 6455 section 5.6)."""

_TYPES: Final[dict[int, FrameType]] = {TEXT: "text", BINARY: "binary"}


class EncodeError(ValueError):
    """A payload that no frame can carry; its text is one line and quotes no payload."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, ready for the wire.

    Attributes:
        opcode: 1 for text, 2 for binary.
        data: the payload as bytes; kept out of the repr, it may hold credentials.
    """

    opcode: int
    data: bytes = field(repr=False)

    @property
    def type(self) -> FrameType:
        """The opcode in words: "text" or "binary"."""
        return _TYPES[self.opcode]


def encode(payload: object) -> Frame:
    """Turn a payload into the frame that carries it.

    Args:
        payload: str becomes text as it is, bytes (bytearray, memoryview) binary as
            they are, and anything else text, as JSON. JSON has no NaN and no
            infinity: they become `null`, as in a browser.

    Raises:
        EncodeError: the text is no UTF-8, or JSON cannot say the payload.
    """
    match payload:
        case str():
            return Frame(TEXT, _utf8(payload))
        case bytes() | bytearray():
            return Frame(BINARY, bytes(payload))
        case memoryview():
            return Frame(BINARY, payload.tobytes())
        case _:
            return Frame(TEXT, _json(payload))


def decode_json(message: str | bytes) -> object:
    """Return what a message says in JSON, or None where it is no JSON.

    Lenient on purpose: a server that writes `NaN` is understood, so that it can be
    told what is wrong, instead of being waited for.

    Args:
        message: one whole message.
    """
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return None


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        reason = f"UTF-8 cannot carry the lone surrogate at character {error.start}"
    # Raised out here, because the error in there carries the whole text along.
    raise EncodeError(reason)


def _json(payload: object) -> bytes:
    try:
        return msgspec.json.encode(payload)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        reason = f"JSON cannot say this {type(payload).__name__}: {one_line(str(error))}"
    raise EncodeError(reason)
