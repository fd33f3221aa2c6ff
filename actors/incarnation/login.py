"""The login of one stream: asks the message handlers what to do, and does it.

`holdfast.handlers` decides what a message means for authentication and returns effects; this
carries them out with the connection's timers and its stream.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final, Protocol

from holdfast.actors.incarnation.berth import Berth
from holdfast.actors.incarnation.failure import ConnectionFailed, HandlerCrashed
from holdfast.actors.logs import Logger
from holdfast.actors.machine import Machine
from holdfast.actors.messages import SendFrames
from holdfast.actors.timers import Timers
from holdfast.actors.wire.target import Target
from holdfast.handlers import AuthState, AuthStatus, Cause, CauseKind
from holdfast.handlers.auth.flow import is_answer
from holdfast.handlers.effects import Accepted, AwaitAnswer, Deliver, Effect, Fail, RenewIn
from holdfast.handlers.messages import (
    Authenticate,
    AuthResponse,
    CheckReauthentication,
    Reauthenticate,
)
from holdfast.handlers.payload import FrameType
from holdfast.handlers.table import AUTH_HANDLERS

__all__ = ["ANSWER", "RENEWAL", "TURN", "Login", "LoginHost"]

ANSWER: Final = "answer"
"""The timer that an answer has to beat."""
RENEWAL: Final = "renewal"
"""The timer of the next look at the credentials' age."""
TURN: Final = "turn"
"""The timer of a login that waits for its place in the pace of its host."""

OPCODES: Final[dict[FrameType, int]] = {"text": 1, "binary": 2}


class LoginHost(Protocol):
    """The connection that a login is for."""

    @property
    def timers(self) -> Timers:
        """Its timers, of which `ANSWER` and `RENEWAL` are the login's."""
        ...

    @property
    def log(self) -> Logger:
        """Its logger."""
        ...

    def logged_in(self) -> None:
        """Go on: the server took the credentials."""
        ...

    def deliver(self, messages: list[str | bytes]) -> None:
        """Hand messages that were no answers to the user's handler."""
        ...

    def check_given_up(self) -> None:
        """Return nowhere if the connection was given up while the auth handler took its time."""
        ...


