"""The slow path: one frame at a time through websocket-client's own parser.

It treats what the reader's fast path does not: fragments, control frames, and everything that
is wrong. websocket-client takes frames apart, resumes after a partial read, joins fragments and
checks what a close frame holds. What a header says is checked here, before a byte of the payload
is kept; websocket-client looks later, and not for masks, sizes or the shape of control frames.
"""

from collections.abc import Callable
from typing import Any, Final, NoReturn, cast

from websocket import ABNF, WebSocketProtocolException, continuous_frame, frame_buffer

from holdfast.actors.wire.frames import (
    MAX_CONTROL_PAYLOAD,
    CloseFrame,
    Control,
    Ping,
    Pong,
    Violation,
)

__all__ = ["INVALID_TEXT", "Fallback", "RefusedFrameError"]

# RFC 6455 section 8.1. The text is fixed because a UnicodeDecodeError quotes the payload.
INVALID_TEXT: Final = Violation(1007, "a text message is not valid UTF-8")

_INVALID_REASON: Final = Violation(1007, "the reason of a close frame is not valid UTF-8")

_FIRST_CONTROL: Final = 8
# RFC 6455 section 5.2: the lengths that two and eight bytes are for (126 and 127 say which).
_LONG_FORMS: Final = {126: range(126, 1 << 16), 127: range(1 << 16, 1 << 63)}


class RefusedFrameError(Exception):
    """A frame that RFC 6455 or a limit forbids; never leaves the reader.

    Args:
        violation: what is wrong, and the close code for it.
    """

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.reason)
        self.violation = violation


class _DryError(Exception):
    """The chunk is used up in the middle of a frame's header."""


class _Chunk:
    """What websocket-client takes for a socket. No part of Fallback, to make no reference cycle."""

    __slots__ = ("data", "position")

    def __init__(self) -> None:
        self.data = b""
        self.position = 0

    def recv(self, size: int) -> bytes:
        """Return up to `size` bytes, at least one."""
        taken = self.data[self.position : self.position + size]
        if not taken:
            raise _DryError
        self.position += len(taken)
        return taken


class Fallback:
    """Reads frames of any kind and puts fragments together.

    Args:
        max_message: largest message in bytes, fragments together.
    """

    __slots__ = ("_chunk", "_frames", "_max_message", "_parts", "_size", "found", "need")

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._chunk = _Chunk()
        # Any: websocket-client states only a part of their types.
        self._frames: Any = frame_buffer(self._chunk.recv, skip_utf8_validation=True)
        self._parts: Any = continuous_frame(fire_cont_frame=False, skip_utf8_validation=True)
        self._size = 0
        #: The message or control frame that the last `read` completed, None when there is none.
        self.found: str | bytes | Control | None = None
        #: How many bytes the next `read` needs to get on; 0 after a whole frame.
        self.need = 0

    @property
    def idle(self) -> bool:
        """True between messages: the next frame may be read by anybody."""
        return not self.need and not self._parts.recving_frames

    def read(self, data: bytes, position: int) -> int:
        """Read one frame, or as much of its header as there is.

        Args:
            data: what came from the socket.
            position: where the frame, or the rest of it, begins.

        Returns:
            The position of the first byte that was not used.

        Raises:
            RefusedFrameError: the frame breaks RFC 6455 or the size limit.
        """
        chunk = self._chunk
        chunk.data, chunk.position = data, position
        self.found, self.need = None, 0
        try:
            self._read_frame()
        except _DryError:
            self.need = 1
        chunk.data = b""
        return chunk.position

    def _read_frame(self) -> None:
        frames = self._frames
        if frames.needs_header():
            frames.recv_header()
        header: tuple[int, ...] = frames.header
        _check_header(header, in_message=bool(self._parts.recving_frames))
        if frames.needs_length():
            frames.recv_length()
        length: int = frames.length
        self._check_length(header, length)
        # websocket-client adds up all its pieces at each resumption, which is quadratic for a
        # large frame: the payload waits in the reader until it is whole.
        if len(self._chunk.data) - self._chunk.position < length:
            self.need = length
            return
        self.found = self._complete()

    def _check_length(self, header: tuple[int, ...], length: int) -> None:
        """Check what is announced before a byte of it is kept (RFC 6455 sections 5.2 and 10.4)."""
        opcode, length_bits = header[4], header[6]
        if length_bits in _LONG_FORMS and length not in _LONG_FORMS[length_bits]:
            _refuse(1002, "a payload length is not in its shortest form")
        if opcode < _FIRST_CONTROL and self._size + length > self._max_message:
            _refuse(1009, f"a message is larger than {self._max_message} bytes")

    def _complete(self) -> str | bytes | Control | None:
        try:
            frame: ABNF = self._frames.recv_frame()
        except WebSocketProtocolException as error:
            # The header was checked: what can be left is the payload of a close frame.
            _refuse(1002, f"malformed close frame ({error})")
        if frame.opcode >= _FIRST_CONTROL:
            return _CONTROLS[frame.opcode](cast("bytes", frame.data))
        return self._assemble(frame)

    def _assemble(self, frame: ABNF) -> str | bytes | None:
        """Add a fragment; return the message when it was the last one (RFC 6455 section 5.4)."""
        self._size += len(frame.data)
        if not frame.fin and not self._parts.recving_frames:
            # websocket-client joins with `+=`: linear for a bytearray, quadratic for bytes.
            frame.data = cast("bytes", bytearray(cast("bytes", frame.data)))
        self._parts.add(frame)
        if not self._parts.is_fire(frame):
            return None
        opcode, whole = self._parts.extract(frame)
        self._size = 0
        return _decode_text(whole.data) if opcode == ABNF.OPCODE_TEXT else bytes(whole.data)


