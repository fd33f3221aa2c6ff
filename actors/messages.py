"""What the machine's own actors tell each other.

`Control` messages overtake data in a mailbox; `Ordered` ones keep their place among data. A stream
is named by its connection and its generation, which grows with every dial: whatever carries an
older generation is dropped and counted, never acted upon.
"""

from collections import deque
from dataclasses import dataclass, field

from holdfast.actors.dispatch import Control, Mailbox, Ordered
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.wire.resolver import Answer
from holdfast.handlers import AuthState, Cause, Phase

__all__ = [
    "Abort",
    "BecameStable",
    "ChildFailed",
    "ChildStopped",
    "CloseStream",
    "Closed",
    "Depart",
    "Dialing",
    "Flushed",
    "GetLoads",
    "Heard",
    "Inbound",
    "Kept",
    "MachineCrashed",
    "MachineFailed",
    "Open",
    "Opened",
    "PhaseChanged",
    "RenewLogin",
    "Resolved",
    "ResumeReading",
    "SendFrames",
    "Settled",
    "Status",
    "Stop",
    "StreamRef",
    "TakenBack",
    "TimersLost",
]

StreamRef = tuple[str, int, int]
"""The name of a connection, the generation of its stream, and the number of its slot.

A name may be used again after a stop, and its generations begin at 1 again: what a handler that was
given up sends late must not reach the stream of another connection, least of all its credentials.
"""


# To the socket actor.


@dataclass(frozen=True, slots=True)
class Open(Control):
    """Dial a server and own the stream; answered by `Dialing`, then `Opened` or `Closed`."""

    stream: StreamRef
    owner: Mailbox
    """Hears of everything that happens to the stream."""
    spec: ConnectionSpec


@dataclass(frozen=True, slots=True)
class Depart(Control):
    """Write the frames that a connection has queued by now, and report them back by `Flushed`."""

    stream: StreamRef
    frames: deque[tuple[int, bytes]] = field(repr=False)
    """Opcodes and payloads; filled by the connection, emptied by the socket actor."""


@dataclass(frozen=True, slots=True)
class SendFrames(Control):
    """Write frames of the machine's own, of which nobody hears again."""

    stream: StreamRef
    frames: tuple[tuple[int, bytes], ...] = field(repr=False)
    """Opcode and payload of each (RFC 6455 5.2)."""


@dataclass(frozen=True, slots=True)
class CloseStream(Control):
    """Say goodbye after what is waiting has been written; ends with `Closed`."""

    stream: StreamRef
    code: int
    reason: str
    cut: bool = False
    """Take back first what hasn't been begun, and tell so by `TakenBack`."""


@dataclass(frozen=True, slots=True)
class Abort(Control):
    """Drop a stream or a dial at once; answered by `Settled` alone."""

    stream: StreamRef
    code: int = 1001
    """The close code that the server is told, if the kernel takes it at once."""


@dataclass(frozen=True, slots=True)
class ResumeReading(Control):
    """The connection's backlog has drained: read its stream again."""

    stream: StreamRef


@dataclass(frozen=True, slots=True)
class Resolved(Control):
    """A resolver thread found the addresses for a dial, or failed to."""

    stream: StreamRef
    answer: Answer


@dataclass(frozen=True, slots=True)
class TimersLost(Control):
    """The timer actor has crashed and been replaced: start again what is waited for."""


@dataclass(frozen=True, slots=True)
class GetLoads(Control):
    """Ask for the `Load` of every host to which something is under way."""


# From the socket actor to a connection.


@dataclass(frozen=True, slots=True)
class Dialing(Control):
    """The dial has its turn and starts now."""

    generation: int


@dataclass(frozen=True, slots=True)
class Opened(Control):
    """The handshake is done."""

    generation: int


@dataclass(frozen=True, slots=True)
class Inbound(Ordered):
    """Messages that came in together, in order: str for text, bytes for binary."""

    generation: int
    messages: list[str | bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept(Ordered):
    """Messages that an earlier incarnation received and didn't get to, in order."""

    messages: list[str | bytes] = field(repr=False)
    answer_due: bool = False
    """A login was in flight when they came in: its answer may be among them."""


@dataclass(frozen=True, slots=True)
class Heard(Control):
    """The server lives, though it may have no data."""

    generation: int
    pong: bool = False
    """It has answered a ping; otherwise part of a large message came in."""


@dataclass(frozen=True, slots=True)
class Flushed(Control):
    """The kernel has taken counted frames."""

    generation: int
    written: int
    """How many since the stream began."""


@dataclass(frozen=True, slots=True)
class TakenBack(Control):
    """Counted frames won't be written any more: the stream is closed before it came to them."""

    generation: int
    kept: int
    """How many since the stream began are written, or still will be: those behind them are not."""


@dataclass(frozen=True, slots=True)
class Settled(Control):
    """The stream is gone; this is how far it was written."""

    generation: int
    written: int
    """Counted frames that the kernel took whole."""
    torn: int
    """Counted frames after them that were begun: they may have arrived."""


@dataclass(frozen=True, slots=True)
class Closed(Ordered):
    """The stream ended; it comes behind everything that was received on it."""

    generation: int
    cause: Cause


# To a connection.


@dataclass(frozen=True, slots=True)
class Stop(Control):
    """End: write what was accepted, say goodbye, tell the supervisor."""

    incarnation: int
    """Whom it is for: a successor that finds it in the mailbox goes on."""
    close: float
    """Seconds from our close frame to the server's."""
    flush: float | None = None
    """Seconds for writing first what was accepted; None keeps that for a successor."""
    code: int = 1001
    """The close code the server is told; 1001 is "going away" (RFC 6455 7.4.1)."""
    reason: str = ""

    @property
    def seconds(self) -> float:
        """How long all of it may take."""
        return (self.flush or 0.0) + self.close


@dataclass(frozen=True, slots=True)
class RenewLogin(Control):
    """Log in anew on the open stream, whatever the clock says."""


@dataclass(frozen=True, slots=True)
class Status(Control):
    """Ask a connection for its `ConnectionStatus`."""


@dataclass(frozen=True, slots=True)
class MachineCrashed(Control):
    """An actor of the machine that this connection depended on has crashed and been replaced."""

    incarnation: int
    """Whom it is for: a successor hasn't lost anything."""
    cause: Cause


# To the supervisor, from another actor of the machine.


@dataclass(frozen=True, slots=True)
class MachineFailed(Control):
    """An actor of the machine has crashed; its mailbox waits for a successor."""

    role: str
    """`socket` or `timer`."""
    error: str
    """The class of what it raised."""


# To the supervisor, from a connection.


@dataclass(frozen=True, slots=True)
class PhaseChanged(Control):
    """A connection went on in its life."""

    name: str
    incarnation: int
    phase: Phase
    auth: AuthState | None


@dataclass(frozen=True, slots=True)
class BecameStable(Control):
    """A connection has been ready for long enough to forget its failures."""

    name: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class ChildFailed(Control):
    """An incarnation has ended; the supervisor decides what comes next."""

    name: str
    incarnation: int
    cause: Cause
    auth: AuthState | None
    """What it knew about its authentication, for the next one."""
    dead_letters: tuple[object, ...] = field(default=(), repr=False)
    """The messages that were being handled when it crashed."""


@dataclass(frozen=True, slots=True)
class ChildStopped(Control):
    """An incarnation has ended because it was told to."""

    name: str
    incarnation: int
