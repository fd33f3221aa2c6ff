"""An asyncio loop on a thread of its own, for the clients that need one."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, Final

__all__ = ["IN_FLIGHT", "Loop", "windowed"]

IN_FLIGHT: Final = 256
"""Messages that a thread hands over before it waits for the oldest."""

DIALS_AT_ONCE: Final = int(os.environ.get("DIALS", "256"))
"""Connections that are opened at once: the fastest for aiohttp, picows and websockets of 64, 256,
1,024 and all."""


class Loop:
    """Runs coroutines for a program that isn't asynchronous itself."""

    def __init__(self) -> None:
        if os.environ.get("UV"):
            import uvloop
            self.loop = uvloop.new_event_loop()
        else:
            self.loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and return its result."""
        return self.submit(work).result()

    def submit(self, work: Coroutine[Any, Any, Any]) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(work, self.loop)
