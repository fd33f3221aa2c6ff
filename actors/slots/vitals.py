"""Vital signs: what can be seen of a connection's traffic, besides the counts of its ledger."""

from dataclasses import dataclass
from typing import Final

from holdfast.actors.slots.ledger import Ledger

__all__ = ["Traffic", "Vitals"]

SHORTEST: Final = 5.0
"""Seconds that rates are measured over at least."""

Sample = tuple[float, int, int]
"""Monotonic seconds, messages received, messages sent."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How a connection's traffic looks at one moment."""

    last_data: float | None = None
    """Monotonic seconds of the last message that came in; None before the first."""
    round_trip: float | None = None
    """Seconds from the last ping to its pong; None before the first."""
    rate_in: float = 0.0
    """Messages a second that came in, over the last one to two pings."""
    rate_out: float = 0.0
    """The same of those that were sent."""


class Vitals:
    """What the running incarnation notes; it belongs to the slot and goes on over restarts.

    Rates are measured from ping to ping, so that a message costs no more than a look at the clock.

    Args:
        ledger: the connection's counts.
    """

    __slots__ = ("_ledger", "_newer", "_older", "last_data", "round_trip")

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.last_data: float | None = None
        self.round_trip: float | None = None
        self._older: Sample | None = None
        self._newer: Sample | None = None

    def begin(self, now: float) -> None:
        """Measure anew: a stream has begun."""
        self._older = self._newer = self._sample(now)

    def beat(self, now: float) -> None:
        """Note the counts at a ping."""
        self._older, self._newer = self._newer, self._sample(now)

    def end(self) -> None:
        """Measure no more: the stream is gone."""
        self._older = self._newer = self.round_trip = None

    def traffic(self, now: float) -> Traffic:
        """Return how things are at this monotonic second."""
        rate_in = rate_out = 0.0
        # Read once: any thread may ask, while the incarnation measures or ends.
        older = self._older
        if older is not None and now > older[0]:
            began, received, sent = older
            # What comes at the very beginning, such as a snapshot, is no rate yet.
            seconds = max(now - began, SHORTEST)
            rate_in = (self._ledger.received - received) / seconds
            rate_out = (self._ledger.sent - sent) / seconds
        return Traffic(self.last_data, self.round_trip, rate_in, rate_out)

    def _sample(self, now: float) -> Sample:
        return now, self._ledger.received, self._ledger.sent
