"""A dispatcher without threads: the next of the ready actors is drawn from a seeded chance.

It stands in for `holdfast.actors.dispatch.Dispatcher`, which promises that an actor is run by one
thread at a time, that no wake-up is lost and that the alarm rings when it is due; in which order
ready actors get their turns, and how many messages each handles, it promises nothing about. That
is what is drawn here: each seed is another order in which threads could have run.
"""

import random
from collections.abc import Callable, Generator
from contextlib import contextmanager
from math import inf
from typing import cast

from holdfast.actors.clock import Clock
from holdfast.actors.dispatch import Dispatcher, Mailbox, Tick
from holdfast.actors.dispatch.role import Question, Role, current_role, take_role
from holdfast.actors.dispatch.turn import Turn

__all__ = ["Scheduler"]

MESSAGES_A_TURN = (1, 1, 2, 32)
"""One of these is drawn for each turn: few let others come in between, many are as in real life."""


class Scheduler:
    """Runs one ready actor at a time on the calling thread.

    Args:
        clock: the time that alarms are measured with.
        chance: what all draws come from.
    """

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self.clock = clock
        self.stopped = False
        self.messages_a_turn = 1
        self.alarm = inf
        """Monotonic seconds of the one alarm; infinity for none."""
        self.ready: list[Turn] = []
        """Actors that are to have a turn."""
        self._running: Turn | None = None
        self._chance = chance
        self._alarm_mailbox: Mailbox | None = None

    # What actors ask of a dispatcher.

    @property
    def polled_at(self) -> float:
        """Monotonic seconds of the last poll: nothing is polled here, so it is now."""
        return self.clock.now()

    def schedule(self, turn: Turn) -> None:
        """Give an actor that has mail a turn, some time."""
        self.ready.append(turn)

    def on_alarm(self, mailbox: Mailbox) -> None:
        """Send a `Tick` to this mailbox whenever the alarm is due."""
        self._alarm_mailbox = mailbox

    def set_alarm(self, deadline: float) -> None:
        """Set the one alarm, in monotonic seconds; infinity for none."""
        self.alarm = deadline

    # What it is to the futures and actors that run on it.

    def runs(self, turn: object) -> bool:
        """Tell whether the calling thread is running this actor."""
        return self._running is turn

    def wait_begins(self, question: Question) -> None:
        """Refuse to wait: there is no other thread from which an answer could come.

        Raises:
            AssertionError: always.
        """
        raise AssertionError(f"{self._running} waits for {question.asked}: nobody could answer")

    def wait_ends(self) -> None:
        """Nothing to do: no wait begins."""

    # What the world does with it.

    def as_dispatcher(self) -> Dispatcher:
        """Return itself as the type that actors are written for."""
        # Actors use no more of a dispatcher than what is above; all but the socket actor, which
        # polls descriptors and isn't part of the simulation.
        return cast("Dispatcher", self)

    def draw(self) -> Turn:
        """Take one of the ready actors."""
        return self.ready.pop(self._chance.randrange(len(self.ready)))

    def run(self, turn: Turn) -> None:
        """Give an actor that was drawn its turn."""
        self.messages_a_turn = self._chance.choice(MESSAGES_A_TURN)
        with self._as_role(turn):
            more = turn.run()
        if more:
            self.schedule(turn)

    def ring(self) -> bool:
        """Tell the timer actor if the alarm is due; return whether it was."""
        if self.alarm > self.clock.now() or self._alarm_mailbox is None:
            return False
        self.alarm = inf
        self._alarm_mailbox.tell(Tick())
        return True

    @contextmanager
    def _as_role(self, turn: Turn) -> Generator[None]:
        """Have the calling thread be one of a dispatcher's for as long as a turn lasts."""
        before, self._running = current_role(), turn
        take_role(self)
        try:
            yield
        finally:
            self._running = None
            # A thread of the real dispatcher never gives its role back; a test's has to.
            cast("Callable[[Role | None], None]", take_role)(before)
