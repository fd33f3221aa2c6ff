"""The one thread that writes log lines, behind a bounded queue that nobody waits for."""

import queue
import threading
from collections.abc import Callable
from typing import Final

from holdfast.actors.logs.outlet import Outlet
from holdfast.actors.logs.render import Event, Renderer

__all__ = ["CAPACITY", "Writer"]

CAPACITY: Final = 10_000
"""Lines that wait at most, unless said otherwise."""

_BATCH = 256
_GIVE_UP_SECONDS = 1.0


class Writer:
    """Renders and writes events on a daemon thread named `holdfast-log`.

    Args:
        outlet: where lines go; the writer closes it.
        render: makes the line of an event.
        dropped: makes the `log.dropped` event of a count.
        capacity: lines that wait at most; those beyond are dropped and counted.
    """

    def __init__(
        self,
        outlet: Outlet,
        render: Renderer,
        dropped: Callable[[int], Event],
        capacity: int = CAPACITY,
    ) -> None:
        self._outlet = outlet
        self._render = render
        self._dropped_event = dropped
        self._capacity = capacity
        # A SimpleQueue can be put to from a signal handler or a finalizer; the bound is ours.
        self._queue: queue.SimpleQueue[Event | threading.Event | None] = queue.SimpleQueue()
        self._lock = threading.RLock()
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="holdfast-log", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        """Queue an event, or count it as dropped; never waits.

        Args:
            event: a redacted event that nobody changes any more.
        """
        if self._queue.qsize() >= self._capacity:
            self._count(1)
            return
        self._queue.put(event)

    def flush(self, timeout: float) -> bool:
        """Wait until what was queued before has been written or counted as dropped.

        Args:
            timeout: seconds.

        Returns:
            Whether that happened in time.
        """
        reached = threading.Event()
        self._queue.put(reached)
        return reached.wait(timeout)

    def close(self, timeout: float) -> bool:
        """Write what is queued, then end the thread.

        Args:
            timeout: seconds, after which what is left is lost.

        Returns:
            Whether every line was written, or reported in a `log.dropped` line.
        """
        self._queue.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._outlet.give_up()
            self._thread.join(_GIVE_UP_SECONDS)
        if self._thread.is_alive():
            return False  # inside a foreign stream; a daemon thread holds up nobody
        self._outlet.close()
        return self._dropped == 0

    def _run(self) -> None:
        running = True
        while running:
            events, reached, running = self._take()
            self._write(events)
            self._report_dropped()
            if reached is not None:
                reached.set()

    def _take(self) -> tuple[list[Event], threading.Event | None, bool]:
        """Wait for one item, then take what is there, up to a flush mark or the end."""
        events: list[Event] = []
        item = self._queue.get()
        while True:
            if item is None:
                return events, None, False
            if isinstance(item, threading.Event):
                return events, item, True
            events.append(item)
            if len(events) == _BATCH:
                return events, None, True
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return events, None, True

    def _write(self, events: list[Event]) -> None:
        lines = [line for event in events if (line := self._line(event)) is not None]
        written = self._outlet.write(lines) if lines else 0
        self._count(len(events) - written)

    def _line(self, event: Event) -> str | None:
        try:
            return self._render(event)
        except Exception:  # noqa: BLE001  # one odd event must not end the thread
            return None

    def _report_dropped(self) -> None:
        count = self._dropped
        if not count:
            return
        line = self._line(self._dropped_event(count))
        if line is not None and self._outlet.write([line]):
            self._count(-count)

    def _count(self, lines: int) -> None:
        if lines:
            with self._lock:
                self._dropped += lines
