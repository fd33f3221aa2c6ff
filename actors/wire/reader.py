"""The reader: chunks of bytes in, whole messages out (RFC 6455 section 5)."""

from typing import Final

from holdfast.actors.wire.fallback import INVALID_TEXT, Fallback, RefusedFrameError
from holdfast.actors.wire.frames import CloseFrame, Control, Violation

__all__ = ["DEFAULT_MAX_MESSAGE", "FrameReader"]

DEFAULT_MAX_MESSAGE: Final = 16 * 1024 * 1024
"""Largest message in bytes unless the connection's spec says otherwise."""

# The first byte of a frame that is final, has no reserved bit, and holds data.
_TEXT: Final = 0x81
_BINARY: Final = 0x82
_PLAIN: Final = frozenset((_TEXT, _BINARY))
_LENGTH_16: Final = 126
_LENGTH_64: Final = 127
_SHORT: Final = 125
_MEDIUM: Final = 0xFFFF


class FrameReader:
    """Decodes what a server sends, whatever pieces it arrives in.

    Whole, unmasked data frames between messages are decoded in one tight loop; everything else
    goes through websocket-client's parser (`fallback.py`), which exists only while it is needed:
    an idle reader is 160 bytes. Not for two threads at once.

    Args:
        max_message: largest message in bytes, fragments together; a larger one is refused with
            1009 as soon as its header tells, before its payload is kept.
    """

    __slots__ = (
        "_fallback",
        "_held",
        "_max_message",
        "_max_short",
        "_need",
        "_over",
        "controls",
        "violation",
    )

    def __init__(self, max_message: int = DEFAULT_MAX_MESSAGE) -> None:
        self._max_message = max_message
        self._max_short = min(_SHORT, max_message)
        self._held: bytes | bytearray = b""
        self._need = 0
        self._fallback: Fallback | None = None
        self._over = False
        #: Control frames in the order they came; the caller takes them out.
        self.controls: list[Control] = []
        #: What the server did wrong, or None; nothing is decoded after it.
        self.violation: Violation | None = None

    @property
    def partial(self) -> bool:
        """True when the bytes so far end inside a frame or inside a fragmented message."""
        return bool(self._held) or self._fallback is not None

    def feed(self, data: bytes) -> list[str | bytes]:
        """Decode one chunk.

        Args:
            data: the next bytes from the socket, of any length.

        Returns:
            The messages that became complete, in order: str for text, bytes for binary. Those
            in front of a violation or a close frame are among them.
        """
        messages: list[str | bytes] = []
        if self._over:
            return messages
        if self._held:
            data = self._join(data)
        position, size = 0, len(data)
        while position < size:
            if self._fallback is None:
                position = self._read_plain(data, position, messages)
            else:
                position = self._read_frame(self._fallback, data, position, messages)
        return messages

    def _read_plain(self, data: bytes, position: int, messages: list[str | bytes]) -> int:
        """Decode whole data frames; return the position of the first byte that is not treated.

        One flat loop on purpose: with a function that reads the header, the rate is 24 % lower
        for text of 120 B (of 4.9 M messages/s), 30 % lower for 1 KiB (of 1.8 M).
        """
        size, short, limit = len(data), self._max_short, self._max_message
        append = messages.append
        try:
            while position + 1 < size:
                first, length = data[position], data[position + 1]
                if first not in _PLAIN:
                    return self._fall_back(position)
                start = position + 2
                if length > short:
                    if length == _LENGTH_16 and position + 3 < size:
                        start = position + 4
                        length = data[position + 2] << 8 | data[position + 3]
                    else:
                        start, length = _long_header(data, position)
                    if not _SHORT < length <= limit:
                        return self._fall_back(position)
                end = start + length
                if end > size:
                    return self._hold(data, position, end - position)
                payload = data[start:end]
                append(payload.decode() if first == _TEXT else payload)
                position = end
        except UnicodeDecodeError:
            return self._end(data, INVALID_TEXT)
        return self._hold(data, position, 2) if position < size else size

    def _read_frame(
        self, fallback: Fallback, data: bytes, position: int, messages: list[str | bytes]
    ) -> int:
        """Decode one frame of any kind; return the position of the first byte not treated."""
        try:
            position = fallback.read(data, position)
        except RefusedFrameError as refusal:
            return self._end(data, refusal.violation)
        found = fallback.found
        if isinstance(found, str | bytes):
            messages.append(found)
        elif found is not None:
            self.controls.append(found)
        if isinstance(found, CloseFrame):
            return self._end(data)
        if fallback.need:
            return self._hold(data, position, fallback.need)
        if fallback.idle:
            self._fallback = None
        return position

    def _fall_back(self, position: int) -> int:
        self._fallback = Fallback(self._max_message)
        return position

    def _hold(self, data: bytes, position: int, need: int) -> int:
        """Keep an incomplete frame, of which nothing can be decoded before `need` bytes."""
        self._held = data[position:]
        self._need = need
        return len(data)

    def _join(self, data: bytes) -> bytes:
        """Return what was held with `data` behind it, or nothing while that is not enough."""
        if len(self._held) + len(data) >= self._need:
            held, self._held = self._held, b""
            return b"".join((held, data))
        if isinstance(self._held, bytes):
            self._held = bytearray(self._held)
        self._held += data
        return b""

    def _end(self, data: bytes, violation: Violation | None = None) -> int:
        """Decode nothing from here on: the server has closed, or broken the protocol."""
        self._over = True
        self._fallback = None
        self.violation = violation
        return len(data)


def _long_header(data: bytes, position: int) -> tuple[int, int]:
    """Return where the payload begins and its length if the header has a 64-bit one.

    The length is 0 for every header that the fast path has to leave alone: another kind of
    length, one cut off by the end of the chunk, or one not in its shortest form.
    """
    start = position + 10
    if data[position + 1] != _LENGTH_64 or start > len(data):
        return start, 0
    length = int.from_bytes(data[position + 2 : start])
    return start, length if length > _MEDIUM else 0
