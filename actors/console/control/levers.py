"""The levers: what an operator has connections do, and for which there was nothing to do.

One that fails leaves the others alone: what became of each is in the answer.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import pykka

from holdfast.actors import ConnectionStatus
from holdfast.actors.console.control.desk import Desk
from holdfast.actors.console.control.verb import NoOptions
from holdfast.actors.errors import ConnectionStopping, DuplicateName, UnknownConnection
from holdfast.handlers import Phase

__all__ = ["reauth", "restart", "resume", "start", "stop"]

PATIENCE: Final = 10.0
"""Seconds for all connections together to do it; the default deadlines of an end fit in."""

DOWN: Final = frozenset({Phase.BACKOFF, Phase.QUARANTINED})


Deed = Callable[[str], "pykka.Future[Any] | str | None"]
"""Acts on a connection; returns what is answered once it is done, or why there is nothing to do."""


class _Deeds:
    """What becomes of each connection: all are told before any answer is waited for.

    Args:
        desk: of the fleet.
        late: what is said of one that hasn't answered in time.
    """

    def __init__(self, desk: Desk, late: str = "it hasn't answered yet, and still will") -> None:
        self._desk = desk
        self._late = late
        self._begun: dict[str, pykka.Future[Any] | str | None] = {}

    def each(self, names: Iterable[str], act: Deed) -> "_Deeds":
        """Begin to act on connections."""
        for name in names:
            self._desk.touched.add(name)
            self._begun[name] = self._tried(name, partial(act, name))
        return self

    def told(self) -> object:
        """Wait for all that was begun, and return the answer."""
        deadline = time.monotonic() + PATIENCE
        why = {name: self._why(name, begun, deadline) for name, begun in self._begun.items()}
        return {
            "done": [name for name, text in why.items() if text is None],
            "left": [{"name": name, "why": text} for name, text in why.items() if text is not None],
        }

    def _why(self, name: str, begun: pykka.Future[Any] | str | None, deadline: float) -> str | None:
        if not isinstance(begun, pykka.Future):
            return begun
        left = max(0.0, deadline - time.monotonic())
        answer = self._tried(name, partial(begun.get, timeout=left))
        return answer if isinstance(answer, str) else None

    def _tried(self, name: str, attempt: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever it returns
        """Return what an attempt returns, or why it has failed."""
        try:
            return attempt()
        except UnknownConnection:
            return self._desk.why_absent(name)
        except pykka.Timeout:
            return self._late
        except (DuplicateName, ConnectionStopping) as error:
            # It came, or was told to go, between the look at the fleet and the act.
            return str(error)


def start(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Start connections that have stopped, or that an operator has stopped."""

    def act(name: str) -> pykka.Future[None] | str | None:
        if name not in present:
            desk.add(desk.roster[name])
            return None
        status = _look(desk, name)
        if status.phase is not Phase.STOPPED:
            return f"it is {status.phase}"
        return desk.fleet.begin_restart(name)

    with desk.composing:
        present = {spec.name for spec in desk.fleet.specs()}
        deeds = _Deeds(desk).each(desk.visible(patterns), act)
    return deeds.told()


def stop(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Stop connections, each once what it has accepted is written, and wait for their end."""

    def act(name: str) -> pykka.Future[bool] | None:
        try:
            return desk.stop(name)
        except UnknownConnection:
            return None  # it is stopped, which is all that was asked for

    with desk.composing:
        deeds = _Deeds(desk, "it hasn't ended yet, and still will")
        deeds.each(desk.visible(patterns), act)
    return deeds.told()


def restart(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Close connections and dial them again at once."""
    return _Deeds(desk).each(desk.visible(patterns), desk.fleet.begin_restart).told()


def resume(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """End the quarantine or the backoff of connections."""

    def act(name: str) -> pykka.Future[None] | str:
        phase = _look(desk, name).phase
        return desk.fleet.begin_resume(name) if phase in DOWN else f"it is {phase}"

    return _Deeds(desk).each(desk.visible(patterns), act).told()


def reauth(desk: Desk, patterns: list[str], _options: NoOptions) -> object:
    """Have connections log in anew on their open streams."""
    with_login = {spec.name for spec in desk.fleet.specs() if spec.auth is not None}

    def act(name: str) -> str | None:
        phase = _look(desk, name).phase
        if name not in with_login:
            return "it has no login"
        if phase is not Phase.READY:
            return f"it is {phase}, and logs in when it is back"
        desk.fleet.reauthenticate(name)
        return None

    return _Deeds(desk).each(desk.visible(patterns), act).told()


def _look(desk: Desk, name: str) -> ConnectionStatus:
    (status,) = desk.fleet.look([name])
    return status
