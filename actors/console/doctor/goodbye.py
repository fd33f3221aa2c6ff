"""The end of an open stream: both say that they close (RFC 6455 section 7.1.2)."""

from typing import Final

from holdfast.actors.wire.dial import OpenStream
from holdfast.actors.wire.frames import CloseFrame, close_payload, encode
from holdfast.actors.wire.reader import FrameReader
from holdfast.actors.wire.steps import Steps, send_all, until_done

__all__ = ["say_goodbye"]

CLOSE: Final = 8
NORMAL: Final = 1000
CHUNK: Final = 65_536


def say_goodbye(stream: OpenStream) -> Steps[CloseFrame | None]:
    """Send a close frame, and read until the server's; what it sends before is not looked at.

    Args:
        stream: which sends nothing any more after this.

    Returns:
        The server's close frame; None when the stream ended without one.
    """
    yield from send_all(stream.sock, encode(CLOSE, close_payload(NORMAL)))
    reader, data = FrameReader(), stream.leftover
    while True:
        reader.feed(data)
        for control in reader.controls:
            if isinstance(control, CloseFrame):
                return control
        reader.controls.clear()
        data = yield from until_done(stream.sock, lambda: stream.sock.recv(CHUNK))
        if not data or reader.violation is not None:
            return None
