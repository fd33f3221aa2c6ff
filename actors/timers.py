"""An actor's own view of its timers: what it started, and which message it may still believe."""

from itertools import count

from holdfast.actors.clock import Clock
from holdfast.actors.dispatch import Mailbox
from holdfast.actors.timer import CancelAll, CancelTimer, StartTimer, TimerFired, TimerKey

__all__ = ["Timers"]

_generations = count(1)


class Timers:
    """Starts and cancels the timers of one incarnation of one actor.

    Args:
        timer: the timer actor's mailbox.
        owner: the mailbox that hears `TimerFired`.
        clock: the time that deadlines are counted in.
    """

    __slots__ = ("_clock", "_generations", "_owner", "_timer")

    def __init__(self, timer: Mailbox, owner: Mailbox, clock: Clock) -> None:
        self._timer = timer
        self._owner = owner
        self._clock = clock
        self._generations: dict[TimerKey, int] = {}

    def start(self, key: TimerKey, seconds: float) -> None:
        """Start a timer, or start it anew if it is running."""
        generation = next(_generations)
        replaces = self._generations.get(key)
        self._generations[key] = generation
        deadline = self._clock.now() + seconds
        self._timer.tell(StartTimer(self._owner, key, deadline, generation, replaces))

    def cancel(self, key: TimerKey) -> None:
        """Cancel a timer: its message is not accepted any more, even if it waits already."""
        generation = self._generations.pop(key, None)
        if generation is not None:
            self._timer.tell(CancelTimer(generation))

    def cancel_all(self) -> None:
        """Cancel every timer."""
        if self._generations:
            generations = tuple(self._generations.values())
            self._generations.clear()
            self._timer.tell(CancelAll(generations))

    def accepts(self, fired: TimerFired) -> bool:
        """Tell whether a fired timer is the one last started under its key, and take it as seen."""
        if self._generations.get(fired.key) != fired.generation:
            return False
        del self._generations[fired.key]
        return True

    def running(self, key: TimerKey) -> bool:
        """Tell whether a timer was started and has neither fired nor been cancelled."""
        return key in self._generations
