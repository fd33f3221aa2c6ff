"""Something done again and again on a thread of its own, so that the main thread can wait."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

__all__ = ["Ticker"]

PATIENCE: Final = 1.0
"""Seconds for a deed that is under way when it ends."""


class Ticker:
    """Does a deed at once and then at intervals, until the end of the block.

    Args:
        deed: what is done; the first exception is the last of it.
        seconds: from the end of one deed to the next.
        failed: told that there was an exception, on the thread of the deeds.
    """

    def __init__(
        self, deed: Callable[[], None], seconds: float, failed: Callable[[], None]
    ) -> None:
        self.failure: Exception | None = None
        """What ended it before its time."""
        self._deed = deed
        self._seconds = seconds
        self._failed = failed
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="holdfast-view", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End; a deed that hangs is left to itself."""
        self._over.set()
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            self._deed()
            while not self._over.wait(self._seconds):
                self._deed()
        except Exception as error:  # noqa: BLE001  # whoever waits raises it on
            self.failure = error
            self._failed()
