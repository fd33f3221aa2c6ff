"""Who runs, owns, waits and restarts: the actors of a fleet, and what a user starts them with."""

from holdfast.actors.clock import Clock, MonotonicClock
from holdfast.actors.dispatch import DispatchedActor, Dispatcher, Overflow
from holdfast.actors.errors import (
    DuplicateName,
    FleetStopped,
    MailboxFull,
    NoSpareThread,
    NotReady,
    OutboxFull,
    UnknownConnection,
)
from holdfast.actors.fleet import Fleet
from holdfast.actors.messages import Status
from holdfast.actors.slots.dead_letter import DeadLetter
from holdfast.actors.slots.ledger import Counts, Outcome
from holdfast.actors.spec import ConnectionSpec, Heartbeat, Limits, Timeouts
from holdfast.actors.status import AuthView, ConnectionStatus
from holdfast.actors.wire.tls import TlsOptions
from holdfast.handlers import Backoff, RestartPolicy

__all__ = [
    "AuthView",
    "Backoff",
    "Clock",
    "ConnectionSpec",
    "ConnectionStatus",
    "Counts",
    "DeadLetter",
    "DispatchedActor",
    "Dispatcher",
    "DuplicateName",
    "Fleet",
    "FleetStopped",
    "Heartbeat",
    "Limits",
    "MailboxFull",
    "MonotonicClock",
    "NoSpareThread",
    "NotReady",
    "OutboxFull",
    "Outcome",
    "Overflow",
    "RestartPolicy",
    "Status",
    "Timeouts",
    "TlsOptions",
    "UnknownConnection",
]
