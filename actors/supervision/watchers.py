"""Who watches: actors that are told of one connection's ups and downs, or of every transition."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pykka

from holdfast.handlers import Cause, Down, Phase, Transition, Up

__all__ = ["Watchers"]

Ref = pykka.ActorRef[Any]


class Watchers:
    """Tells actors; one that has died is forgotten."""

    def __init__(self) -> None:
        self._of: dict[str, list[Ref]] = {}
        self._subscribers: list[Ref] = []

    def watch(self, name: str, ref: Ref, phase: Phase, cause: Cause | None) -> None:
        """Tell an actor of a connection's ups and downs from now on, and how it is now.

        Args:
            name: of the connection.
            ref: the actor.
            phase: that the connection is in.
            cause: of its last failure.
        """
        if ref not in self._of.setdefault(name, []):
            self._of[name].append(ref)
        if phase is Phase.READY:
            _tell([ref], Up(name))
        elif cause is not None:
            _tell([ref], Down(name, cause))

    def unwatch(self, name: str, ref: Ref) -> None:
        """Tell an actor no more of a connection; one that doesn't watch it is no error."""
        with suppress(ValueError):
            self._of.get(name, []).remove(ref)
        if not self._of.get(name):
            self._of.pop(name, None)

    def subscribe(self, ref: Ref) -> None:
        """Tell an actor of every transition from now on."""
        if ref not in self._subscribers:
            self._subscribers.append(ref)

    def unsubscribe(self, ref: Ref) -> None:
        """Tell an actor no more of transitions; one that isn't subscribed is no error."""
        with suppress(ValueError):
            self._subscribers.remove(ref)

    def moved(self, transition: Transition) -> None:
        """Tell those who subscribed."""
        for dead in _tell(self._subscribers, transition):
            self.unsubscribe(dead)

    def up(self, name: str) -> None:
        """Tell those who watch a connection that it is ready."""
        self._tell_watchers(name, Up(name))

    def down(self, name: str, cause: Cause) -> None:
        """Tell those who watch a connection that it isn't."""
        self._tell_watchers(name, Down(name, cause))

    def forget(self, name: str) -> None:
        """Forget who watched a connection that is gone."""
        self._of.pop(name, None)

    def _tell_watchers(self, name: str, message: Up | Down) -> None:
        for dead in _tell(self._of.get(name, ()), message):
            self.unwatch(name, dead)


def _tell(refs: Iterable[Ref], message: object) -> list[Ref]:
    """Tell actors; return those that have died."""
    dead: list[Ref] = []
    for ref in refs:
        try:
            ref.tell(message)
        except Exception:  # noqa: BLE001  # a full or a dead mailbox of theirs must not trouble us
            if not ref.is_alive():
                dead.append(ref)
    return dead
