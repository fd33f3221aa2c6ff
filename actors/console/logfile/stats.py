"""The lines in numbers: by event, by cause, by connection, over time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from holdfast.actors.console.logfile.histogram import Histogram
from holdfast.actors.console.logfile.record import Record
from holdfast.actors.logs.levels import LEVELS, WARNING

__all__ = ["FAILED", "Stats"]

FAILED: Final = "connection.failed"

MOST: Final = 100_000
"""Names that are counted one by one."""

OTHERS: Final = "(others)"
"""What stands for those that came later."""

_TROUBLE: Final = frozenset(name for name, number in LEVELS.items() if number >= WARNING)

PARTS: Final = 60
"""Parts of the time in JSON, at most."""


class Stats:
    """Counts lines; memory is bounded, whatever stands in them."""

    def __init__(self) -> None:
        self.lines = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.levels = Counter[str]()
        self.events = Counter[str]()
        self.causes = Counter[str]()
        """For what connections went down, and how often."""
        self.failures = Counter[str]()
        """How often each connection went down."""
        self.latest: dict[str, str] = {}
        """For what each connection went down last."""
        self.over_time = Histogram()

    def add(self, records: Sequence[Record]) -> None:
        """Count lines."""
        if not records:
            return
        self.lines += len(records)
        self._span([record.timestamp for record in records])
        _count(self.events, Counter([record.event for record in records]))
        _count(self.levels, Counter([record.level for record in records]))
        self.over_time.add(
            [record.timestamp.timestamp() for record in records],
            [record.timestamp.timestamp() for record in records if record.level in _TROUBLE],
        )
        self._failed([record for record in records if record.event == FAILED])

    def as_json(self) -> bytes:
        """Return the figures as one line of JSON; moments in ISO 8601, durations in seconds."""
        columns = self.over_time.columns(PARTS)
        figures: Mapping[str, Any] = {
            "lines": self.lines,
            "first": self.first,
            "last": self.last,
            "levels": _ranked(self.levels),
            "events": _ranked(self.events),
            "causes": _ranked(self.causes),
            "failures": _ranked(self.failures),
            "over_time": {
                "start": columns[0].start if columns else None,
                "seconds": columns[0].seconds if columns else None,
                "lines": [column.lines for column in columns],
                "trouble": [column.trouble for column in columns],
            },
        }
        return msgspec.json.encode(figures) + b"\n"

    def _span(self, moments: Sequence[datetime]) -> None:
        self.first = min(moments) if self.first is None else min(self.first, *moments)
        self.last = max(moments) if self.last is None else max(self.last, *moments)

    def _failed(self, failures: Sequence[Record]) -> None:
        pairs = [(record.connection or "", record.cause or "") for record in failures]
        _count(self.failures, Counter([connection for connection, _ in pairs]))
        _count(self.causes, Counter([cause for _, cause in pairs]))
        self.latest.update(pair for pair in pairs if pair[0] in self.failures)


def _count(counts: Counter[str], more: Counter[str]) -> None:
    """Add to counts of which none is forgotten, but those of late names are put together."""
    for name, count in more.items():
        known = name in counts or len(counts) < MOST
        counts[name if known else OTHERS] += count


def _ranked(counts: Counter[str]) -> Mapping[str, int]:
    return dict(counts.most_common())
