"""The desk: what the operators of a running fleet share, whichever of them asks."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from holdfast.actors import ConnectionSpec, Fleet
from holdfast.actors.console.control.selection import select

__all__ = ["Desk"]


class Desk:
    """A fleet, what it should be made of, and how to end it; any thread may use it.

    Args:
        fleet: which, opened or about to be.
        specs: what it is started with.
        shut_down: asks for the end of the fleet, and returns at once.
        file: what the specs were read from; None without one.
    """

    def __init__(
        self,
        fleet: Fleet,
        specs: Iterable[ConnectionSpec],
        shut_down: Callable[[], object],
        file: Path | None = None,
    ) -> None:
        self.fleet = fleet
        self.shut_down = shut_down
        self.file = file
        self.started = time.time()
        """Unix seconds."""
        self.roster = {spec.name: spec for spec in specs}
        """What the fleet should be made of, by name; one that was stopped stands here still."""

    def present(self, patterns: Sequence[str]) -> list[str]:
        """Return the connections of the fleet that patterns mean.

        Raises:
            Refusal: one means none.
        """
        return select(patterns, {spec.name: spec.group for spec in self.fleet.specs()})
