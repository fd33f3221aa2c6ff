"""The connection actor: one incarnation of one connection, from its dial to its end.

It owns the stream's phase and login, and lets failures end it: whatever goes wrong is raised,
`on_failure` tells the supervisor why, and the next incarnation finds mailbox and outbox as they
were.
"""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, ClassVar

from holdfast.actors.dispatch import Control, DispatchedActor
from holdfast.actors.incarnation.berth import Berth
from holdfast.actors.incarnation.channel import Channel
from holdfast.actors.incarnation.failure import ConnectionFailed, GivenUp, HandlerCrashed
from holdfast.actors.incarnation.line import Line
from holdfast.actors.incarnation.liveness import PING, PONG, STALE, Liveness
from holdfast.actors.incarnation.login import ANSWER, RENEWAL, TURN
from holdfast.actors.incarnation.no_login import make_login
from holdfast.actors.incarnation.parting import CLOSE, FLUSH, Parting
from holdfast.actors.incarnation.seal import autopsy, keep_unread, log_crash, log_end, take_sends
from holdfast.actors.incarnation.user_handler import NO_HANDLER, UserHandler, make_user_handler
from holdfast.actors.machine import Machine
from holdfast.actors.messages import (
    BecameStable,
    ChildFailed,
    ChildStopped,
    Closed,
    Dialing,
    Flushed,
    Heard,
    Inbound,
    Kept,
    MachineCrashed,
    Opened,
    PhaseChanged,
    RenewLogin,
    Settled,
    Status,
    Stop,
    TakenBack,
)
from holdfast.actors.slots.outbox import OutboxFull, Send
from holdfast.actors.status import ConnectionStatus, status_of
from holdfast.actors.timer import TimerFired
from holdfast.actors.timers import Timers
from holdfast.actors.wire.target import Target
from holdfast.handlers import Cause, CauseKind, Event, Phase
from holdfast.handlers.lifecycle import INITIAL, step
from holdfast.handlers.payload import encode

__all__ = ["ConnectionActor"]

GOING_AWAY, INTERNAL_ERROR = 1001, 1011
"""What the server is told when we leave, and when we crash (RFC 6455 7.4.1)."""

_STOPPED = Cause(CauseKind.NORMAL, "stopped", "it was asked to stop, or to start anew")
DIAL, STABLE = "dial", "stable"


