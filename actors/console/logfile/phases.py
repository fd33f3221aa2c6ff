"""The phases of a connection, told from its log lines; pure."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from holdfast.actors.console.logfile.record import Record
from holdfast.handlers import Phase

__all__ = ["PHASES", "Stretch", "Stretches"]

PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        "connection.dialing": Phase.CONNECTING,
        "connection.opened": Phase.AUTHENTICATING,
        "connection.ready": Phase.READY,
        "connection.failed": Phase.BACKOFF,
        "restart.scheduled": Phase.BACKOFF,
        "restart.held": Phase.BACKOFF,
        "connection.quarantined": Phase.QUARANTINED,
        "connection.resumed": Phase.CONNECTING,
        "connection.flush_timed_out": Phase.CLOSING,
        "connection.stopped": Phase.STOPPED,
    }
)
"""The events that begin a phase. That a close was asked for is no event of its own."""

MOST: Final = 100_000
"""Changes of phase that are kept, the latest ones."""

_REASONED: Final = frozenset({Phase.BACKOFF, Phase.QUARANTINED, Phase.STOPPED})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time that a connection spent in one phase."""

    phase: Phase
    start: datetime
    end: datetime
    cause: str | None = None
    """Why it was down, where the log says so."""
    detail: str | None = None

    @property
    def seconds(self) -> float:
        """How long it was."""
        return (self.end - self.start).total_seconds()


class Stretches:
    """Collects the lines of one connection; memory is bounded.

    Args:
        most: changes of phase that are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self.left_out = 0
        """How many changes came before those that are kept."""
        self._changes: deque[Record] = deque(maxlen=most)
        self._last: datetime | None = None

    def add(self, record: Record) -> None:
        """Take a line of the connection."""
        if self._last is None or record.timestamp > self._last:
            self._last = record.timestamp
        if record.event in PHASES:
            self.left_out += len(self._changes) == self._changes.maxlen
            self._changes.append(record)

    def all(self) -> list[Stretch]:
        """Return the stretches in order; none follows one of its own phase.

        The last one ends with the last line. One that is shorter than the log can tell is left
        out, unless it is the last.
        """
        changes = sorted(self._changes, key=lambda record: record.timestamp)
        stretches: list[Stretch] = []
        for change in changes:
            _begin(stretches, change)
        if stretches and self._last is not None:
            stretches.append(_until(stretches.pop(), self._last))
        return stretches


def _begin(stretches: list[Stretch], change: Record) -> None:
    phase, now = PHASES[change.event], change.timestamp
    cause, detail = change.cause, change.detail
    if change.waits_for:
        detail = f"waits for {change.waits_for}"
    if stretches:
        before = _until(stretches.pop(), now)
        if phase in _REASONED and before.phase in _REASONED:
            cause, detail = cause or before.cause, detail or before.detail
        if before.phase is phase:
            stretches.append(Stretch(phase, before.start, now, cause, detail))
            return
        if before.seconds > 0:
            stretches.append(before)
    stretches.append(Stretch(phase, now, now, cause, detail))


def _until(stretch: Stretch, end: datetime) -> Stretch:
    return Stretch(stretch.phase, stretch.start, end, stretch.cause, stretch.detail)
