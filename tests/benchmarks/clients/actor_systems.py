"""Actors of both kinds that behave alike: holdfast's on a dispatcher, pykka's a thread each."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pykka

from holdfast.actors import DispatchedActor, Dispatcher
from holdfast.actors.dispatch import Mailbox

__all__ = ["MAKERS", "Count", "Latch", "Ref", "Relay"]

Ref = pykka.ActorRef[Any]


class Latch:
    """Waits until so many actors are done, on whatever threads."""

    def __init__(self, actors: int) -> None:
        self._left = actors
        self._lock = threading.Lock()
        self._done = threading.Event()

    def release(self) -> None:
        """Tell that one actor is done."""
        with self._lock:
            self._left -= 1
            if not self._left:
                self._done.set()

    def wait(self) -> None:
        """Wait for the last."""
        self._done.wait()


@dataclass(frozen=True, slots=True)
class Count:
    """Told to an actor `number` times; the last time releases the latch."""

    number: int
    latch: Latch


@dataclass(frozen=True, slots=True)
class Relay:
    """Goes round a ring of actors until no hops are left."""

    ring: Sequence[Ref]
    hops: list[int]
    """How many are left, in a list since all share it."""
    latch: Latch


class _Behaviour(pykka.Actor):
    """What an actor of either kind does."""

    seen = 0

    def on_receive(self, message: object) -> object:
        match message:
            case Count(number, latch):
                self.seen += 1
                if self.seen == number:
                    latch.release()
            case Relay(ring, hops, latch):
                hops[0] -= 1
                if hops[0] > 0:
                    ring[hops[0] % len(ring)].tell(message)
                else:
                    latch.release()
            case _:
                return message
        return None


class _Threading(_Behaviour, pykka.ThreadingActor):
    """pykka's own: a thread each."""


class _Dispatched(_Behaviour, DispatchedActor):
    """holdfast's: a few threads for all."""


def _dispatched(messages: int) -> Callable[[], Ref]:
    dispatcher = Dispatcher()
    dispatcher.start()
    return lambda: _Dispatched(dispatcher, Mailbox(capacity=messages)).launch()


def _threading(_messages: int) -> Callable[[], Ref]:
    return _Threading.start


MAKERS: Final[Mapping[str, Callable[[int], Callable[[], Ref]]]] = {
    "holdfast": _dispatched,
    "pykka": _threading,
}
"""By participant: given how many messages a mailbox must hold, a function that starts an actor."""
