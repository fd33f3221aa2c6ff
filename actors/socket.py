"""The socket actor: owns every open WebSocket of the fleet, and the dials of those to be.

It reads whatever is ready, has it decoded in one go and hands it to the stream's connection as one
message; it writes what connections ask for and reports how far the kernel took it. It decides
nothing: why a stream ended goes to the connection as a cause.
"""

import selectors
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final

from holdfast.actors.dispatch import Mailbox, Readiness
from holdfast.actors.idle import taken_from
from holdfast.actors.logs import Logger, get_logger
from holdfast.actors.machine import Machine
from holdfast.actors.machine_actor import MachineActor
from holdfast.actors.messages import (
    Abort,
    Closed,
    CloseStream,
    Depart,
    Flushed,
    GetLoads,
    Heard,
    Inbound,
    Open,
    Opened,
    Resolved,
    ResumeReading,
    SendFrames,
    Settled,
    StreamRef,
    TakenBack,
    TimersLost,
)
from holdfast.actors.streams.admission import Host, Load
from holdfast.actors.streams.dialer import Dialer
from holdfast.actors.streams.ends import close_cause, said_code, violation_cause
from holdfast.actors.streams.lingering import Lingering
from holdfast.actors.streams.stalls import Stalls
from holdfast.actors.streams.stream import Stream
from holdfast.actors.timer import TimerFired
from holdfast.actors.timers import Timers
from holdfast.actors.wire.dial import OpenStream
from holdfast.actors.wire.errors import cause_of
from holdfast.actors.wire.frames import CloseFrame, Ping, Violation, close_payload
from holdfast.actors.wire.resolver import Resolver
from holdfast.handlers import Cause, CauseKind
from holdfast.handlers.evidence import from_exception

__all__ = ["SocketActor"]

HIGH_WATER: Final = 8
"""Batches that may wait in a connection's mailbox before its stream is no longer read."""

OPCODE_CLOSE: Final = 8
OPCODE_PONG: Final = 10

NO_STREAM: Final[StreamRef] = ("", 0, 0)

_log = get_logger()


