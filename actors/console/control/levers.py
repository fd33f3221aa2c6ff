"""The levers: what an operator has connections do, and for which there was nothing to do.

One that fails leaves the others alone: what became of each is in the answer.
"""

import time
from collections.abc import Callable, Iterable
from typing import Final

import pykka

from holdfast.actors import ConnectionStatus
from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.selection import select
from holdfast.actors.console.control.verb import NoOptions
from holdfast.actors.errors import DuplicateName, UnknownConnection
from holdfast.handlers import Phase

__all__ = ["reauth", "restart", "resume", "start", "stop"]

PATIENCE: Final = 10.0
"""Seconds for connections to end; the default deadlines fit in."""

DOWN: Final = frozenset({Phase.BACKOFF, Phase.QUARANTINED})


class _Deeds:
    """What became of each connection."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.done: list[str] = []
        self.left: list[dict[str, str]] = []

    def leave(self, name: str, why: str) -> None:
        """Note that nothing was done about one."""
        self.left.append({"name": name, "why": why})

    def each(self, names: Iterable[str], act: Callable[[str], str | None]) -> "_Deeds":
        """Act on connections; the act returns why there was nothing to do."""
        for name in names:
            self._desk.touched.add(name)
            try:
                why = act(name)
            except (UnknownConnection, DuplicateName, pykka.ActorDeadError) as error:
                # It went, or came, between the look at the fleet and the act.
                why = str(error)
            if why is None:
                self.done.append(name)
            else:
                self.leave(name, why)
        return self

    def told(self) -> object:
        """Return the answer."""
        return {"done": self.done, "left": self.left}


def start(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Start connections that have stopped, or that an operator has stopped."""

    def act(name: str) -> str | None:
        if name not in present:
            desk.add(desk.roster[name])
            return None
        status = _look(desk, name)
        if status.phase is not Phase.STOPPED:
            return f"it is {status.phase}"
        desk.fleet.restart(name)
        return None

    with desk.composing:
        present = {spec.name for spec in desk.fleet.specs()}
        return _Deeds(desk).each(select(patterns, desk.known()), act).told()


def stop(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Stop connections, each once what it has accepted is written, and wait for their end."""
    ends: dict[str, pykka.Future[bool]] = {}

    def act(name: str) -> None:
        ends[name] = desk.stop(name)

    with desk.composing:
        deeds = _Deeds(desk).each(desk.present(patterns), act)
    deadline = time.monotonic() + PATIENCE
    for name, end in ends.items():
        try:
            end.get(timeout=max(0.0, deadline - time.monotonic()))
        except pykka.Timeout:
            deeds.done.remove(name)
            deeds.leave(name, "it hasn't ended yet, and still will")
    return deeds.told()


def restart(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Close connections and dial them again at once."""

    def act(name: str) -> None:
        desk.fleet.restart(name)

    return _Deeds(desk).each(desk.present(patterns), act).told()


def resume(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """End the quarantine or the backoff of connections."""

    def act(name: str) -> str | None:
        phase = _look(desk, name).phase
        if phase not in DOWN:
            return f"it is {phase}"
        desk.fleet.resume(name)
        return None

    return _Deeds(desk).each(desk.present(patterns), act).told()


def reauth(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Have connections log in anew on their open streams."""
    with_login = {spec.name for spec in desk.fleet.specs() if spec.auth is not None}

    def act(name: str) -> str | None:
        if name not in with_login:
            return "it has no login"
        phase = _look(desk, name).phase
        if phase is not Phase.READY:
            return f"it is {phase}, and logs in when it is back"
        desk.fleet.reauthenticate(name)
        return None

    return _Deeds(desk).each(desk.present(patterns), act).told()


def _look(desk: Desk, name: str) -> ConnectionStatus:
    (status,) = desk.fleet.look([name])
    return status
