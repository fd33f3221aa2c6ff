"""The child slot: what the supervisor keeps of a connection while its incarnations come and go."""

import dataclasses
import random
from collections.abc import Callable
from itertools import count

import pykka

from holdfast.actors.connection import ConnectionActor
from holdfast.actors.dispatch import Mailbox
from holdfast.actors.incarnation.berth import Berth
from holdfast.actors.logs import Logger, get_logger
from holdfast.actors.messages import Flushed, Settled, StreamRef, TakenBack
from holdfast.actors.slots.fate import Fate, stronger
from holdfast.actors.slots.hidden import Hidden
from holdfast.actors.slots.ledger import Ledger, Outcome
from holdfast.actors.slots.outbox import Outbox, Send
from holdfast.actors.slots.vitals import Vitals
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.status import ConnectionStatus, status_of
from holdfast.actors.wire.target import Target
from holdfast.handlers import (
    AuthHandler,
    AuthState,
    Cause,
    CauseKind,
    Moment,
    Phase,
    Reason,
    RestartHistory,
    Transition,
)
from holdfast.handlers.lifecycle import INITIAL, Event, step
from holdfast.handlers.transition import KEPT, NO_REASON

__all__ = ["Slot", "place_of"]

TOKEN_LOST = frozenset({CauseKind.AUTH, CauseKind.TAKEN})
"""Causes after which a token is no good any more, whatever its age."""


_numbers = count(1)
_log = get_logger()


