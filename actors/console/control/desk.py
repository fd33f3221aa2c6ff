"""The desk: what the operators of a running fleet share, whichever of them asks."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pykka

from holdfast.actors import ConnectionSpec, Fleet
from holdfast.actors.console.config import FleetConfig
from holdfast.actors.console.control.selection import select
from holdfast.actors.errors import UnknownConnection

__all__ = ["Desk", "Source"]


@dataclass(slots=True)
class Source:
    """The file of a fleet."""

    file: str
    load: Callable[[], FleetConfig]
    """Reads it anew."""
    config: FleetConfig
    """What the fleet was made of."""


class Desk:
    """A fleet, what it should be made of, and how to end it; any thread may use it.

    Args:
        fleet: which, opened or about to be.
        shut_down: asks for the end of the fleet, and returns at once.
        source: what the fleet was read from; None without one.
    """

    def __init__(
        self, fleet: Fleet, shut_down: Callable[[], object], source: Source | None = None
    ) -> None:
        self.fleet = fleet
        self.shut_down = shut_down
        self.source = source
        self.started = time.time()
        """Unix seconds."""
        self.composing = threading.Lock()
        """Held by whoever adds connections to the fleet, or changes what it should be made of."""
        self.roster: dict[str, ConnectionSpec] = {}
        """What the fleet should be made of, by name; one that an operator stopped stands here."""
        self.touched: set[str] = set()
        """Connections that an operator has told something: they may not be as they were meant."""
        self.begun = False
        """Its first connections have been added."""
        self.parked: dict[str, float] = {}
        """Connections of the roster that an operator has stopped and may start again, with the Unix
        seconds at which he did."""

    @property
    def expectant(self) -> bool:
        """Whether the fleet may get connections, even if it has none left."""
        return bool(self.parked) or self.composing.locked()

    def start(self, specs: Iterable[ConnectionSpec]) -> None:
        """Add connections to the fleet.

        Raises:
            Exception: as `Fleet.start` does.
        """
        with self.composing:
            self.begun = True
            for spec in specs:
                self.add(spec)

    def add(self, spec: ConnectionSpec) -> None:
        """Add a connection to the fleet; for whoever is composing it."""
        self.fleet.start(spec)
        self.roster[spec.name] = spec
        self.parked.pop(spec.name, None)

    def stop(self, name: str) -> pykka.Future[bool]:
        """Begin to stop a connection, which may be started again.

        Returns:
            A future that is answered when it is gone.
        """
        future = self.fleet.begin_stop(name)
        if name in self.roster:
            self.parked[name] = time.time()
        return future

    def remove(self, name: str) -> pykka.Future[bool] | None:
        """Begin to stop a connection that is no longer wanted; for whoever is composing the fleet.

        Returns:
            A future that is answered when it is gone; None if it is so already.
        """
        del self.roster[name]
        self.parked.pop(name, None)
        try:
            return self.fleet.begin_stop(name)
        except UnknownConnection:
            return None

    def why_absent(self, name: str) -> str:
        """Return why a connection isn't in the fleet, and what brings it back."""
        if name in self.roster:
            return f"it is stopped: `holdfast start {name}` starts it"
        return "it is gone"

    def visible(self, patterns: Sequence[str]) -> list[str]:
        """Return what patterns mean of the fleet and of what an operator has stopped; none for all.

        Raises:
            Refusal: one means none.
        """
        return select(patterns, self.known())

    def known(self) -> dict[str, str]:
        """Return the group of each connection by its name, those that were stopped included."""
        specs = {**self.roster, **{spec.name: spec for spec in self.fleet.specs()}}
        return {name: spec.group for name, spec in specs.items()}
