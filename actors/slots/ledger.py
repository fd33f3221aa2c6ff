"""The ledger: every outbound message has exactly one outcome, and the counts add up."""

import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["Counts", "Ledger", "Outcome"]


class Outcome(StrEnum):
    """How an outbound message ended."""

    SENT = "sent"
    """Handed to the kernel, whole."""
    EXPIRED = "expired"
    """Its time to live ended before it could be sent."""
    DROPPED = "dropped"
    """An overflow policy or the connection's final stop discarded it."""
    REFUSED = "refused"
    """There was no room: it was never accepted."""
    UNKNOWN = "unknown"
    """The stream died with it half-written: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One connection's messages at one moment: accepted = the four outcomes after it + waiting."""

    accepted: int = 0
    sent: int = 0
    expired: int = 0
    dropped: int = 0
    unknown: int = 0
    waiting: int = 0
    refused: int = 0
    """Never accepted, so not part of the sum."""
    received: int = 0
    """Messages that came in."""
    stale: int = 0
    """Frames, timers and answers of an older generation, dropped unseen."""
    dead_letters: int = 0
    """Messages that were being handled when their handler crashed."""

    @property
    def balanced(self) -> bool:
        """Whether every accepted message is accounted for."""
        ended = self.sent + self.expired + self.dropped + self.unknown
        return self.accepted == ended + self.waiting


_NOTHING: Final = dict.fromkeys(Outcome, 0)
"""What a ledger begins with; to go through an enum takes longer than all the rest of one."""


class Ledger:
    """Counts that belong to a child slot: they go on over any number of restarts.

    What isn't an outcome is written by the running incarnation alone.
    """

    __slots__ = (
        "_accepted",
        "_lock",
        "_outcomes",
        "dead_letters",
        "logins",
        "received",
        "renewals",
        "stale",
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted = 0
        self._outcomes = _NOTHING.copy()
        self.received = 0
        self.logins = 0
        """Logins that the server took."""
        self.renewals = 0
        """Of those, how many renewed the login of an open stream."""
        self.stale = 0
        self.dead_letters = 0

    @property
    def sent(self) -> int:
        """Messages that the kernel has taken whole."""
        return self._outcomes[Outcome.SENT]

    def accept(self) -> None:
        """Count a message as accepted: it waits from now on."""
        with self._lock:
            self._accepted += 1

    def refuse(self, *, accepted: bool = False) -> None:
        """Count a message as refused.

        Args:
            accepted: it had been counted as accepted before the refusal.
        """
        with self._lock:
            self._accepted -= accepted
            self._outcomes[Outcome.REFUSED] += 1

    def settle(self, outcome: Outcome, number: int = 1) -> None:
        """Count the outcome of accepted messages."""
        with self._lock:
            self._outcomes[outcome] += number

    def counts(self, waiting: int) -> Counts:
        """Return all counts of one moment.

        Args:
            waiting: the messages that are really in the queues at this moment; that they make
                up for what has no outcome yet is what `Counts.balanced` checks.
        """
        with self._lock:
            accepted, outcomes = self._accepted, dict(self._outcomes)
        refused = outcomes.pop(Outcome.REFUSED)
        return Counts(
            accepted=accepted,
            waiting=waiting,
            refused=refused,
            received=self.received,
            stale=self.stale,
            dead_letters=self.dead_letters,
            **{outcome.value: number for outcome, number in outcomes.items()},
        )
