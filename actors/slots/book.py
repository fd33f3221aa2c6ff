"""The book: the child slots of a fleet by name, for its supervisor and for every thread that asks.

A slot is entered on the thread that wants the connection, so that its name is refused there and
its mailbox takes messages at once; whatever happens to it from then on is the supervisor's.
"""

import random
import threading

from holdfast.actors.errors import DuplicateName, UnknownConnection
from holdfast.actors.slots.dead_letter import DeadLetters
from holdfast.actors.slots.slot import Slot
from holdfast.actors.spec import ConnectionSpec
from holdfast.handlers import Phase

__all__ = ["Book"]


class Book:
    """Slots by name; any thread may use it.

    Args:
        source: the fleet's randomness, which slots share.
    """

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._slots: dict[str, Slot] = {}
        self.dead_letters = DeadLetters()
        """Of all its connections."""

    def __len__(self) -> int:
        return len(self._slots)

    def enter(self, spec: ConnectionSpec, now: float, former: Slot | None = None) -> Slot:
        """Make a slot for a new connection; one that has stopped gives its name away.

        Args:
            spec: what the connection should be.
            now: monotonic seconds.
            former: the stopped slot that the new one goes on for, if it does.

        Raises:
            DuplicateName: the name is taken.
        """
        with self._lock:
            present = self._slots.get(spec.name)
            if present is not None and present.phase is not Phase.STOPPED:
                raise DuplicateName(spec.name)
            slot = self._slots[spec.name] = Slot(spec, now, self._source, former)
        return slot

    def strike(self, slot: Slot) -> None:
        """Take a slot out, unless another one has its name by now."""
        with self._lock:
            if self._slots.get(slot.spec.name) is slot:
                del self._slots[slot.spec.name]

    def find(self, name: str) -> Slot | None:
        """Return the slot of this name, None when there is none."""
        return self._slots.get(name)

    def named(self, name: str) -> Slot:
        """Return the slot of this name.

        Raises:
            UnknownConnection: there is none.
        """
        try:
            return self._slots[name]
        except KeyError:
            raise UnknownConnection(name, list(self._slots)) from None

    def running(self) -> int:
        """Return how many connections haven't stopped."""
        return sum(slot.phase is not Phase.STOPPED for slot in self.all())

    def all(self) -> list[Slot]:
        """Return every slot of this moment."""
        return list(self._slots.values())
