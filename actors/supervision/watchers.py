"""Who watches: actors that are told of one connection's ups and downs, or of every transition."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pykka

from holdfast.actors.logs import get_logger
from holdfast.handlers import Cause, Down, Phase, Transition, Up

__all__ = ["Watchers"]

Ref = pykka.ActorRef[Any]

_log = get_logger()


class _Watch:
    """Who watches one connection, and what they were told last."""

    __slots__ = ("is_up", "refs")

    def __init__(self, *, is_up: bool) -> None:
        self.refs: list[Ref] = []
        self.is_up = is_up


class Watchers:
    """Tells actors; one that has died is forgotten."""

    def __init__(self) -> None:
        self._of: dict[str, _Watch] = {}
        self._subscribers: list[Ref] = []
        self._full: set[str] = set()
        """The names of actors that took no message the last time: told of once."""

    def watch(self, name: str, ref: Ref, phase: Phase, cause: Cause | None) -> None:
        """Tell an actor of a connection's ups and downs from now on, and how it is now.

        Args:
            name: of the connection.
            ref: the actor.
            phase: that the connection is in.
            cause: of its last failure.
        """
        up = phase is Phase.READY
        watch = self._of.setdefault(name, _Watch(is_up=up))
        _forget(watch.refs, [each for each in watch.refs if not each.is_alive()])
        if ref not in watch.refs:
            watch.refs.append(ref)
        if up:
            self._tell([ref], Up(name))
        elif cause is not None:
            self._tell([ref], Down(name, cause))

    def unwatch(self, name: str, ref: Ref) -> None:
        """Tell an actor no more of a connection; one that doesn't watch it is no error."""
        watch = self._of.get(name)
        if watch is not None:
            _forget(watch.refs, [ref])
            if not watch.refs:
                del self._of[name]

    def subscribe(self, ref: Ref) -> None:
        """Tell an actor of every transition from now on."""
        if ref not in self._subscribers:
            self._subscribers.append(ref)

    def unsubscribe(self, ref: Ref) -> None:
        """Tell an actor no more of transitions; one that isn't subscribed is no error."""
        _forget(self._subscribers, [ref])

    def moved(self, transition: Transition) -> None:
        """Tell those who subscribed."""
        _forget(self._subscribers, self._tell(self._subscribers, transition))

    def up(self, name: str) -> None:
        """Tell those who watch a connection that it is ready, unless they know."""
        self._tell_change(name, Up(name), is_up=True)

    def down(self, name: str, cause: Cause) -> None:
        """Tell those who watch a connection that it isn't ready any more, unless they know."""
        self._tell_change(name, Down(name, cause), is_up=False)

    def gone(self, name: str, cause: Cause) -> None:
        """Tell those who watch a connection that it has gone for good, and forget them."""
        watch = self._of.pop(name, None)
        if watch is not None:
            self._tell(watch.refs, Down(name, cause))

    def _tell_change(self, name: str, message: Up | Down, *, is_up: bool) -> None:
        watch = self._of.get(name)
        if watch is not None and watch.is_up is not is_up:
            watch.is_up = is_up
            _forget(watch.refs, self._tell(watch.refs, message))

    def _tell(self, refs: Iterable[Ref], message: object) -> list[Ref]:
        """Tell actors; return those that have died."""
        dead: list[Ref] = []
        for ref in refs:
            try:
                ref.tell(message)
                self._full.discard(ref.actor_urn)
            except pykka.ActorDeadError:
                self._full.discard(ref.actor_urn)
                dead.append(ref)
            except Exception as error:  # noqa: BLE001  # a full mailbox must not trouble us
                self._missed(ref, message, error)
        return dead

    def _missed(self, ref: Ref, message: object, error: Exception) -> None:
        if ref.actor_urn in self._full:
            return
        self._full.add(ref.actor_urn)
        _log.warning(
            "watcher.missed",
            actor=ref.actor_class.__name__,
            type=type(message).__name__,
            error=type(error).__name__,
        )


def _forget(refs: list[Ref], gone: Iterable[Ref]) -> None:
    for ref in gone:
        with suppress(ValueError):
            refs.remove(ref)
