"""What takes the lines in the end: the contract between `LineWriter` and each place they go to."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

__all__ = ["Nowhere", "Outlet", "count_lines"]


class Outlet(ABC):
    """Takes whole lines, in order. `LineWriter` calls it on its thread, where nothing else is said.

    Attributes:
        name: what people know it by, as in `standard output: No space left on device`.
        grace: seconds that it may take for what is left when the run ends.
        lost: lines that it took and that went nowhere.
    """

    name: str
    grace: ClassVar[float]
    lost: int = 0

    def open(self, wake: Callable[[], None]) -> None:
        """Get ready, on the thread that starts the writer.

        Args:
            wake: has `write` called soon, without data if there is none; any thread may call it.

        Raises:
            Problem: it can't take anything.
        """
        del wake

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Take lines, and return when they are written.

        Args:
            data: whole lines; nothing when it was woken.

        Raises:
            OSError: it takes no more from now on.
        """

    def end_by(self, deadline: float) -> None:
        """Give up in time what can't be done in time; another thread calls it.

        Args:
            deadline: when `close` should have returned, in seconds of `time.monotonic`.
        """
        del deadline

    def close(self) -> None:  # noqa: B027  # most have nothing to close
        """Finish what was written; nothing is written after it.

        Raises:
            OSError: some of what was written may not have arrived.
        """


class Nowhere(Outlet):
    """Where lines go when a handler of the user's gets the messages: there are none."""

    name = "the handler"
    grace = 0.0

    def write(self, data: bytes) -> None:
        """Take nothing."""


def count_lines(data: bytes) -> int:
    """Return how many lines end in these bytes."""
    return data.count(b"\n")
