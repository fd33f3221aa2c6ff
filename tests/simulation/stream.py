"""One simulated WebSocket: what the kernel has taken of it, and what is on its way back."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from holdfast.actors.dispatch import Mailbox
from holdfast.actors.messages import StreamRef
from holdfast.actors.spec import ConnectionSpec

__all__ = ["BadFrame", "Frame", "HalfFrame", "Hangup", "Item", "Kernel", "PongFrame", "Stream"]


@dataclass(frozen=True)
class Frame:
    """What one side writes."""

    opcode: int
    data: bytes
    counted: bool
    """The connection hears when the kernel has taken it."""

    @property
    def text(self) -> str:
        """The payload as text."""
        return self.data.decode(errors="replace")


@dataclass(frozen=True)
class PongFrame:
    """The server lives."""


@dataclass(frozen=True)
class HalfFrame:
    """The server has begun a frame and rests."""


@dataclass(frozen=True)
class BadFrame:
    """The server has broken the protocol."""


@dataclass(frozen=True)
class Hangup:
    """The server is gone: with a close frame, or without one."""

    code: int | None = None
    """The close code; None when the stream just ends."""


Item = str | PongFrame | HalfFrame | BadFrame | Hangup


@dataclass(eq=False)
class Kernel:
    """The send buffer: takes every frame at once, unless it is full."""

    full: bool = False
    written: int = 0
    """Counted frames that were taken whole."""
    _queue: deque[Frame] = field(default_factory=deque[Frame])

    def add(self, frames: Iterable[Frame]) -> None:
        """Queue frames."""
        self._queue.extend(frames)

    def take(self) -> list[Frame]:
        """Return what is taken whole now."""
        if self.full:
            return []
        taken = list(self._queue)
        self._queue.clear()
        self.written += sum(frame.counted for frame in taken)
        return taken

    def take_back(self) -> int:
        """Forget the counted frames that haven't been begun, and all behind the first of them.

        Returns:
            How many counted frames are written, or still will be.
        """
        kept: deque[Frame] = deque()
        for number, frame in enumerate(self._queue):
            if frame.counted and number:
                break
            kept.append(frame)
        self._queue = kept
        return self.written + sum(frame.counted for frame in kept)

    @property
    def torn(self) -> int:
        """How many counted frames have been begun: a buffer that is full has half of the next."""
        return int(bool(self._queue) and self._queue[0].counted)


@dataclass(eq=False)
class Stream:
    """An open stream, as the simulated wire holds it."""

    ref: StreamRef
    owner: Mailbox
    spec: ConnectionSpec
    kernel: Kernel = field(default_factory=Kernel)
    outgoing: deque[Frame] = field(default_factory=deque[Frame])
    """Taken by the kernel, not yet read by the server."""
    incoming: deque[Item] = field(default_factory=deque[Item])
    """Said by the server, not yet read by the wire."""
    readable: bool = False
    """The wire is about to read."""
    paused: bool = False
    closing: bool = False
    silent: bool = False
    """Nothing comes through any more, and nobody is told."""
    stalled: bool = False
    """The server rests in the middle of a frame."""
    reported: int = 0
    logins: int = 0
    """Logins that were written and not answered."""
    logged_in: bool = False
    """The wire has handed over a yes; a no to a renewal takes nothing back, it ends the stream."""
    subscribed: int = 0

    @property
    def generation(self) -> int:
        """Which of its connection's streams it is."""
        return self.ref[1]
