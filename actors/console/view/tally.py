"""A fleet in numbers: the sums over its connections, and how fast they grow."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from holdfast.actors.status import ConnectionStatus
from holdfast.handlers import Phase

__all__ = ["Rates", "Tally"]

WINDOW: Final = 3.0
"""Seconds over which a rate is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The sums over the connections of a fleet at one moment."""

    connections: int
    phases: Mapping[Phase, int]
    """How many connections are in each phase; those without any are left out."""
    first_dial: int
    """Connections that are still on their first way to being ready."""
    logins: int
    """Logins that servers took, renewals included."""
    renewals: int
    """Of those, how many renewed the login of an open stream."""
    restarts: int
    received: int
    accepted: int
    """Outbound messages that were taken; each ends as one of the next four."""
    sent: int
    expired: int
    dropped: int
    unknown: int
    waiting: int
    """Of the accepted ones, those without an outcome yet."""
    dead_letters: int
    balanced: bool
    """Whether the ledger of every connection adds up."""

    @classmethod
    def of(cls, statuses: Iterable[ConnectionStatus]) -> "Tally":
        """Return the sums over these connections."""
        each = list(statuses)
        counts = [status.counts for status in each]
        return cls(
            connections=len(each),
            phases=Counter(status.phase for status in each),
            first_dial=sum(map(_on_first_dial, each)),
            logins=sum(status.auth.accepted for status in each),
            renewals=sum(status.auth.renewed for status in each),
            restarts=sum(status.restarts for status in each),
            received=sum(count.received for count in counts),
            accepted=sum(count.accepted for count in counts),
            sent=sum(count.sent for count in counts),
            expired=sum(count.expired for count in counts),
            dropped=sum(count.dropped for count in counts),
            unknown=sum(count.unknown for count in counts),
            waiting=sum(count.waiting for count in counts),
            dead_letters=sum(count.dead_letters for count in counts),
            balanced=all(count.balanced for count in counts),
        )

    @property
    def ready(self) -> int:
        """How many are ready."""
        return self.phases.get(Phase.READY, 0)

    @property
    def quarantined(self) -> int:
        """How many are quarantined."""
        return self.phases.get(Phase.QUARANTINED, 0)


class Rates:
    """Messages a second, in and out, over the last few seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int, int]] = deque()

    def add(self, now: float, tally: Tally) -> tuple[float, float]:
        """Take a sample.

        Args:
            now: monotonic seconds.
            tally: the sums at this moment.

        Returns:
            Messages a second that came in, and that went out.
        """
        self._samples.append((now, tally.received, tally.sent))
        while len(self._samples) > 2 and self._samples[1][0] <= now - WINDOW:  # noqa: PLR2004  # two ends
            self._samples.popleft()
        since, received, sent = self._samples[0]
        if now <= since:
            return 0.0, 0.0
        return (tally.received - received) / (now - since), (tally.sent - sent) / (now - since)


def _on_first_dial(status: ConnectionStatus) -> bool:
    return status.incarnation == 1 and status.phase in {Phase.CONNECTING, Phase.AUTHENTICATING}