class Slot:
    """One connection's mailbox, outbox, ledger, history and place in its life.

    Args:
        spec: what the connection should be.
        now: monotonic seconds.
        source: the fleet's randomness.
        former: the stopped one that it takes the place of: counts, history and rank go on.
    """

    def __init__(
        self,
        spec: ConnectionSpec,
        now: float,
        source: random.Random,
        former: "Slot | None" = None,
    ) -> None:
        limits = spec.limits
        self.spec = spec
        self.ledger: Ledger = Ledger() if former is None else former.ledger
        self.vitals: Vitals = Vitals(self.ledger) if former is None else former.vitals
        self.host = place_of(spec)
        """The host and port that it goes to."""
        self.hidden = Hidden(spec)
        self.outbox = Outbox(self.ledger, limits.outbox, limits.window)
        self.mailbox = Mailbox(limits.mailbox, limits.overflow, self._discarded)
        self.history = RestartHistory()
        self.phase = INITIAL
        self.since = now
        self.cause: Cause | None = None
        self.rule: str | None = None
        self.auth: AuthState | None = None
        self.incarnation = 0
        self.number = next(_numbers)
        self.rank: int = self.number if former is None else former.rank
        """Its place among all that were started, for the order within its group."""
        self.stop_by: float | None = None
        """Monotonic seconds at which its incarnation is given up, if it was told to stop."""
        self.retry_at: float | None = None
        self.actor: ConnectionActor | None = None
        self.fate = Fate.OPEN
        self.waits_for: Callable[[], str] | None = None
        """Tells what holds back its next attempt besides the time."""
        self.life: list[Transition] = [] if former is None else former.life
        """Its last steps, oldest first."""
        self._dialled = self.host
        """The host that its last incarnation went to, whose a token is."""
        self._overcome: Cause | None = None
        """The last failure before the last login that the server took."""
        self._random = source

    @property
    def ready(self) -> bool:
        """Whether messages flow, and nobody has asked it to go."""
        return self.phase is Phase.READY

    @property
    def stream(self) -> StreamRef:
        """The name of the present incarnation's stream."""
        return self.spec.name, self.incarnation, self.number

    @property
    def log(self) -> Logger:
        """A logger that names its present incarnation."""
        number = self.incarnation
        return _log.bind(connection=self.spec.name, incarnation=number, generation=number)

    def stop_taking(self) -> None:
        """Refuse new messages: it was told to stop for good."""
        self.outbox.stop_taking(self.spec.name)

    def next_berth(self, moment: Moment) -> Berth:
        """Return what the next incarnation takes over."""
        self.incarnation += 1
        self.retry_at = None
        self.fate = Fate.OPEN
        self.waits_for = self.stop_by = None
        self.auth = self._next_auth(moment)
        self._dialled = self.host
        return Berth(
            spec=self.spec,
            mailbox=self.mailbox,
            outbox=self.outbox,
            ledger=self.ledger,
            vitals=self.vitals,
            life=self.life,
            host=self.host,
            hidden=self.hidden,
            incarnation=self.incarnation,
            stream=self.stream,
            auth=self.auth,
            cause=self.cause,
            rule=self.rule,
            random=self._random,
        )

    def move(self, event: Event, moment: Moment, reason: Reason = NO_REASON) -> Transition | None:
        """Go on in the life of the connection while no incarnation is there to do so."""
        return self.settle_in(step(self.phase, event), moment, reason)

    def settle_in(
        self, phase: Phase, moment: Moment, reason: Reason = NO_REASON
    ) -> Transition | None:
        """Note the phase that the connection is in.

        Args:
            phase: which.
            moment: now.
            reason: why it is in it.

        Returns:
            The step that it took; None if it was there already.
        """
        if phase is self.phase:
            return None
        step_taken = Transition(
            connection=self.spec.name,
            incarnation=self.incarnation,
            time=moment.unix,
            before=self.phase,
            after=phase,
            reason=reason,
        )
        self.phase = phase
        self.since = moment.monotonic
        if phase is Phase.READY:
            self._overcome = self.cause
        self.life.append(step_taken)
        del self.life[:-KEPT]
        return step_taken

    def destine(self, fate: Fate) -> None:
        """Say what becomes of it at the end of its incarnation, unless something stronger is."""
        self.fate = stronger(fate, self.fate)

    def change_auth(self, auth: AuthHandler | None) -> None:
        """Give it new credentials, from its next incarnation on."""
        self.spec = dataclasses.replace(self.spec, auth=auth)
        self.auth = None
        # What was refused were the old ones.
        self.history = self.history.accepted()
        self.hidden.add_credentials(self.spec)

    def change_spec(self, spec: ConnectionSpec) -> None:
        """Have it be something else from its next incarnation on, with its messages and its past.

        Args:
            spec: what it should be; with equal credentials it keeps its token, unless that is
                another host's.
        """
        auth = self.spec.auth if spec.auth == self.spec.auth else spec.auth
        changed = auth is not self.spec.auth
        self.spec = dataclasses.replace(spec, auth=auth)
        self.host = place_of(spec)
        self.mailbox.capacity = spec.limits.mailbox
        self.mailbox.overflow = spec.limits.overflow
        self.outbox.resize(spec.limits.outbox, spec.limits.window)
        if changed:
            self.change_auth(auth)
        else:
            self.hidden.add_credentials(self.spec)

    @property
    def keeps_token(self) -> bool:
        """Whether the cause of its last failure leaves its token good, and for the same host.

        A failure that a login has come after takes nothing from the token of that login.
        """
        if self._dialled != self.host:
            return False
        if self.cause is None or self.cause is self._overcome:
            return True
        return self.cause.kind not in TOKEN_LOST

    def status(self, moment: Moment, *, login_waits: bool = False) -> ConnectionStatus:
        """Return what can be known from outside at this moment.

        Args:
            moment: now.
            login_waits: whether its stream waits for its turn to log in.
        """
        status = status_of(self, moment, self.phase, self.since, self.auth)
        held = self.waits_for
        waits_for = held() if held else self._waits_in_line(login_waits=login_waits)
        return dataclasses.replace(status, retry_at=self.retry_at, waits_for=waits_for)

    def _waits_in_line(self, *, login_waits: bool) -> str | None:
        if login_waits and self.phase is Phase.AUTHENTICATING:
            return f"its place among the logins to {self.host}"
        # Read once: whoever looks isn't the supervisor, which may take the actor away meanwhile.
        actor = self.actor
        if self.phase is Phase.CONNECTING and actor is not None and not actor.dialing:
            return f"its turn among the dials to {self.host}"
        return None

    def expire(self, now: float) -> None:
        """End the messages whose time to live is over while nobody is there to send them."""
        self.outbox.expire(now)
        self.mailbox.replace_data(lambda message: self._unless_expired(message, now))

    def close(self) -> None:
        """End the mailbox, and every message that nobody will send or answer any more."""
        for envelope in self.mailbox.close():
            self._last(envelope.message)
            if envelope.reply_to is not None:
                dead = pykka.ActorDeadError(f"connection {self.spec.name!r} has stopped")
                envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))
        self.outbox.drop_all()
        self.hidden.release()

    def _last(self, message: object) -> None:
        """Take from a message that nobody will handle what it says of messages sent."""
        match message:
            case Flushed(written=written):
                self.outbox.written(written)
            case TakenBack(kept=kept):
                self.outbox.taken_back(kept)
            case Settled(written=written, torn=torn):
                self.outbox.stream_ended(written, torn=torn)
            case _:
                self._discarded(message)

    def _next_auth(self, moment: Moment) -> AuthState | None:
        handler = self.spec.auth
        if handler is None:
            return None
        if self.auth is None or self.auth.handler is not handler:
            return AuthState(
                handler=handler,
                moment=moment,
                connection=self.spec.name,
                stream_ref=self.incarnation,
                reply_timeout=self.spec.timeouts.auth,
            )
        timeout = self.spec.timeouts.auth
        renewed = self.auth.at(moment)
        if renewed.reply_timeout != timeout:
            renewed = dataclasses.replace(renewed, reply_timeout=timeout)
        return renewed.for_new_stream(self.incarnation, keep_token=self.keeps_token)

    def _discarded(self, message: object) -> None:
        if isinstance(message, Send):
            self._end(message, Outcome.DROPPED)

    def _unless_expired(self, message: object, now: float) -> object:
        if isinstance(message, Send) and message.parcel.expires_at <= now:
            self._end(message, Outcome.EXPIRED)
            return None
        return message

    def _end(self, message: Send, outcome: Outcome) -> None:
        self.ledger.settle(outcome)
        message.parcel.end(outcome)


def place_of(spec: ConnectionSpec) -> str:
    """Return the host and port that a connection goes to."""
    return Target.parse(spec.url).place