def _check_header(header: tuple[int, ...], *, in_message: bool) -> None:
    """Check what the first two bytes say (RFC 6455 sections 5.1, 5.2, 5.4 and 5.5)."""
    final, rsv1, rsv2, rsv3, opcode, masked, length_bits = header
    if rsv1 or rsv2 or rsv3:
        _refuse(1002, "a reserved bit is set though no extension was negotiated")
    if opcode not in ABNF.OPCODES:
        _refuse(1002, f"reserved opcode {opcode}")
    if masked:
        _refuse(1002, "the server masked a frame")
    if opcode >= _FIRST_CONTROL:
        if not final:
            _refuse(1002, "a control frame is fragmented")
        if length_bits > MAX_CONTROL_PAYLOAD:
            _refuse(1002, "a control frame is longer than 125 bytes")
    elif opcode == ABNF.OPCODE_CONT and not in_message:
        _refuse(1002, "a continuation frame continues no message")
    elif opcode != ABNF.OPCODE_CONT and in_message:
        _refuse(1002, "a new message begins inside a fragmented one")


def _decode_text(data: bytes | bytearray) -> str:
    """Return a text message; refuse it when it is not UTF-8 (RFC 6455 section 8.1)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        # `from None`: the error quotes the payload.
        raise RefusedFrameError(INVALID_TEXT) from None


def _close_frame(data: bytes) -> CloseFrame:
    """Read a close frame whose code websocket-client has checked (RFC 6455 section 5.5.1)."""
    if not data:
        return CloseFrame(None, "")
    try:
        return CloseFrame(int.from_bytes(data[:2]), data[2:].decode())
    except UnicodeDecodeError:
        raise RefusedFrameError(_INVALID_REASON) from None


def _refuse(close_code: int, reason: str) -> NoReturn:
    raise RefusedFrameError(Violation(close_code, reason))


_CONTROLS: Final[dict[int, Callable[[bytes], Control]]] = {
    ABNF.OPCODE_CLOSE: _close_frame,
    ABNF.OPCODE_PING: Ping,
    ABNF.OPCODE_PONG: Pong,
}
