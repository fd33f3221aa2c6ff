"""What can be known of a connection from outside, as one value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, Protocol

from holdfast.actors.dispatch import Mailbox
from holdfast.actors.slots.ledger import Counts, Ledger
from holdfast.actors.slots.outbox import Outbox, waiting
from holdfast.actors.slots.vitals import Traffic, Vitals
from holdfast.actors.spec import ConnectionSpec
from holdfast.handlers import AuthState, AuthStatus, Cause, Moment, Phase, Transition
from holdfast.handlers.advice import ends_quarantine

__all__ = ["AuthView", "ConnectionStatus", "Place", "status_of"]

HOUR: Final = 3600.0
"""Seconds."""

_WITHOUT_STREAM: Final = frozenset({Phase.BACKOFF, Phase.QUARANTINED, Phase.STOPPED})


@dataclass(frozen=True, slots=True)
class AuthView:
    """A connection's authentication, without anything secret in it."""

    status: AuthStatus
    expires_at: float | None
    """Monotonic seconds; None when the credentials don't end."""
    accepted: int
    """Logins that the server took, over all incarnations."""
    renewed: int
    """Of those, how many renewed the login of an open stream."""

    @classmethod
    def of(cls, state: AuthState | None, ledger: Ledger, phase: Phase) -> "AuthView":
        """Return the view of a state; without auth, or without a stream, it is idle.

        Args:
            state: where the authentication stands, None without auth.
            ledger: what it has come to so far.
            phase: of the connection: what a dead stream had come to is over.
        """
        status = AuthStatus.IDLE if state is None else state.status
        if phase in _WITHOUT_STREAM and status is not AuthStatus.FAILED:
            status = AuthStatus.IDLE
        expires_at = None if state is None else state.expires_at
        return cls(status, expires_at, ledger.logins, ledger.renewals)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStatus:
    """One connection at one moment."""

    name: str
    group: str
    """Whose fate it shares; empty for its own."""
    host: str
    """The host and port that it goes to."""
    phase: Phase
    since: float
    """Monotonic seconds at which the phase began."""
    cause: Cause | None
    """Why it is down, or was the last time it was."""
    rule: str | None
    """The rule of the last decision about a failure."""
    auth: AuthView
    incarnation: int
    """How many connection actors it has had: 1 + its restarts."""
    restarts_last_hour: int = 0
    """How often it was started again within the last hour, as far as its history goes back."""
    retry_at: float | None = None
    """Monotonic seconds of the next attempt, while it waits for one."""
    waits_for: str | None = None
    """What holds back its next attempt besides the time; None for nothing."""
    counts: Counts
    traffic: Traffic = Traffic()

    @property
    def ends_with(self) -> str | None:
        """What would end its quarantine; None unless it is in one."""
        return ends_quarantine(self.rule) if self.phase is Phase.QUARANTINED else None

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return self.incarnation - 1


class Place(Protocol):
    """A connection's place in the fleet: its slot, or what an incarnation has taken over of it."""

    @property
    def spec(self) -> ConnectionSpec:
        """What it should be."""
        ...

    @property
    def mailbox(self) -> Mailbox:
        """What it has still to handle."""
        ...

    @property
    def outbox(self) -> Outbox:
        """What it has still to send."""
        ...

    @property
    def ledger(self) -> Ledger:
        """What became of everything else."""
        ...

    @property
    def vitals(self) -> Vitals:
        """What can be seen of its traffic."""
        ...

    @property
    def life(self) -> Sequence[Transition]:
        """Its last steps, oldest first."""
        ...

    @property
    def host(self) -> str:
        """The host and port that it goes to."""
        ...

    @property
    def incarnation(self) -> int:
        """How many actors it has had."""
        ...

    @property
    def cause(self) -> Cause | None:
        """Why the one before ended."""
        ...

    @property
    def rule(self) -> str | None:
        """The rule that was applied to that."""
        ...


def status_of(
    place: Place,
    moment: Moment,
    phase: Phase,
    since: float,
    auth: AuthState | None,
) -> ConnectionStatus:
    """Return what can be known of a connection.

    Args:
        place: where its mailbox, outbox and ledger are.
        moment: now.
        phase: of its life.
        since: monotonic seconds at which the phase began.
        auth: where its authentication stands, None without auth.
    """
    return ConnectionStatus(
        name=place.spec.name,
        phase=phase,
        since=since,
        cause=place.cause,
        rule=place.rule,
        auth=AuthView.of(auth, place.ledger, phase),
        incarnation=place.incarnation,
        restarts_last_hour=_restarts(place.life, moment.unix - HOUR),
        group=place.spec.group,
        host=place.host,
        counts=place.ledger.counts(waiting(place.outbox, place.mailbox)),
        traffic=place.vitals.traffic(moment.monotonic),
    )


def _restarts(life: Sequence[Transition], since: float) -> int:
    recent: Iterable[Transition] = takewhile(lambda step: step.time >= since, reversed(life))
    return sum(step.after is Phase.CONNECTING for step in recent)
