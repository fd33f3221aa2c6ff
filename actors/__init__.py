"""Who runs, owns, waits and restarts: the actors of a fleet, and what a user starts them with.

A name is imported when it is first used (PEP 562): `holdfast --help` needs none of them, and a
Ctrl-C in the first moments finds little under way.
"""

import importlib
import typing

if typing.TYPE_CHECKING:
    from holdfast.actors.clock import Clock, MonotonicClock
    from holdfast.actors.dispatch import DispatchedActor, Dispatcher, Overflow
    from holdfast.actors.errors import (
        ConnectionStopping,
        DuplicateName,
        FleetStopped,
        MailboxFull,
        NoSpareThread,
        NotReady,
        OutboxFull,
        TooManyConnections,
        UnknownConnection,
        UnknownGroup,
    )
    from holdfast.actors.fleet import Fleet
    from holdfast.actors.hosts import HostStatus
    from holdfast.actors.messages import Status
    from holdfast.actors.slots.dead_letter import DeadLetter
    from holdfast.actors.slots.ledger import Counts, Outcome
    from holdfast.actors.spec import ConnectionSpec, Heartbeat, Limits, Timeouts
    from holdfast.actors.status import AuthView, ConnectionStatus
    from holdfast.actors.wire.tls import TlsOptions
    from holdfast.handlers import (
        Backoff,
        Governor,
        Group,
        HostLimits,
        OutagePolicy,
        RestartPolicy,
    )

__all__ = [
    "AuthView",
    "Backoff",
    "Clock",
    "ConnectionSpec",
    "ConnectionStatus",
    "ConnectionStopping",
    "Counts",
    "DeadLetter",
    "DispatchedActor",
    "Dispatcher",
    "DuplicateName",
    "Fleet",
    "FleetStopped",
    "Governor",
    "Group",
    "Heartbeat",
    "HostLimits",
    "HostStatus",
    "Limits",
    "MailboxFull",
    "MonotonicClock",
    "NoSpareThread",
    "NotReady",
    "OutagePolicy",
    "OutboxFull",
    "Outcome",
    "Overflow",
    "RestartPolicy",
    "Status",
    "Timeouts",
    "TlsOptions",
    "TooManyConnections",
    "UnknownConnection",
    "UnknownGroup",
]

_HOMES = {
    "clock": ("Clock", "MonotonicClock"),
    "dispatch": ("DispatchedActor", "Dispatcher", "Overflow"),
    "errors": (
        "ConnectionStopping",
        "DuplicateName",
        "FleetStopped",
        "MailboxFull",
        "NoSpareThread",
        "NotReady",
        "OutboxFull",
        "TooManyConnections",
        "UnknownConnection",
        "UnknownGroup",
    ),
    "fleet": ("Fleet",),
    "hosts": ("HostStatus",),
    "messages": ("Status",),
    "slots.dead_letter": ("DeadLetter",),
    "slots.ledger": ("Counts", "Outcome"),
    "spec": ("ConnectionSpec", "Heartbeat", "Limits", "Timeouts"),
    "status": ("AuthView", "ConnectionStatus"),
    "wire.tls": ("TlsOptions",),
}
_HOME_OF = {
    name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names
} | dict.fromkeys(
    ("Backoff", "Governor", "Group", "HostLimits", "OutagePolicy", "RestartPolicy"),
    "holdfast.handlers",
)


def __getattr__(name: str) -> typing.Any:  # noqa: ANN401  # whatever is named
    """Import a name of `__all__` from its home, once."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOME_OF[name]), name)
    return value


def __dir__() -> list[str]:
    """Return the names that can be imported."""
    return __all__
