"""The groups of a fleet: who goes down with whom, and who comes back with whom."""

from collections.abc import Iterable

from holdfast.actors.errors import UnknownGroup
from holdfast.actors.slots.book import Book
from holdfast.actors.slots.fate import Fate
from holdfast.actors.slots.slot import Slot
from holdfast.handlers import Group, Phase
from holdfast.handlers.strategy import followers

__all__ = ["Groups"]

_GONE = frozenset({Phase.CLOSING, Phase.STOPPED, Phase.BACKOFF, Phase.QUARANTINED})


class _Reunion:
    """A connection that is restarted, and those that come back with it."""

    __slots__ = ("ended", "missing")

    def __init__(self) -> None:
        self.missing = set[str]()
        """Those whose incarnation hasn't ended."""
        self.ended = list[Slot]()
        """Those that wait for the first."""


class Groups:
    """Groups by name, and what is being restarted together.

    Args:
        groups: all of the fleet's.
        book: its slots.
    """

    def __init__(self, groups: Iterable[Group], book: Book) -> None:
        self._groups = {group.name: group for group in groups}
        self._book = book
        self._reunions: dict[str, _Reunion] = {}
        self._led_by: dict[str, str] = {}

    def check(self, name: str) -> None:
        """Refuse the name of a group that nobody has described; none is always fine.

        Raises:
            UnknownGroup: it was misspelt, most likely.
        """
        if name and name not in self._groups:
            raise UnknownGroup(name, list(self._groups))

    def members(self, name: str) -> list[Slot]:
        """Return the slots of a group, in the order in which they were started; none of none."""
        if not name:
            return []
        slots = [slot for slot in self._book.all() if slot.spec.group == name]
        return sorted(slots, key=lambda slot: slot.rank)

    def gather(self, first: Slot) -> list[Slot]:
        """Have those that share the fate of a failed connection follow it.

        Returns:
            Those whose incarnation is still to be ended, in the order of their start.
        """
        group = self._groups.get(first.spec.group)
        if group is None or group.strategy == "one_for_one":
            return []
        members = {slot.spec.name: slot for slot in self.members(group.name)}
        names = followers(group.strategy, list(members), first.spec.name)
        running = [slot for slot in map(members.__getitem__, names) if _follows(slot)]
        if running:
            # Some may be waiting already: the first one was dialled as a probe, and failed.
            reunion = self._reunions.setdefault(first.spec.name, _Reunion())
            reunion.missing.update(slot.spec.name for slot in running)
            for slot in running:
                slot.destine(Fate.FOLLOW)
                self._led_by[slot.spec.name] = first.spec.name
        return running

    def arrived(self, slot: Slot) -> str | None:
        """Note that the incarnation of a follower has ended, and that it waits.

        Returns:
            The connection that it waits for, None when that is back already.
        """
        first = self._led_by.get(slot.spec.name)
        reunion = self._reunions.get(first or "")
        if reunion is None:
            self._led_by.pop(slot.spec.name, None)
            return None
        reunion.missing.discard(slot.spec.name)
        reunion.ended.append(slot)
        return first

    def complete(self, first: Slot) -> bool:
        """Tell whether everybody who comes back with this connection is down."""
        reunion = self._reunions.get(first.spec.name)
        return reunion is None or not reunion.missing

    def dissolve(self, first: Slot) -> list[Slot]:
        """Let followers go: the first of them is dialled, or won't be.

        Returns:
            Those that wait, in the order of their start. Whose incarnation still has to end
            comes back at once when it does.
        """
        reunion = self._reunions.pop(first.spec.name, None)
        if reunion is None:
            return []
        for slot in reunion.ended:
            self._led_by.pop(slot.spec.name, None)
        return sorted(reunion.ended, key=lambda slot: slot.rank)

    def left(self, slot: Slot) -> str | None:
        """Note that a follower waits no longer: it won't come back, or is back already.

        Returns:
            The connection that may have waited for it alone, if there is one.
        """
        first = self._led_by.pop(slot.spec.name, None)
        reunion = self._reunions.get(first or "")
        if reunion is None:
            return None
        reunion.missing.discard(slot.spec.name)
        reunion.ended = [each for each in reunion.ended if each is not slot]
        return first


def _follows(slot: Slot) -> bool:
    return slot.actor is not None and slot.fate is Fate.OPEN and slot.phase not in _GONE
