"""The timer actor: one heap of deadlines for the whole fleet.

A timer is keyed by its owner's mailbox and a key. Starting a key again replaces it. Each start has
a generation that is never used twice, so an owner can tell a timer that was cancelled or replaced
while its message was already in the mailbox: see `holdfast.actors.timers.Timers`.
"""

import heapq
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from holdfast.actors.dispatch import Control, DispatchedActor, Dispatcher, Mailbox, Tick

__all__ = ["CancelAll", "CancelTimer", "StartTimer", "TimerActor", "TimerFired", "TimerKey"]

COMPACT_FROM = 1024
"""Heap entries below which dead ones are left to be popped in their time."""


TimerKey = str | tuple[str, str]
"""What an owner calls one of its timers: a word, or a word and whom it is about."""


@dataclass(frozen=True, slots=True)
class StartTimer(Control):
    """Start a timer, or replace the one of the same owner and key."""

    owner: Mailbox
    """Where `TimerFired` goes."""
    key: TimerKey
    """What the owner calls it."""
    deadline: float
    """Monotonic seconds."""
    generation: int
    """Distinguishes this start from every other of the process."""


@dataclass(frozen=True, slots=True)
class CancelTimer(Control):
    """Forget a timer; one that has fired or was never started is no error."""

    owner: Mailbox
    key: TimerKey


@dataclass(frozen=True, slots=True)
class CancelAll(Control):
    """Forget every timer of an owner."""

    owner: Mailbox


@dataclass(frozen=True, slots=True)
class TimerFired(Control):
    """A deadline has passed. The owner checks the generation before it acts."""

    key: TimerKey
    generation: int


class TimerActor(DispatchedActor):
    """Holds the deadlines of everybody and tells whoever asked.

    Args:
        dispatcher: wakes this actor with a `Tick` when the earliest deadline is due.
    """

    system: ClassVar[bool] = True

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__(dispatcher)
        self._heap: list[tuple[float, int, Mailbox, TimerKey]] = []
        self._live: dict[Mailbox, dict[TimerKey, int]] = {}
        self._count = 0

    def on_start(self) -> None:
        """Ask the dispatcher for its alarm."""
        self.dispatcher.on_alarm(self.mailbox)

    def on_receive(self, message: object) -> None:
        """Start, cancel, or fire what is due."""
        match message:
            case StartTimer():
                self._start(message)
            case Tick():
                self._fire_due()
            case CancelTimer(owner, key):
                self._cancel(owner, key)
            case CancelAll(owner):
                self._count -= len(self._live.pop(owner, ()))
            case _:
                super().on_receive(message)
                return
        self._compact()
        self.dispatcher.set_alarm(self._heap[0][0] if self._heap else inf)

    def _start(self, timer: StartTimer) -> None:
        keys = self._live.setdefault(timer.owner, {})
        self._count += timer.key not in keys
        keys[timer.key] = timer.generation
        heapq.heappush(self._heap, (timer.deadline, timer.generation, timer.owner, timer.key))

    def _cancel(self, owner: Mailbox, key: TimerKey) -> None:
        keys = self._live.get(owner)
        if keys is None or keys.pop(key, None) is None:
            return
        self._count -= 1
        if not keys:
            del self._live[owner]

    def _fire_due(self) -> None:
        now = self.dispatcher.clock.now()
        while self._heap and self._heap[0][0] <= now:
            _, generation, owner, key = heapq.heappop(self._heap)
            if self._is_live(owner, key, generation):
                self._cancel(owner, key)
                owner.tell(TimerFired(key, generation))

    def _is_live(self, owner: Mailbox, key: TimerKey, generation: int) -> bool:
        return self._live.get(owner, {}).get(key) == generation

    def _compact(self) -> None:
        """Drop dead entries when they are more than half: a replaced timer leaves one behind."""
        if len(self._heap) < max(COMPACT_FROM, 2 * self._count):
            return
        self._heap = [entry for entry in self._heap if self._is_live(entry[2], entry[3], entry[1])]
        heapq.heapify(self._heap)
