"""The way of lines to where they go: whole, in order, and none lost without a word.

Handlers hand lines over and one thread writes them, so an outlet that stalls for a moment delays
nobody. When it stalls for longer, handlers wait for room: the fleet stops reading, and TCP pushes
back on the servers.
"""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from math import inf
from typing import Final

from holdfast.actors.console.sinks.outlet import Nowhere, Outlet

__all__ = ["LineWriter"]

CAPACITY: Final = 8 * 1024 * 1024
"""Bytes that may wait for the outlet before handlers do."""


class LineWriter:
    """Writes lines to an outlet on a thread of its own, once it is started.

    Args:
        broken: told once, on the writing thread, of the error that ended all writing.
        capacity: bytes that may wait.
    """

    def __init__(self, broken: Callable[[OSError], None], capacity: int = CAPACITY) -> None:
        self.failure: OSError | None = None
        """What ended the writing."""
        self.outlet: Outlet = Nowhere()
        """Where the lines go, once it is started."""
        self.lost = 0
        """How many lines were taken and not written, known when `writing_to` is over."""
        self._broken = broken
        self._capacity = capacity
        self._changed = threading.Condition()
        self._chunks: list[tuple[bytes, int]] = []
        self._waiting_bytes = 0
        self._unwritten = 0
        self._deadline = inf
        self._woken = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="holdfast-messages", daemon=True)

    @contextmanager
    def writing_to(self, outlet: Outlet) -> Generator[None]:
        """Write to an outlet until the end of the block, and then for its grace at most.

        Args:
            outlet: where the lines go.

        Raises:
            Problem: the outlet takes nothing.
        """
        self.start(outlet)
        try:
            yield
        finally:
            self.lost = self.close(outlet.grace)

    def start(self, outlet: Outlet) -> None:
        """Open the outlet, and start the thread.

        Args:
            outlet: where the lines go.

        Raises:
            Problem: the outlet takes nothing; the thread isn't started.
        """
        outlet.open(self._wake)
        self.outlet = outlet
        self._thread.start()

    def write(self, data: bytes, lines: int) -> None:
        """Queue whole lines, waiting while there is no room; any thread may call it.

        Args:
            data: the lines, each with its line feed.
            lines: how many they are.
        """
        with self._changed:
            while not self._has_room():
                self._changed.wait(self._patience())  # which may have come to an end meanwhile
            self._unwritten += lines
            if self._has_room() and not self._over():
                self._chunks.append((data, lines))
                self._waiting_bytes += len(data)
                self._changed.notify_all()

    def end_within(self, seconds: float) -> None:
        """Give a stalled outlet so much time more, and then nobody waits for it any longer."""
        with self._changed:
            self._deadline = time.monotonic() + seconds
            self._changed.notify_all()

    def close(self, seconds: float) -> int:
        """Write what waits, close the outlet, and end the thread.

        Args:
            seconds: how long all of it may take.

        Returns:
            How many lines were taken and not written.
        """
        self.outlet.end_by(time.monotonic() + seconds)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds)
        with self._changed:
            return self._unwritten + self.outlet.lost

    def _wake(self) -> None:
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def _has_room(self) -> bool:
        return self._waiting_bytes < self._capacity or self._over()

    def _over(self) -> bool:
        return self.failure is not None or time.monotonic() >= self._deadline

    def _patience(self) -> float | None:
        return None if self._deadline == inf else max(0.0, self._deadline - time.monotonic())

    def _run(self) -> None:
        try:
            while (batch := self._next_batch()) is not None:
                self._write_batch(batch)
            self.outlet.close()
        except OSError as error:
            self._fail(error)

    def _next_batch(self) -> list[tuple[bytes, int]] | None:
        """Return what waits, which is nothing when the outlet was woken; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._chunks or self._woken or self._closing)
            batch, self._chunks = self._chunks, []
            woken, self._woken = self._woken, False
            return batch if batch or woken else None

    def _write_batch(self, batch: list[tuple[bytes, int]]) -> None:
        self.outlet.write(b"".join(data for data, _ in batch))
        with self._changed:
            self._waiting_bytes -= sum(len(data) for data, _ in batch)
            self._unwritten -= sum(lines for _, lines in batch)
            self._changed.notify_all()

    def _fail(self, error: OSError) -> None:
        with self._changed:
            self.failure = error
            self._changed.notify_all()
        self._broken(error)
