"""What the simulation knows of one slot by its own count, whatever the machine says of it.

Messages have numbers. `out:7` was sent from outside, `in:7` by the handler, `push:3:7` by the
server on the stream of generation 3; whoever sees one can tell where it belongs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from holdfast.actors.dispatch import DispatchedFuture
from holdfast.actors.slots.ledger import Outcome

__all__ = ["Account"]


@dataclass(eq=False)
class Account:
    """The numbers of one slot, from its entry into the book to its end and after."""

    name: str
    attempts: int = 0
    """Sends, from outside and from within, whether they were taken or refused."""
    pending: dict[str, DispatchedFuture[Outcome]] = field(
        default_factory=dict[str, DispatchedFuture[Outcome]]
    )
    """Sends from outside that were taken and whose outcome hasn't been told."""
    ended: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    """Sends from outside whose outcome has been told."""
    written: list[str] = field(default_factory=list[str])
    """What the kernel has taken whole, in order, over all streams."""
    got: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    """What the server has got, by the generation of its stream."""
    pushed: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    """What the server has pushed and the wire has handed over, by generation."""
    owed: list[str] = field(default_factory=list[str])
    """What of it was handed over to an incarnation that was ready: it has to be seen."""
    seen: list[str] = field(default_factory=list[str])
    """What handlers of all incarnations were given of that, in order."""
    told: list[int] = field(default_factory=list[int])
    """What was told by name and taken, in order."""
    heard: list[int] = field(default_factory=list[int])
    """What handlers heard of that, in order."""
    breaches: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """What must never happen, noted when it did: the invariant's name and what happened."""
    _last: int = 0
    _checked: dict[str, int] = field(default_factory=dict[str, int])
    _places: dict[int, int] = field(default_factory=dict[int, int])
    """How far into each stream's pushes the handlers have come, by generation."""

    def number(self) -> int:
        """Return a number that is higher than all before."""
        self._last += 1
        return self._last

    def learn_outcomes(self) -> list[str]:
        """Take over the outcomes that have been told by now; return whose they are."""
        done = [message for message, future in self.pending.items() if future.done()]
        for message in done:
            self.ended[message] = self.pending.pop(message).get(timeout=0)
        return done

    def breach(self, invariant: str, what: str) -> None:
        """Note what must never happen."""
        self.breaches.append((invariant, f"{self.name}: {what}"))

    def fresh_pairs(self, of: Literal["written", "seen", "heard"]) -> Iterator[tuple[str, str]]:
        """Yield what came after a message of its kind that it should have come before.

        Args:
            of: which record; what was looked at before isn't looked at again.
        """
        record, checked = getattr(self, of), self._checked.get(of, 0)
        self._checked[of] = len(record)
        for message in map(str, record[checked:]):
            kind, number = kind_and_number(message)
            key = f"{of} {kind}"
            if number <= self._checked.get(key, 0):
                yield f"{kind}{self._checked[key]}", message
            self._checked[key] = max(number, self._checked.get(key, 0))

    def gaps(self) -> Iterator[str]:
        """Yield what was seen although something before it on its stream wasn't."""
        for text in self.seen[self._checked.get("gaps", 0) :]:
            generation = int(text.split(":")[1])
            place = self._places.get(generation, 0)
            self._places[generation] = place + 1
            pushed = self.pushed.get(generation, [])[place : place + 1]
            if pushed != [text]:
                yield f"{self.name}: {text} was seen, but next on its stream was {pushed}"
        self._checked["gaps"] = len(self.seen)


def kind_and_number(message: str) -> tuple[str, int]:
    """Split a message into its kind, `out`, `in` or `push`, and its number.

    Args:
        message: `out:7`, `in:7`, `push:3:7:` with a word behind it, or a bare number.
    """
    kind, *rest = message.split(":")
    match kind, rest:
        case "push", [_, number, *_]:
            return kind, int(number)
        case _, [number]:
            return kind, int(number)
        case _:
            return "", int(message)
