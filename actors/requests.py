"""What whoever runs a fleet asks of its supervisor.

What the machine's own actors tell each other is in `holdfast.actors.messages`.
"""

from dataclasses import dataclass
from math import inf
from typing import Any

import pykka

from holdfast.actors.dispatch import Control
from holdfast.actors.spec import ConnectionSpec
from holdfast.handlers import AuthHandler

__all__ = [
    "AwaitNoMore",
    "AwaitReady",
    "GetDeadLetters",
    "GetHistory",
    "GetHosts",
    "GetStatus",
    "NewCredentials",
    "NewSpec",
    "RestartChild",
    "ResumeChild",
    "Shutdown",
    "StartChild",
    "StopChild",
    "Subscribe",
    "Unsubscribe",
    "Unwatch",
    "Watch",
]


@dataclass(frozen=True, slots=True)
class StartChild(Control):
    """Dial a connection whose slot has just been entered."""

    name: str


@dataclass(frozen=True, slots=True)
class StopChild(Control):
    """Stop a connection for good and forget it; the future is answered when it is gone."""

    name: str
    code: int = 1000
    reason: str = ""
    future: pykka.Future[bool] | None = None
    slot: int | None = None
    """The number of the slot that asks for its own end; None for whoever has the name."""


@dataclass(frozen=True, slots=True)
class RestartChild(Control):
    """Close a connection and dial it again at once, whatever it was doing."""

    name: str


@dataclass(frozen=True, slots=True)
class ResumeChild(Control):
    """End a quarantine or a backoff now; the history of failures is forgotten."""

    name: str


@dataclass(frozen=True, slots=True)
class GetStatus(Control):
    """Ask for the `ConnectionStatus` of the named connections, or of all when none is named."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GetDeadLetters(Control):
    """Ask for the dead letters that are kept, oldest first."""


@dataclass(frozen=True, slots=True)
class GetHistory(Control):
    """Ask for the transitions of a connection that are kept, oldest first."""

    name: str


@dataclass(frozen=True, slots=True)
class GetHosts(Control):
    """Ask for what is known of every host: its connections, how many are down, its outage."""


@dataclass(frozen=True, slots=True)
class NewCredentials(Control):
    """Have a connection log in by another auth handler from now on; it ends a quarantine."""

    name: str
    auth: AuthHandler


@dataclass(frozen=True, slots=True)
class NewSpec(Control):
    """Have the connection of this name be what the spec says, on a new stream."""

    spec: ConnectionSpec


@dataclass(frozen=True, slots=True)
class Watch(Control):
    """Tell an actor `Up` and `Down` of a connection from now on, and how it is now."""

    name: str
    ref: pykka.ActorRef[Any]


@dataclass(frozen=True, slots=True)
class Unwatch(Control):
    """Tell an actor no more of a connection."""

    name: str
    ref: pykka.ActorRef[Any]


@dataclass(frozen=True, slots=True)
class Subscribe(Control):
    """Tell an actor every `Transition` of every connection from now on."""

    ref: pykka.ActorRef[Any]


@dataclass(frozen=True, slots=True)
class Unsubscribe(Control):
    """Tell an actor no more transitions."""

    ref: pykka.ActorRef[Any]


@dataclass(frozen=True, slots=True)
class AwaitReady(Control):
    """Answer the future with True as soon as every named connection is ready."""

    names: frozenset[str]
    future: pykka.Future[bool]


@dataclass(frozen=True, slots=True)
class AwaitNoMore(Control):
    """Whoever waited with this future has gone."""

    future: pykka.Future[bool]


@dataclass(frozen=True, slots=True)
class Shutdown(Control):
    """Stop every connection; the future is answered when none is left."""

    future: pykka.Future[bool]
    within: float = inf
    """Seconds for the flush and the close of each."""
