"""Actors of both kinds that behave alike: holdfast's on a dispatcher, pykka's a thread each."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pykka

from holdfast.actors import DispatchedActor, Dispatcher
from holdfast.actors.dispatch import Mailbox

__all__ = ["MAKERS", "TICK", "Begin", "Latch", "Ref"]

Ref = pykka.ActorRef[Any]

TICK: Final = "tick"
"""Counted by whoever is told it. A number is told on, one less, to the next actor of the ring."""


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
class Begin:
    """Get ready: for so many ticks, and for numbers from the ring."""

    ticks: int
    latch: Latch
    """Released after the last tick, and by whoever is told the number 0."""
    next: Ref


class _Behaviour(pykka.Actor):
    """What an actor of either kind does; as little as it can."""

    left = 0
    latch: Latch
    next: Ref

    def on_receive(self, message: object) -> object:
        if message is TICK:
            self.left -= 1
            if not self.left:
                self.latch.release()
            return None
        return self._others(message)

    def _others(self, message: object) -> object:
        match message:
            case int():
                if message:
                    self.next.tell(message - 1)
                else:
                    self.latch.release()
            case Begin():
                self.left, self.latch, self.next = message.ticks, message.latch, message.next
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
