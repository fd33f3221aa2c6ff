"""The timer actor: one heap of deadlines for the whole fleet.

Each start of a timer has a generation that is never used twice: the timer actor knows timers by it
alone. What an owner calls its timers, and which of their messages it may still believe when they
were already in its mailbox, is the owner's own business: see `holdfast.actors.timers.Timers`.
"""

import heapq
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from holdfast.actors.dispatch import Control, Dispatcher, Mailbox, Tick
from holdfast.actors.machine_actor import MachineActor

__all__ = ["CancelAll", "CancelTimer", "StartTimer", "TimerActor", "TimerFired", "TimerKey"]

COMPACT_FROM = 1024
"""Heap entries below which dead ones are left to be popped in their time."""


TimerKey = str | tuple[str, str | tuple[str, int]]
"""What an owner calls one of its timers: a word, or a word and whom it is about."""


@dataclass(frozen=True, slots=True)
class StartTimer(Control):
    """Start a timer."""

    owner: Mailbox
    """Where `TimerFired` goes."""
    key: TimerKey
    """What the owner calls it."""
    deadline: float
    """Monotonic seconds."""
    generation: int
    """Distinguishes this start from every other of the process."""
    replaces: int | None = None
    """The generation of an earlier start that this one makes void."""


@dataclass(frozen=True, slots=True)
class CancelTimer(Control):
    """Forget a timer; one that has fired or was never started is no error."""

    generation: int


@dataclass(frozen=True, slots=True)
class CancelAll(Control):
    """Forget several timers."""

    generations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TimerFired(Control):
    """A deadline has passed. The owner checks the generation before it acts."""

    key: TimerKey
    generation: int


class TimerActor(MachineActor):
    """Holds the deadlines of everybody and tells whoever asked.

    A crash loses them: whoever waits for one has to start it again.

    Args:
        dispatcher: wakes this actor with a `Tick` when the earliest deadline is due.
        mailbox: its own, which its successor takes over if it crashes.
        supervisor: hears of its crash.
    """

    role: ClassVar[str] = "timer"

    def __init__(
        self,
        dispatcher: Dispatcher,
        mailbox: Mailbox | None = None,
        supervisor: Mailbox | None = None,
    ) -> None:
        super().__init__(dispatcher, mailbox, supervisor)
        self._heap: list[tuple[float, int, TimerKey, Mailbox]] = []
        self._live = set[int]()

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
            case CancelTimer(generation):
                self._live.discard(generation)
            case CancelAll(generations):
                self._live.difference_update(generations)
            case _:
                super().on_receive(message)
                return
        self._compact()
        self.dispatcher.set_alarm(self._heap[0][0] if self._heap else inf)

    def _start(self, timer: StartTimer) -> None:
        if timer.replaces is not None:
            self._live.discard(timer.replaces)
        self._live.add(timer.generation)
        heapq.heappush(self._heap, (timer.deadline, timer.generation, timer.key, timer.owner))

    def _fire_due(self) -> None:
        now = self.dispatcher.clock.now()
        while self._heap and self._heap[0][0] <= now:
            _, generation, key, owner = heapq.heappop(self._heap)
            if generation in self._live:
                self._live.remove(generation)
                owner.tell(TimerFired(key, generation))

    def _compact(self) -> None:
        """Drop dead entries when they are half: a replaced timer leaves one behind."""
        if len(self._heap) < max(COMPACT_FROM, 2 * len(self._live)):
            return
        self._heap = [entry for entry in self._heap if entry[1] in self._live]
        heapq.heapify(self._heap)
