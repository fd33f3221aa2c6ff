"""What is on its way between the simulated wire and its servers, and when it arrives."""

import random
from collections.abc import Callable
from math import inf

from holdfast.actors.clock import Clock

__all__ = ["Network"]

LATENCIES = (0.0, 0.0, 0.001, 0.05, 0.5)
"""Seconds that a thing may take; one is drawn for each."""


class Network:
    """Happenings, each with the time from which on it may happen.

    Args:
        clock: the time they are measured with.
        chance: what latencies and orders come from.
    """

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self.chance = chance
        self._coming: list[tuple[float, Callable[[], None]]] = []

    def later(self, happening: Callable[[], None], seconds: float | None = None) -> None:
        """Have something happen.

        Args:
            happening: what.
            seconds: from now; drawn like a latency by default.
        """
        delay = self.chance.choice(LATENCIES) if seconds is None else seconds
        self._coming.append((self._clock.now() + delay, happening))

    @property
    def next_at(self) -> float:
        """Monotonic seconds of what comes first; infinity for nothing."""
        return min((at for at, _ in self._coming), default=inf)

    @property
    def due(self) -> bool:
        """Whether something may happen now."""
        return self.next_at <= self._clock.now()

    def happen(self) -> None:
        """Let one of the things happen that are due."""
        now = self._clock.now()
        due = [index for index, (at, _) in enumerate(self._coming) if at <= now]
        self._coming.pop(self.chance.choice(due))[1]()
