"""The line: a connection's end of its stream, and the outbox that leaves by it."""

from collections import deque
from typing import Final

from holdfast.actors.idle import NOTHING, roomy
from holdfast.actors.incarnation.berth import Berth
from holdfast.actors.machine import Machine
from holdfast.actors.messages import (
    Abort,
    CloseStream,
    Depart,
    Flushed,
    Open,
    ResumeReading,
    SendFrames,
    Settled,
)
from holdfast.actors.slots.outbox import Parcel

__all__ = ["Line"]

LOW_WATER: Final = 2
"""Batches left in the mailbox at which a paused stream is read again."""

OPCODE_PING: Final = 9


class Line:
    """Asks the socket actor for what one stream should do.

    Args:
        machine: where the socket actor is.
        berth: whose stream it is, and whose outbox.
    """

    __slots__ = ("_berth", "_clock", "_frames", "_over", "_socket", "_stream", "is_open", "outbox")

    def __init__(self, machine: Machine, berth: Berth) -> None:
        self._berth = berth
        self.outbox = berth.outbox
        self._clock = machine.dispatcher.clock
        self._socket = machine.socket
        self._stream = berth.stream
        self._frames: deque[tuple[int, bytes]] = NOTHING
        self._over = False
        self.is_open = False
        """Whether the outbox may leave: from the end of the login to the end of the stream."""

    @property
    def slot(self) -> int:
        """The number of its connection's slot, which no other one of the name has."""
        return self._stream[2]

    @property
    def unsent(self) -> bool:
        """Whether anything is left to write that this stream can still take."""
        return self.is_open and self.outbox.unsent

    def dial(self) -> None:
        """Have the stream opened."""
        self._socket.tell(Open(self._stream, self._berth.mailbox, self._berth.spec))

    def write(self, *frames: tuple[int, bytes]) -> None:
        """Write frames of the machine's own, which have no outcome of their own."""
        self._socket.tell(SendFrames(self._stream, frames))

    def ping(self) -> None:
        """Ask the server for a sign of life (RFC 6455 section 5.5.2)."""
        self.write((OPCODE_PING, b""))

    def open(self) -> None:
        """Let the outbox leave from now on."""
        self.is_open = not self._over
        self.pump()

    def send(self, parcel: Parcel) -> None:
        """Queue a parcel that the ledger has accepted, and let leave what can.

        Raises:
            OutboxFull: it was refused, and counted so.
        """
        self.outbox.add(parcel)
        self.pump()

    def pump(self) -> None:
        """Hand over what waits and fits into the window."""
        if not self.is_open:
            return
        parcels = self.outbox.depart(self._clock.now())
        if not parcels:
            return
        self._frames = frames = roomy(self._frames)
        for parcel in parcels:
            frames.append((parcel.opcode, parcel.data))
            # Whatever follows before the socket actor gets to it goes out in the same write. It
            # takes frames until none is left, so one that isn't alone is on its way already.
            if len(frames) == 1:
                self._socket.tell(Depart(self._stream, frames))

    def flushed(self, message: Flushed) -> None:
        """Settle what the kernel has taken, and go on."""
        self.outbox.written(message.written)
        self.pump()

    def settled(self, message: Settled) -> None:
        """Settle a stream that is gone: what it didn't write waits again."""
        self.outbox.stream_ended(message.written, torn=message.torn)
        if message.generation == self._stream[1]:
            self.hang_up()

    def drained(self) -> None:
        """Have a paused stream read again, if the mailbox has drained."""
        mailbox = self._berth.mailbox
        if mailbox.backlog <= LOW_WATER:
            mailbox.paused = False
            self._socket.tell(ResumeReading(self._stream))

    def close(self, code: int, reason: str, *, cut: bool = False) -> None:
        """Say goodbye; `Closed` tells when the server has answered.

        Args:
            code: the close code for the server.
            reason: why, for the server.
            cut: drop what hasn't been begun, so that the goodbye needn't wait for it.
        """
        self.is_open = False
        if cut:
            self.outbox.drop_waiting()
        self._socket.tell(CloseStream(self._stream, code, reason, cut))

    def abort(self, code: int) -> None:
        """Drop the stream or its dial at once.

        Args:
            code: the close code for the server, if it can still be told.
        """
        self.hang_up()
        self._socket.tell(Abort(self._stream, code))

    def hang_up(self) -> None:
        """Let nothing leave any more: what is sent from now on waits for the next stream."""
        self._over = True
        self.is_open = False