class ConnectionActor(DispatchedActor):
    """Runs one connection until it fails or is told to stop.

    Args:
        machine: where the other actors are.
        berth: what this incarnation takes over from its slot.
    """

    def __init__(self, machine: Machine, berth: Berth) -> None:
        super().__init__(machine.dispatcher, berth.mailbox)
        spec, number = berth.spec, berth.incarnation
        self.phase = INITIAL
        self._given_up = False
        self.dialing = False
        """Whether its dial is under way, rather than waiting for its turn."""
        self.spec = spec
        self.ledger = berth.ledger
        self.clock = machine.dispatcher.clock
        self._since = self.clock.now()
        self._machine = machine
        self._berth = berth
        self._incarnation = self._generation = number
        self._was_ready = False
        self.line = Line(machine, berth)
        self.log = self.log.bind(connection=spec.name, incarnation=number, generation=number)
        self.timers = Timers(machine.timer, berth.mailbox, self.clock)
        self._parting = Parting(self.line, self.timers, self.clock, self.log)
        self._liveness = Liveness(berth, self.timers, self.line.ping, self.dispatcher)
        self._handler: UserHandler = NO_HANDLER
        self._login = make_login(berth, machine, self)

    @property
    def label(self) -> str:
        """The connection's name, for who asked it in a circle."""
        return f"connection {self.spec.name!r}"

    @property
    def kind(self) -> object:
        """The user's handler: where one of its connections blocks, the others may too."""
        return self.spec.handler

    # Its own life.

    def on_start(self) -> None:
        """Make a fresh handler for the user's side, and have the server dialled."""
        self._handler = make_user_handler(self.spec, Channel(self))
        if not self._given_up:
            self.line.dial()

    def on_receive(self, message: object) -> Any:  # noqa: ANN401  # whatever is answered
        """React by the type of the message; what isn't the machine's is the user's."""
        react = self._REACTIONS.get(type(message))
        if react is None:
            asked = self.handled is not None and self.handled.reply_to is not None
            return self._handler.receive(message, asked=asked)
        try:
            return react(self, message)
        except GivenUp:
            return None

    def on_stop(self) -> None:
        """Leave nothing behind, and tell the supervisor."""
        self._keep_unread(())
        self._leave(GOING_AWAY)
        self._tell_down(_STOPPED)
        self.log.info("connection.stopped")
        self.tell_supervisor(ChildStopped(self.spec.name, self._incarnation))

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Save what the next incarnation needs, and tell the supervisor why this one ended."""
        del exception_type, traceback
        if self._given_up:
            return
        handled = None if self.handled is None else self.handled.message
        cause, dead_letters, rest = autopsy(exception_value, handled)
        self._keep_unread(rest)
        self._leave(INTERNAL_ERROR if cause.kind is CauseKind.CRASH else GOING_AWAY)
        log_end(self.log, self.phase, cause, exception_value)
        self._tell_down(cause)
        name, auth = self.spec.name, self._login.state
        self.tell_supervisor(ChildFailed(name, self._incarnation, cause, auth, dead_letters))

    def on_end(self) -> None:
        """Leave the mailbox to the next incarnation: it is the slot's, not this actor's."""
        self.mailbox.detach(self)

    def give_up(self) -> None:
        """Have what it still does be of no consequence: it holds its thread for too long.

        The supervisor calls it, on its own thread.
        """
        self._given_up = True
        self._login.withdraw()
        self.line.hang_up()
        self.mailbox.detach(self)
        self._keep_unread([*self._handler.take_rest(), *self._login.take_rest()])

    def sends_here(self) -> bool:
        """Tell whether the calling thread may use the outbox: others go through the mailbox."""
        return self.runs_here() and not self._given_up

    def tell_supervisor(self, message: Control) -> None:
        """Send the supervisor a message, unless it has given this incarnation up."""
        if not self._given_up:
            self._machine.supervisor.tell(message)

    def _keep_unread(self, rest: Sequence[str | bytes]) -> None:
        """Keep what waits for the next incarnation, and what stood behind the last message."""
        envelope = self.handled
        if not self._was_ready and not (envelope and isinstance(envelope.message, Kept)):
            rest = ()
        dropped = keep_unread(
            self.mailbox,
            self._generation,
            rest,
            was_ready=self._was_ready,
            answer_due=self._login.pending,
        )
        self.ledger.stale += dropped

    def _tell_down(self, cause: Cause) -> None:
        """Tell the user before the supervisor, so that no successor's first call overtakes it."""
        try:
            self._handler.down(cause)
        except HandlerCrashed as crash:
            log_crash(self.log, crash.method, crash.__cause__)

    def _leave(self, code: int) -> None:
        self.timers.cancel_all()
        self._login.withdraw()
        self._berth.vitals.end()
        self.line.abort(code)

    def _step(self, event: Event) -> None:
        self.phase = step(self.phase, event)
        self._since = self.clock.now()
        self._report()

    def _report(self) -> None:
        auth = self._login.state
        self.tell_supervisor(PhaseChanged(self.spec.name, self._incarnation, self.phase, auth))

    def _status(self, _message: Status) -> ConnectionStatus:
        now = self.clock.moment()
        return status_of(self._berth, now, self.phase, self._since, self._login.state)

    def _is_stale(self, generation: int) -> bool:
        if generation == self._generation:
            return False
        self.ledger.stale += 1
        self.log.debug("stale.dropped", of=generation)
        return True

    # The stream begins: open, logged in, ready.

    def _dialing(self, message: Dialing) -> None:
        if not self._is_stale(message.generation) and self.phase is Phase.CONNECTING:
            self.dialing = True
            self.timers.start(DIAL, self.spec.timeouts.dial)
            self.log.info("connection.dialing", server=Target.parse(self.spec.url).authority)

    def _dial_is_late(self) -> None:
        detail = f"no open stream within {self.spec.timeouts.dial:g} s"
        raise ConnectionFailed(Cause(CauseKind.NETWORK, "dial_timeout", detail))

    def _opened(self, message: Opened) -> None:
        if self._is_stale(message.generation) or self.phase is not Phase.CONNECTING:
            return
        self.timers.cancel(DIAL)
        self.log.info("connection.opened")
        self._step(Event.OPENED)
        self._login.begin()

    def logged_in(self) -> None:
        """Go on, now that the server took the credentials: to be ready, or as before."""
        if self.phase is Phase.AUTHENTICATING:
            self._get_ready()
        else:
            self._report()

    def _get_ready(self) -> None:
        """Subscribe, let out what waited, and tell the user: in this order, always."""
        frames = [encode(subscription) for subscription in self.spec.subscriptions]
        if frames:
            self.line.write(*((frame.opcode, frame.data) for frame in frames))
        self._step(Event.ACCEPTED)
        self._was_ready = True
        self.log.info("connection.ready", subscriptions=len(frames))
        self._queue_sends()
        self.line.open()
        self._liveness.start(self._berth.random.random())
        self.timers.start(STABLE, self.spec.restart.stable_after)
        self._handler.ready()

    def _became_stable(self) -> None:
        self.tell_supervisor(BecameStable(self.spec.name, self._incarnation))

    def _renew_login(self, _message: RenewLogin) -> None:
        if self.phase is Phase.READY:
            self._login.renew()

    # Messages come in.

    def _inbound(self, message: Inbound) -> None:
        if self._is_stale(message.generation):
            return
        messages = message.messages
        self._liveness.data()
        self.ledger.received += len(messages)
        if self._login.pending:
            messages = self._login.read(messages)
        self.deliver(messages)
        if self.mailbox.paused:
            self.line.drained()

    def deliver(self, messages: list[str | bytes]) -> None:
        """Hand messages to the user's handler.

        Raises:
            HandlerCrashed: one of them wasn't taken.
        """
        if messages:
            self._handler.deliver(messages)
        self.check_given_up()

    def check_given_up(self) -> None:
        """Return from code of the user's to nothing, if this incarnation was given up meanwhile.

        Raises:
            GivenUp: it was.
        """
        if self._given_up:
            raise GivenUp

    def _kept(self, message: Kept) -> None:
        messages = message.messages
        if message.answer_due:
            messages = self._login.without_answers(messages)
        self.deliver(messages)

    # Messages go out.

    def _queue_sends(self) -> None:
        for queued in take_sends(self.mailbox):
            self._send(queued)

    def _send(self, message: Send) -> None:
        try:
            self.line.send(message.parcel)
        except OutboxFull:
            self.log.warning("send.refused", waiting=len(self._berth.outbox.waiting))

    def _flushed(self, message: Flushed) -> None:
        self.line.flushed(message)
        self._parting.go_on()

    def _settled(self, message: Settled) -> None:
        self.line.settled(message)

    # Time passes.

    def _timer_fired(self, message: TimerFired) -> None:
        if self.timers.accepts(message):
            self._TIMERS[str(message.key)](self)
        else:
            self.ledger.stale += 1

    def _heard(self, message: Heard) -> None:
        if not self._is_stale(message.generation):
            self._liveness.hear(pong=message.pong)

    # The stream ends.

    def _closed(self, message: Closed) -> None:
        if self._is_stale(message.generation):
            return
        if self.phase is not Phase.CLOSING:
            raise ConnectionFailed(message.cause)
        self._stop()

    def _machine_crashed(self, message: MachineCrashed) -> None:
        if message.incarnation != self._incarnation:
            return
        if self.phase is not Phase.CLOSING:
            raise ConnectionFailed(message.cause)
        self._stop()

    def _stop_asked(self, message: Stop) -> None:
        if message.incarnation != self._incarnation:
            return
        if self.phase is Phase.CLOSING:
            self._parting.hurry(message)
            return
        dialling = self.phase is Phase.CONNECTING
        self.timers.cancel_all()
        self._step(Event.CLOSE)
        if dialling:
            self._stop()
            return
        if message.flush is not None and self.line.is_open:
            self._queue_sends()
        self._parting.begin(message)

    _REACTIONS: ClassVar[dict[type, Callable[["ConnectionActor", Any], Any]]] = {
        Inbound: _inbound,
        Send: _send,
        Flushed: _flushed,
        TimerFired: _timer_fired,
        Heard: _heard,
        Kept: _kept,
        Dialing: _dialing,
        Opened: _opened,
        TakenBack: lambda self, message: self.line.outbox.taken_back(message.kept),
        Settled: _settled,
        Closed: _closed,
        Stop: _stop_asked,
        MachineCrashed: _machine_crashed,
        RenewLogin: _renew_login,
        Status: _status,
    }
    """What a connection does about each message of the machine."""

    _TIMERS: ClassVar[dict[str, Callable[["ConnectionActor"], None]]] = {
        DIAL: _dial_is_late,
        ANSWER: lambda self: self._login.answer_is_late(),
        RENEWAL: lambda self: self._login.check(),
        TURN: lambda self: self._login.turn_has_come(),
        PING: lambda self: self._liveness.beat(),
        PONG: lambda self: self._liveness.check_pong(paused=self.mailbox.paused),
        STALE: lambda self: self._liveness.check_stale(unread=self.mailbox.backlog > 0),
        STABLE: _became_stable,
        FLUSH: lambda self: self._parting.flush_is_late(),
        CLOSE: lambda self: self._stop(),
    }
    """What a connection does when each of its timers fires."""
