"""What the demo's fleet logged last, to show it."""

import threading
from collections import deque
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
        self._latest: deque[str] = deque(maxlen=LATEST)

    def listen(self) -> Callable[[], None]:
        """Begin to hear; returns what ends it."""
        return add_sink(self._hear, "warning")

    def latest(self) -> list[str]:
        """Return the last lines, oldest first."""
        with self._lock:
            return list(self._latest)

    def _hear(self, event: dict[str, object]) -> None:
        name = str(event["event"])
        if name in _SHOWN:
            with self._lock:
                self._latest.append(_line(name, event))


def _line(name: str, event: dict[str, object]) -> str:
    time = str(event["timestamp"])[11:19]
    told = " · ".join(str(event[field]) for field in _SHOWN[name] if field in event)
    return escape(f"{time} {event.get('connection', '')} {name} {told}")
