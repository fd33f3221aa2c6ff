"""A fleet's state as it goes over the control socket, with spans instead of monotonic times."""

from typing import Final

import msgspec

from holdfast.actors.hosts import HostStatus
from holdfast.actors.slots.ledger import Counts
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.status import ConnectionStatus
from holdfast.actors.wire.target import Target
from holdfast.handlers import AuthStatus, Cause, CauseKind, Moment, Phase

__all__ = ["BY_AN_OPERATOR", "AuthPart", "CausePart", "ConnectionView", "HostView"]


BY_AN_OPERATOR: Final = Cause(CauseKind.NORMAL, "stop_asked", "an operator stopped it")
"""Why a connection is stopped that an operator may start again."""


class CausePart(msgspec.Struct, frozen=True, kw_only=True):
    """Why a connection is down, or was the last time it was."""

    kind: str
    name: str
    detail: str

    @classmethod
    def of(cls, cause: Cause) -> "CausePart":
        """Return the view of a cause."""
        return cls(kind=cause.kind.value, name=cause.name, detail=cause.detail)


class AuthPart(msgspec.Struct, frozen=True, kw_only=True):
    """Where a connection's login stands."""

    status: str
    expires_in: float | None
    """Seconds; None when it doesn't end."""
    accepted: int
    renewed: int


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True):
    """One connection at one moment."""

    name: str
    group: str
    host: str
    phase: Phase
    since: float
    """Unix seconds at which the phase began."""
    seconds: float
    """How long it has been in it."""
    cause: CausePart | None
    rule: str | None
    auth: AuthPart
    incarnation: int
    restarts_last_hour: int
    retry_in: float | None
    """Seconds until the next attempt, while it waits for one."""
    waits_for: str | None
    ends_with: str | None
    last_data: float | None
    """Seconds since the last message came in."""
    round_trip: float | None
    """Seconds."""
    rate_in: float
    """Messages a second."""
    rate_out: float
    counts: Counts

    @classmethod
    def of(cls, status: ConnectionStatus, now: Moment) -> "ConnectionView":
        """Return the view of a status.

        Args:
            status: what the fleet tells.
            now: the moment of that.
        """
        traffic, auth = status.traffic, status.auth
        seconds = max(0.0, now.monotonic - status.since)
        return cls(
            name=status.name,
            group=status.group,
            host=status.host,
            phase=status.phase,
            since=now.unix - seconds,
            seconds=seconds,
            cause=None if status.cause is None else CausePart.of(status.cause),
            rule=status.rule,
            auth=AuthPart(
                status=auth.status.value,
                expires_in=_until(auth.expires_at, now),
                accepted=auth.accepted,
                renewed=auth.renewed,
            ),
            incarnation=status.incarnation,
            restarts_last_hour=status.restarts_last_hour,
            retry_in=_until(status.retry_at, now),
            waits_for=status.waits_for,
            ends_with=status.ends_with,
            last_data=_since(traffic.last_data, now),
            round_trip=traffic.round_trip,
            rate_in=traffic.rate_in,
            rate_out=traffic.rate_out,
            counts=status.counts,
        )

    @classmethod
    def parked(cls, spec: ConnectionSpec, since: float, now: Moment) -> "ConnectionView":
        """Return the view of a connection that an operator has stopped: the fleet has forgotten it.

        Args:
            spec: what it was, and will be.
            since: Unix seconds at which it was stopped.
            now: this moment.
        """
        return cls(
            name=spec.name,
            group=spec.group,
            host=Target.parse(spec.url).place,
            phase=Phase.STOPPED,
            since=since,
            seconds=max(0.0, now.unix - since),
            cause=CausePart.of(BY_AN_OPERATOR),
            rule=None,
            auth=AuthPart(status=AuthStatus.IDLE.value, expires_in=None, accepted=0, renewed=0),
            incarnation=0,
            restarts_last_hour=0,
            retry_in=None,
            waits_for=None,
            ends_with=None,
            last_data=None,
            round_trip=None,
            rate_in=0.0,
            rate_out=0.0,
            counts=Counts(),
        )


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """One host at one moment; the fields are those of `HostStatus`, its outage as a span."""

    host: str
    connections: int
    down: int
    dialing: int
    queued: int
    logins_queued: int
    out_for: float | None
    """Seconds that its outage has lasted; None while it is well."""
    cause: str | None
    probe: str | None
    held: int

    @classmethod
    def of(cls, status: HostStatus, now: Moment) -> "HostView":
        """Return the view of a host's status at a moment."""
        return cls(
            host=status.host,
            connections=status.connections,
            down=status.down,
            dialing=status.dialing,
            queued=status.queued,
            logins_queued=status.logins_queued,
            out_for=_since(status.outage_since, now),
            cause=status.cause,
            probe=status.probe,
            held=status.held,
        )


def _until(at: float | None, now: Moment) -> float | None:
    return None if at is None else max(0.0, at - now.monotonic)


def _since(at: float | None, now: Moment) -> float | None:
    return None if at is None else max(0.0, now.monotonic - at)
