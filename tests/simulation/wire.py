"""The simulated wire: hears what the socket actor hears, and answers with what that answers.

There is no socket behind it but a server of each connection that does as it is told, and a network
that takes its time. It delivers in order what one stream carries, as TCP does, and owes nothing
else: streams die at any moment, and what was on its way dies with them. As a strict server it
notes what no client may do, such as a second login while one is in flight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from holdfast.actors.dispatch import Control, Mailbox, Ordered
from holdfast.actors.idle import taken_from
from holdfast.actors.machine import Machine
from holdfast.actors.machine_actor import MachineActor
from holdfast.actors.messages import (
    Abort,
    Closed,
    CloseStream,
    Depart,
    Dialing,
    Flushed,
    Heard,
    Inbound,
    Open,
    Opened,
    ResumeReading,
    SendFrames,
    Settled,
    StreamRef,
    TakenBack,
    TimersLost,
)
from holdfast.actors.socket import HIGH_WATER, OPCODE_CLOSE
from holdfast.actors.timer import TimerFired
from holdfast.handlers import Cause, CauseKind
from holdfast.handlers.evidence import from_close, from_exception
from tests.simulation.account import Account
from tests.simulation.admission import Admission, Host
from tests.simulation.dialer import Dialer
from tests.simulation.far_end import FarEnd
from tests.simulation.judge import judge
from tests.simulation.network import Network
from tests.simulation.register import Register
from tests.simulation.server import AUTH, Server, is_login
from tests.simulation.stream import (
    BadFrame,
    Frame,
    HalfFrame,
    Hangup,
    Item,
    PongFrame,
    Stream,
)

__all__ = ["Wire"]

READS = (1, 2, 8)
"""Items that are read at once; one of these is drawn each time."""


@dataclass(frozen=True)
class _Happens(Control):
    """Something has come over the network: what the selector tells the socket actor."""

    act: Callable[[], None]


class Wire(MachineActor):
    """Stands in for the socket actor.

    Args:
        machine: where the other actors are.
        network: what carries its frames.
        admission: makes what says which dials may be under way.
        register: has the accounts.
        servers: by the names of their connections.
    """

    role: ClassVar[str] = "socket"

    def __init__(
        self,
        machine: Machine,
        network: Network,
        admission: type[Admission],
        register: Register,
        servers: dict[str, Server],
    ) -> None:
        super().__init__(machine.dispatcher, machine.socket, machine.supervisor)
        self.streams: dict[StreamRef, Stream] = {}
        self.servers = servers
        self.dialer = Dialer(machine, admission, servers, self._soon, self._opened)
        self.far_end = FarEnd(servers, network, register, self._read_soon)
        self.logins: dict[Host, list[float]] = {}
        """When the logins to each host were written, in monotonic seconds."""
        self._network = network
        self._clock = machine.dispatcher.clock
        self._register = register
        self._chance = network.chance

    def on_receive(self, message: object) -> None:
        """React by the type of the message."""
        react = self._REACTIONS.get(type(message))
        if react is None:
            super().on_receive(message)
        else:
            react(self, message)

    def release(self) -> None:
        """End every stream and dial, as the socket actor does when it ends or crashes."""
        self.dialer.clear()
        for stream in self.streams.values():
            self._settle(stream)
        self.streams.clear()

    def lines_of(self, name: str) -> int:
        """Count a connection's streams and dials, of whatever generation."""
        lines = (*self.streams, *self.dialer.dials, *self.dialer.queued)
        return sum(ref[0] == name for ref in lines)

    def stream_of(self, name: str) -> Stream | None:
        """Return a connection's open stream."""
        return next((each for each in self.streams.values() if each.ref[0] == name), None)

    # Dials.

    def _open(self, request: Open) -> None:
        self.dialer.open(request)

    def _opened(self, request: Open) -> None:
        ref = request.stream
        self.streams[ref] = Stream(ref, request.owner, request.spec)
        request.owner.paused = False
        request.owner.tell(Opened(ref[1]))

    def _timer_fired(self, fired: TimerFired) -> None:
        self.dialer.timer_fired(fired)

    def _start_timers_again(self, _message: TimersLost) -> None:
        self.dialer.start_timers_again()

    # What connections write.

    def _depart(self, message: Depart) -> None:
        stream = self.streams.get(message.stream)
        if stream is not None and not stream.closing:
            frames = taken_from(message.frames)
            self._write(stream, [Frame(opcode, data, counted=True) for opcode, data in frames])

    def _send(self, message: SendFrames) -> None:
        stream = self.streams.get(message.stream)
        if stream is not None and not stream.closing:
            frames = message.frames
            self._write(stream, [Frame(opcode, data, counted=False) for opcode, data in frames])

    def _write(self, stream: Stream, frames: list[Frame]) -> None:
        for frame in frames:
            judge(self._account(stream), stream, frame)
            if is_login(frame.text):
                host = stream.spec.url.split("/")[2]
                self.logins.setdefault(host, []).append(self._clock.now())
        stream.kernel.add(frames)
        self._flush(stream)

    def relieve(self, stream: Stream) -> None:
        """Have the kernel take again what waits for it."""
        stream.kernel.full = False
        self._soon(lambda: self._flush(stream))

    def _flush(self, stream: Stream) -> None:
        """Give the kernel as much as it takes."""
        if stream.ref not in self.streams:
            return
        for frame in stream.kernel.take():
            stream.outgoing.append(frame)
            if frame.counted:
                self._account(stream).written.append(frame.text)
            self._network.later(lambda: self.far_end.read(stream))
        if stream.kernel.written != stream.reported:
            stream.reported = stream.kernel.written
            stream.owner.tell(Flushed(stream.generation, stream.reported))

    # What connections are told.

    def _read_soon(self, stream: Stream) -> None:
        if self._is_read(stream) and not stream.readable:
            stream.readable = True
            self._soon(lambda: self._read(stream))

    def _read(self, stream: Stream) -> None:
        stream.readable = False
        texts: list[str | bytes] = []
        for _ in range(self._chance.choice(READS)):
            if not stream.incoming or not self._is_read(stream):
                break
            item = stream.incoming.popleft()
            if isinstance(item, str):
                texts.append(item)
                continue
            self._hand_over(stream, texts)
            texts = []
            self._take(stream, item)
        self._hand_over(stream, texts)
        if stream.incoming:
            self._read_soon(stream)

    def _is_read(self, stream: Stream) -> bool:
        still = self.streams.get(stream.ref) is stream
        return still and not (stream.paused or stream.silent or stream.stalled)

    def _hand_over(self, stream: Stream, texts: list[str | bytes]) -> None:
        if not texts:
            return
        pushed = self._account(stream).pushed.setdefault(stream.generation, [])
        for text in map(str, texts):
            if AUTH in text:
                stream.logins -= 1
                stream.logged_in = stream.logged_in or "auth_success" in text
                continue
            pushed.append(text)
            if self._register.hears(stream.ref):
                self._account(stream).owed.append(text)
        stream.owner.tell(Inbound(stream.generation, texts))
        if stream.owner.backlog >= HIGH_WATER:
            stream.paused = stream.owner.paused = True

    def _take(self, stream: Stream, item: Item) -> None:
        match item:
            case PongFrame():
                stream.owner.tell(Heard(stream.generation))
            case HalfFrame():
                stream.stalled = True
                stream.owner.tell(Heard(stream.generation))
                stall = stream.spec.timeouts.stall
                cause = Cause(CauseKind.NETWORK, "frame_stalled", "no byte")
                self._network.later(lambda: self.lose(stream, cause), stall)
            case BadFrame():
                cause = Cause(CauseKind.PROTOCOL, "protocol_violation", "bad", code=1002)
                self._lost(stream, cause)
            case Hangup(code):
                self._lost(stream, self._close_cause(stream, code))
            case _:
                raise AssertionError(item)

    def _resume(self, message: ResumeReading) -> None:
        stream = self.streams.get(message.stream)
        if stream is not None:
            stream.paused = False
            self._read_soon(stream)

    # Streams end.

    def lose(self, stream: Stream, cause: Cause | None = None) -> None:
        """Have a stream end some time soon, for a reason that only this side sees.

        Args:
            stream: which.
            cause: why; a reset by default.
        """
        reset = from_exception(ConnectionResetError(104, "reset"))
        self._soon(lambda: self._lost(stream, cause or reset))

    def _close(self, message: CloseStream) -> None:
        stream = self.streams.get(message.stream)
        if stream is not None and not stream.closing:
            if message.cut:
                stream.owner.tell(TakenBack(stream.generation, stream.kernel.take_back()))
            self._write(stream, [Frame(OPCODE_CLOSE, message.code.to_bytes(2), counted=False)])
            stream.closing = True

    def _abort(self, message: Abort) -> None:
        stream = self.streams.pop(message.stream, None)
        if stream is None:
            self.dialer.cancel(message.stream)
        else:
            self._settle(stream)

    def _lost(self, stream: Stream, cause: Cause) -> None:
        if self.streams.get(stream.ref) is stream:
            del self.streams[stream.ref]
            stream.outgoing.clear()
            self._settle(stream)
            stream.owner.tell(Closed(stream.generation, cause))

    def _settle(self, stream: Stream) -> None:
        kernel = stream.kernel
        stream.owner.tell(Settled(stream.generation, kernel.written, kernel.torn))

    def _close_cause(self, stream: Stream, code: int | None) -> Cause:
        if stream.closing:
            return Cause(CauseKind.NORMAL, "closed_by_us", "closed by us", code=code)
        return from_close(code, "", stream.spec.close_codes)

    # What no wire should do, and every connection has to bear.

    def haunt(self, owner: Mailbox, generation: int) -> None:
        """Tell a connection of a generation that is past, as if it went on."""
        cause = Cause(CauseKind.NETWORK, "stale", "of a generation that is past")
        stale: tuple[Control | Ordered, ...] = (
            Dialing(generation),
            Opened(generation),
            Heard(generation),
            Inbound(generation, [f"stale:{generation}"]),
            Closed(generation, cause),
        )
        owner.tell(self._chance.choice(stale))

    def crash(self) -> None:
        """Crash, all streams and dials with it."""
        self._tell_self(_crash)

    def _soon(self, act: Callable[[], None]) -> None:
        self._network.later(lambda: self._tell_self(act))

    def _tell_self(self, act: Callable[[], None]) -> None:
        self.mailbox.tell(_Happens(act))

    def _happens(self, message: _Happens) -> None:
        message.act()

    def _account(self, stream: Stream) -> Account:
        return self._register.account_of(stream.ref)

    _REACTIONS: ClassVar[dict[type, Callable[["Wire", Any], None]]] = {
        Open: _open,
        Depart: _depart,
        SendFrames: _send,
        CloseStream: _close,
        Abort: _abort,
        ResumeReading: _resume,
        TimerFired: _timer_fired,
        TimersLost: _start_timers_again,
        _Happens: _happens,
    }
    """What the wire does about each message."""


def _crash() -> None:
    raise RuntimeError("the wire was told to crash")
