"""The last log lines of this process, for a terminal that has no room for all of them."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from rich.text import Text

from holdfast.actors.logs import add_sink
from holdfast.actors.logs.render import Event, console_renderer

__all__ = ["LastLogs"]

LATEST: Final = 6

_RENDER: Final = console_renderer(colours=True)


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
    line = Text.from_ansi(_RENDER(event).split("\n", 1)[0])
    line.no_wrap, line.overflow = True, "ellipsis"
    return line