class SocketActor(MachineActor):
    """Reads and writes the streams of all connections.

    A crash ends every stream and dial.

    Args:
        machine: where the other actors are, and how much a host bears.
        resolver: finds the addresses of hosts.
    """

    role: ClassVar[str] = "socket"

    def __init__(self, machine: Machine, resolver: Resolver) -> None:
        dispatcher = machine.dispatcher
        super().__init__(dispatcher, machine.socket, machine.supervisor)
        self._streams: dict[StreamRef, Stream] = {}
        self._by_fd: dict[int, Stream] = {}
        self._timers = Timers(machine.timer, self.mailbox, dispatcher.clock)
        self._stalls = Stalls(partial(self._timers.start, "sweep"))
        self._lingering = Lingering(
            dispatcher.poller, dispatcher.clock, partial(self._timers.start, "linger")
        )
        self._dialer = Dialer(
            machine,
            resolver,
            self._admit_later,
            self._opened,
            self._dial_failed,
        )
        self._reactions: dict[type, Callable[[Any], Any]] = {
            Readiness: self._ready,
            Depart: self._depart,
            SendFrames: self._send,
            Open: self._dialer.add,
            Resolved: self._dialer.resolved,
            ResumeReading: self._resume,
            CloseStream: self._close,
            Abort: self._abort,
            TimerFired: self._timer_fired,
            GetLoads: self._loads,
            TimersLost: self._start_timers_again,
        }

    def on_start(self) -> None:
        """Ask the dispatcher for readiness; a predecessor may not have dealt with the last."""
        self.dispatcher.on_readiness(self.mailbox)
        self.dispatcher.readiness_handled()

    def on_receive(self, message: object) -> Any:  # noqa: ANN401  # whatever is answered
        """React to readiness and to what connections ask for."""
        react = self._reactions.get(type(message))
        if react is None:
            return super().on_receive(message)
        try:
            return react(message)
        except Exception as error:  # noqa: BLE001  # of whatever kind
            self._contain(error, self._streams.get(getattr(message, "stream", NO_STREAM)))

    def _contain(self, error: Exception, stream: Stream | None) -> None:
        """End one stream, at most, by whatever went wrong: all others depend on this actor."""
        _log.error("actor.hook_failed", actor="Socket", hook="on_receive", exc_info=error)
        if stream is not None and stream.ref in self._streams:
            self._lost(stream, Cause(CauseKind.CRASH, "socket_crash", type(error).__name__))

    def release(self) -> None:
        """Close every stream and dial."""
        self._dialer.cancel_all()
        for stream in list(self._streams.values()):
            # Whatever state a crash has left one in: the others are to be settled.
            self._guard(self._settle, stream)
            self._guard(self._release, stream)
        self._lingering.end_all()

    # Streams begin.

    def _opened(self, request: Open, opened: OpenStream) -> None:
        stream = Stream(request.stream, request.owner, opened.sock, request.spec)
        stream.last_read = self.dispatcher.clock.now()
        self._streams[stream.ref] = self._by_fd[stream.fd] = stream
        request.owner.paused = False
        request.owner.tell(Opened(stream.ref[1]))
        try:
            self._greet(stream, opened.leftover)
        except Exception as error:  # noqa: BLE001  # of whatever kind
            self._contain(error, stream)

    def _greet(self, stream: Stream, leftover: bytes) -> None:
        self._watch(stream)
        self._stalls.plan(stream.spec.timeouts.stall)
        if leftover:
            self._take_in(stream, leftover)
        if stream.secure and stream.ref in self._streams:
            # TLS may hold decrypted bytes of which no readiness will tell.
            self._read(stream)

    def _admit_later(self, host: Host, seconds: float) -> None:
        self._timers.start(("admit", host), seconds)

    def _loads(self, _message: GetLoads) -> list[Load]:
        return list(self._dialer.loads())

    def _dial_failed(self, request: Open, error: Exception) -> None:
        cause = cause_of(error, self.dispatcher.clock.time())
        self._tell_end(request.owner, request.stream, cause)

    # Streams are read.

    def _ready(self, readiness: Readiness) -> None:
        now = self.dispatcher.clock.now()
        for fd, mask in readiness.events:
            stream = self._by_fd.get(fd)
            try:
                if stream is None:
                    if not self._lingering.ready(fd):
                        self._dialer.ready(fd)
                    continue
                if mask & selectors.EVENT_READ:
                    stream.last_read = now
                    self._read(stream)
                if mask & selectors.EVENT_WRITE and stream.ref in self._streams:
                    self._flush(stream)
            except Exception as error:  # noqa: BLE001  # of whatever kind
                self._contain(error, stream)
        self.dispatcher.readiness_handled()

    def _read(self, stream: Stream) -> None:
        try:
            data = stream.receive()
        except OSError as error:
            self._lost(stream, from_exception(error))
            return
        if data:
            self._take_in(stream, data)
        elif data is not None:
            self._lost(stream, close_cause(stream, None, ""))

    def _take_in(self, stream: Stream, data: bytes) -> None:
        reader = stream.reader
        messages = reader.feed(data)
        if messages:
            stream.owner.tell(Inbound(stream.ref[1], messages))
            if stream.owner.backlog >= HIGH_WATER:
                self._pause(stream)
        elif reader.partial:
            # Of a large message on a slow line, this is the only sign of life for a while.
            stream.owner.tell(Heard(stream.ref[1]))
        if reader.controls:
            self._hear(stream)
        if reader.violation is not None and stream.ref in self._streams:
            self._violated(stream, reader.violation)

    def _hear(self, stream: Stream) -> None:
        """Treat the control frames that came in with the last bytes."""
        controls, stream.reader.controls = stream.reader.controls, []
        for control in controls:
            match control:
                case Ping(payload):
                    self._write(stream, (OPCODE_PONG, payload))
                case CloseFrame(code, reason):
                    self._say_goodbye(stream, close_payload(code))
                    self._lost(stream, close_cause(stream, said_code(code), reason))
                case _:
                    stream.owner.tell(Heard(stream.ref[1], pong=True))
            if stream.ref not in self._streams:
                return

    def _violated(self, stream: Stream, violation: Violation) -> None:
        self._say_goodbye(stream, close_payload(violation.close_code, violation.reason))
        self._lost(stream, violation_cause(violation))

    def _pause(self, stream: Stream) -> None:
        stream.paused = stream.owner.paused = True
        self._log(stream).debug("backpressure.paused", waiting=stream.owner.backlog)
        # The connection lowers its backlog before it looks at `paused`; we raise `paused` before
        # we look at the backlog again: one of the two sees the other.
        if stream.owner.backlog < HIGH_WATER:
            stream.paused = stream.owner.paused = False
        self._watch(stream)

    def _resume(self, message: ResumeReading) -> None:
        stream = self._streams.get(message.stream)
        if stream is not None:
            stream.paused = False
            self._log(stream).debug("backpressure.resumed")
            self._watch(stream)

    # Streams are written.

    def _depart(self, message: Depart) -> None:
        stream = self._streams.get(message.stream)
        if stream is None or stream.closing:
            # The connection is about to hear, or has heard, that its stream is gone.
            return
        stream.writer.add(taken_from(message.frames), counted=True)
        self._flush(stream)

    def _send(self, message: SendFrames) -> None:
        stream = self._streams.get(message.stream)
        if stream is not None and not stream.closing:
            stream.writer.add(message.frames, counted=False)
            self._flush(stream)

    def _write(self, stream: Stream, frame: tuple[int, bytes]) -> None:
        stream.writer.add((frame,), counted=False)
        self._flush(stream)

    def _flush(self, stream: Stream) -> None:
        if stream.mute:
            return
        try:
            stream.writer.flush(stream.sock)
        except OSError as error:
            self._write_failed(stream, error)
            return
        self._report(stream)
        self._watch(stream)

    def _write_failed(self, stream: Stream, error: OSError) -> None:
        """End the stream, for the reason that the server gave if one can still be read."""
        stream.mute = True
        try:
            data = stream.receive()
        except OSError:
            data = None
        if data:
            self._take_in(stream, data)
        if stream.ref in self._streams:
            self._lost(stream, from_exception(error))

    def _report(self, stream: Stream) -> None:
        written = stream.writer.written
        if written != stream.reported:
            stream.reported = written
            stream.owner.tell(Flushed(stream.ref[1], written))

    # Streams end.

    def _close(self, message: CloseStream) -> None:
        stream = self._streams.get(message.stream)
        if stream is None or stream.closing:
            return
        if message.cut:
            stream.owner.tell(TakenBack(stream.ref[1], stream.writer.take_back()))
        self._write(stream, (OPCODE_CLOSE, close_payload(message.code, message.reason)))
        stream.closing = True

    def _abort(self, message: Abort) -> None:
        stream = self._streams.get(message.stream)
        if stream is None:
            self._dialer.cancel(message.stream)
            return
        self._say_goodbye(stream, close_payload(message.code))
        self._release(stream, linger=not (stream.mute or stream.writer.pending))
        self._settle(stream)

    def _say_goodbye(self, stream: Stream, payload: bytes) -> None:
        """Write a last close frame as far as the kernel takes it: the stream ends in any case."""
        if stream.closing or stream.mute:
            return
        stream.writer.add(((OPCODE_CLOSE, payload),), counted=False)
        try:
            stream.writer.flush(stream.sock)
        except OSError:
            self._log(stream).debug("stream.goodbye_failed")

    def _lost(self, stream: Stream, cause: Cause) -> None:
        self._release(stream)
        self._settle(stream)
        stream.owner.tell(Closed(stream.ref[1], cause))

    def _settle(self, stream: Stream) -> None:
        writer = stream.writer
        stream.owner.tell(Settled(stream.ref[1], writer.written, writer.torn))

    def _tell_end(self, owner: Mailbox, ref: StreamRef, cause: Cause) -> None:
        owner.tell(Settled(ref[1], 0, torn=0))
        owner.tell(Closed(ref[1], cause))

    def _release(self, stream: Stream, *, linger: bool = False) -> None:
        """Forget a stream, and see that its server can read all that was written if it lingers."""
        del self._streams[stream.ref]
        del self._by_fd[stream.fd]
        self.dispatcher.poller.forget(stream.fd)
        if linger:
            self._lingering.add(stream)
        else:
            stream.shut()

    # Time passes.

    def _timer_fired(self, fired: TimerFired) -> None:
        if not self._timers.accepts(fired):
            return
        match fired.key:
            case ("admit", (str(), int()) as host):
                self._dialer.admit(host)
            case "linger":
                self._lingering.expire()
            case _:
                self._sweep()

    def _sweep(self) -> None:
        """End the streams that have rested in the middle of a frame for too long."""
        streams = self._streams.values()
        for stream, cause in self._stalls.find(streams, self.dispatcher.clock.now()):
            self._lost(stream, cause)
        self._stalls.plan_again(streams)

    def _start_timers_again(self, _message: TimersLost) -> None:
        self._stalls.plan_again(self._streams.values())
        self._dialer.admit_all()
        self._lingering.plan_again()

    def _log(self, stream: Stream) -> Logger:
        name, generation, _ = stream.ref
        return _log.bind(connection=name, incarnation=generation, generation=generation)

    def _watch(self, stream: Stream) -> None:
        if stream.ref not in self._streams:
            return
        mask = 0 if stream.paused else selectors.EVENT_READ
        if stream.writer.pending:
            mask |= selectors.EVENT_WRITE
        if mask != stream.mask:
            stream.mask = mask
            self.dispatcher.poller.watch(stream.fd, mask)
