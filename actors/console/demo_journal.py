"""What the demo's fleet logged: counted by cause, and the latest lines to show."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from holdfast.actors.logs import add_sink, escape

__all__ = ["Journal"]

LATEST: Final = 6

_SHOWN: Final = {
    "connection.failed": ("cause", "detail"),
    "connection.quarantined": ("detail", "rule"),
    "handler.blocked": ("handler", "method", "seconds"),
}
"""The events worth a line on the screen, and the fields that it shows."""


class Journal:
    """Hears every warning of the fleet, on whatever thread it is logged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._causes: Counter[str] = Counter()
        self._details: dict[str, str] = {}
        self._latest: deque[str] = deque(maxlen=LATEST)

    def listen(self) -> Callable[[], None]:
        """Begin to hear; returns what ends it."""
        return add_sink(self._hear, "warning")

    def latest(self) -> list[str]:
        """Return the last lines, oldest first."""
        with self._lock:
            return list(self._latest)

    def causes(self) -> list[tuple[str, int, str]]:
        """Return each cause of failure with its count and an example, the most frequent first."""
        with self._lock:
            counted = self._causes.most_common()
            return [(cause, number, self._details[cause]) for cause, number in counted]

    def _hear(self, event: dict[str, object]) -> None:
        name = str(event["event"])
        with self._lock:
            if name == "connection.failed":
                cause = str(event.get("cause"))
                self._causes[cause] += 1
                self._details.setdefault(cause, escape(str(event.get("detail"))))
            if name in _SHOWN:
                self._latest.append(_line(name, event))


def _line(name: str, event: dict[str, object]) -> str:
    time = str(event["timestamp"])[11:19]
    told = " · ".join(str(event[field]) for field in _SHOWN[name] if field in event)
    return escape(f"{time} {event.get('connection', '')} {name} {told}")
