"""The last log lines of this process, for a terminal that has no room for all of them."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from rich.text import Text

from holdfast.actors.logs import add_sink, escape
from holdfast.actors.logs.render import Event

__all__ = ["LastLogs"]

LATEST: Final = 6

STYLES: Final = {"warning": "yellow", "error": "red", "critical": "bold red"}

_FIRST: Final = ("cause", "detail")
"""What is told before all other fields."""

_APART: Final = frozenset(
    {"timestamp", "level", "event", "connection", "incarnation", "generation", "exception"}
)
"""Fields that stand in front, or have no room."""


class LastLogs:
    """Hears what is logged, on whatever thread that is, and keeps the last few events."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._latest: deque[Event] = deque(maxlen=LATEST)

    def listen(self, level: str) -> Callable[[], None]:
        """Begin to hear.

        Args:
            level: the lowest one that is kept.

        Returns:
            What ends it.
        """
        return add_sink(self._hear, level)

    def lines(self) -> list[Text]:
        """Return a line for each, oldest first; frames of an exception are left out."""
        with self._lock:
            latest = list(self._latest)
        return [_line(event) for event in latest]

    def _hear(self, event: dict[str, object]) -> None:
        with self._lock:
            self._latest.append(event)


def _line(event: Event) -> Text:
    """Return an event with what says most in front: a terminal is soon at its end."""
    level = str(event.get("level", ""))
    head = (
        (str(event["timestamp"])[11:19], "dim"),
        (f" {event['event']}", STYLES.get(level, "")),
        (f" {escape(str(event.get('connection', '')))}", "bold"),
    )
    told = sorted(event.keys() - _APART, key=lambda key: (key not in _FIRST, key))
    rest = "".join(f" {key}={escape(str(event[key]))}" for key in told)
    return Text.assemble(*head, rest, no_wrap=True, overflow="ellipsis")
