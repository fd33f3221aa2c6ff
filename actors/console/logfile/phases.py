"""The phases of a connection, told from its log lines; pure."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
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

_QUIET: Final = frozenset({"connection.dialing", "connection.opened", "connection.ready"})
"""Those that are logged at the level `info`."""

MOST: Final = 100_000
"""Changes of phase that are kept, the latest ones."""

SOON: Final = timedelta(seconds=0.5)
"""Within which a failure is decided upon: what comes then was no backoff."""

_DECIDED: Final = frozenset({Phase.QUARANTINED, Phase.STOPPED})

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
        self.tells_all = False
        """Whether the log has what is no failure, too: one of warnings alone hasn't."""
        self._changes: deque[Record] = deque(maxlen=most)

    def add(self, record: Record) -> None:
        """Take a line of the connection."""
        if record.event in PHASES:
            self.tells_all |= record.event in _QUIET
            self.left_out += len(self._changes) == self._changes.maxlen
            self._changes.append(record)

    def all(self, end: datetime) -> list[Stretch]:
        """Return the stretches in order; none follows one of its own phase.

        One that is shorter than the log can tell is left out, unless it is the last or has a cause.

        Args:
            end: of the log, and so of the last stretch.
        """
        stretches: list[Stretch] = []
        for change in sorted(self._changes, key=lambda record: record.timestamp):
            _append(stretches, _beginning(change))
        return [
            replace(stretch, end=max(stretch.start, after.start if after else end))
            for stretch, after in zip_longest(stretches, stretches[1:])
        ]


def _beginning(change: Record) -> Stretch:
    detail = f"waits for {change.waits_for}" if change.waits_for else change.detail
    return Stretch(PHASES[change.event], change.timestamp, change.timestamp, change.cause, detail)


def _append(stretches: list[Stretch], new: Stretch) -> None:
    if stretches and _is_told_by(stretches[-1], new):
        new = _with_reason_of(stretches.pop(), new)
    if stretches and stretches[-1].phase is new.phase:
        before = stretches.pop()
        new = _with_reason_of(before, replace(new, start=before.start))
    stretches.append(new)


def _is_told_by(before: Stretch, new: Stretch) -> bool:
    """Whether nothing is lost by leaving out a stretch before another one."""
    if new.phase in _DECIDED and before.phase is Phase.BACKOFF:
        return new.start - before.start < SOON
    return before.start == new.start and (before.cause is None or new.phase in _REASONED)


def _with_reason_of(before: Stretch, new: Stretch) -> Stretch:
    return replace(new, cause=before.cause or new.cause, detail=before.detail or new.detail)