class Login:
    """Authenticates one stream, and renews that while it is open.

    Args:
        state: where the authentication stands.
        berth: the connection's place.
        machine: where the socket actor is.
        host: the connection.
    """

    def __init__(self, state: AuthState, berth: Berth, machine: Machine, host: LoginHost) -> None:
        self.state = state
        self._host = host
        self._rest: Iterator[str | bytes] = iter(())
        self._timers = host.timers
        self._log = host.log
        self._stream = berth.stream
        self._ledger = berth.ledger
        self._hidden = berth.hidden
        self._random = berth.random.random
        self._socket = machine.socket
        self._clock = machine.dispatcher.clock
        self._gate = machine.logins
        self._host_name = Target.parse(berth.spec.url).host
        self._queued: Callable[[], object] | None = None

    @property
    def pending(self) -> bool:
        """Whether an attempt is in flight, so that what comes in may be its answer."""
        return self.state.status is AuthStatus.AUTHENTICATING

    def begin(self) -> None:
        """Log in: the stream is open."""
        self._in_turn(lambda: Authenticate(self._clock.moment()))

    def check(self) -> None:
        """Renew if it is time: the renewal timer fired."""
        self._in_turn(lambda: CheckReauthentication(self._clock.moment(), self._random()))

    def renew(self) -> None:
        """Renew now: somebody asked for it."""
        self._in_turn(lambda: Reauthenticate(self._clock.moment()))

    def turn_has_come(self) -> None:
        """Send what waited for its place: the timer `TURN` fired."""
        make, self._queued = self._queued, None
        if make is not None:
            self._in_turn(make)

    def withdraw(self) -> None:
        """Leave the line: the stream is over."""
        self._gate.withdraw(self._host_name, self._stream)

    def read(self, messages: list[str | bytes]) -> list[str | bytes]:
        """Read messages as answers until one is; return those behind it.

        Raises:
            ConnectionFailed: the answer was no.
            HandlerCrashed: a message that was no answer crashed the user's handler.
        """
        rest = self._rest = iter(messages)
        for message in rest:
            try:
                self._decide(AuthResponse(message, self._clock.moment(), self._random()))
            except (HandlerCrashed, ConnectionFailed) as end:
                end.rest.extend(rest)
                raise
            if not self.pending:
                break
        return list(rest)

    def without_answers(self, messages: list[str | bytes]) -> list[str | bytes]:
        """Leave out what answers the login of a stream that is gone: it is nobody's any more.

        Args:
            messages: received by an earlier incarnation while its login was in flight.
        """
        asked = self.state.at(self._clock.moment()).authenticating()
        kept = [message for message in messages if not is_answer(message, asked)]
        self._ledger.stale += len(messages) - len(kept)
        return kept

    def take_rest(self) -> list[str | bytes]:
        """Take away what `read` hasn't got to, on another thread: it stops there."""
        return list(self._rest)

    def answer_is_late(self) -> None:
        """Fail: the timer `ANSWER` was faster than the server.

        Raises:
            ConnectionFailed: always.
        """
        detail = f"no answer to the login within {self.state.reply_timeout:g} s"
        raise ConnectionFailed(Cause(CauseKind.NETWORK, "auth_timeout", detail))

    def _in_turn(self, make: Callable[[], object]) -> None:
        """Decide about a message when the host bears one more login; a later one replaces it."""
        if self._queued is not None:
            # It has its place already.
            self._queued = make
            return
        renewal = self.state.status is AuthStatus.AUTHENTICATED
        wait = self._gate.ask(self._host_name, self._stream, self._clock.now(), first=renewal)
        if wait <= 0:
            self._decide(make())
            return
        self._queued = make
        self._log.debug("auth.queued", delay=wait)
        self._timers.start(TURN, wait)

    def _decide(self, message: object) -> None:
        handle = AUTH_HANDLERS[type(message)]
        try:
            self.state, effects = handle(message, self.state, self._send_frame)
        except BaseException as error:
            # The flow makes a result of what an auth handler raises, but for `SystemExit` and its
            # like.
            raise HandlerCrashed("the auth handler") from error
        self._host.check_given_up()
        for effect in effects:
            self._EFFECTS[type(effect)](self, effect)

    def _send_frame(
        self, _connection: object, frame_type: FrameType, data: bytes, stream_ref: int
    ) -> str | None:
        generation = self._stream[1]
        if stream_ref != generation:
            return f"meant for stream {stream_ref}, but the open one is {generation}"
        self._hidden.add_login(data)
        frames = ((OPCODES[frame_type], data),)
        self._socket.tell(SendFrames(self._stream, frames))
        return None

    def _await_answer(self, effect: AwaitAnswer) -> None:
        if self.state.acceptances:
            self._log.info("auth.renewal_started")
        self._log.info("auth.sent", deadline=effect.seconds)
        self._timers.start(ANSWER, effect.seconds)

    def _accepted(self, effect: Accepted) -> None:
        self._timers.cancel(ANSWER)
        if self.state.token is not None:
            self._hidden.add((self.state.token,))
        self._ledger.logins += 1
        self._ledger.renewals += effect.renewal
        self._log.info("auth.accepted", renewal=effect.renewal)
        if effect.renew_in is not None:
            self._renew_in(RenewIn(effect.renew_in))
        self._host.logged_in()

    def _renew_in(self, effect: RenewIn) -> None:
        self._log.info("auth.renewal_scheduled", delay=effect.seconds)
        self._timers.start(RENEWAL, effect.seconds)

    def _fail(self, effect: Fail) -> None:
        if effect.cause.kind is CauseKind.AUTH:
            self._log.warning("auth.rejected", reason=effect.cause.detail)
        raise ConnectionFailed(effect.cause)

    def _deliver(self, effect: Deliver) -> None:
        self._host.deliver([effect.message])

    _EFFECTS: ClassVar[dict[type[Effect], Callable[["Login", Any], None]]] = {
        AwaitAnswer: _await_answer,
        Accepted: _accepted,
        RenewIn: _renew_in,
        Deliver: _deliver,
        Fail: _fail,
    }
    """What a login does about each effect that a message handler wants."""
