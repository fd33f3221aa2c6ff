"""An asyncio loop on a thread of its own, for the libraries that need one."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

__all__ = ["IN_FLIGHT", "Arrivals", "Loop", "windowed"]

IN_FLIGHT: Final = 256
"""Messages that a thread hands over before it waits for the oldest."""

DIALS_AT_ONCE: Final = 64
"""Connections that are opened at once, as many as holdfast opens; with 1,024 and 4,000, aiohttp,
picows and websockets took as long and more memory."""

T = TypeVar("T")


class Loop:
    """Runs coroutines for a program that isn't asynchronous itself.

    Args:
        uvloop: run them on uvloop instead of asyncio's own loop.
    """

    def __init__(self, *, uvloop: bool = False) -> None:
        self.loop = _new_uvloop() if uvloop else asyncio.new_event_loop()
        self.dials = asyncio.Semaphore(DIALS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine and return its result."""
        return self.submit(work).result()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine and return a future of its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in the background; to be called on the loop."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def dial_all(self, dials: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
        """Run dials, many at once, and return their results in order."""
        return await asyncio.gather(*(self._dial(dial) for dial in dials))

    async def _dial(self, dial: Coroutine[Any, Any, T]) -> T:
        async with self.dials:
            return await dial


class Arrivals:
    """Waits for so many connections; to be used on one loop."""

    def __init__(self, number: int) -> None:
        self._missing = number
        self._all = asyncio.Event()

    def arrived(self) -> None:
        """Count one connection more."""
        self._missing -= 1
        if not self._missing:
            self._all.set()

    async def wait(self) -> None:
        """Wait for the last."""
        await self._all.wait()


def windowed(submit: Callable[[], Future[Any]]) -> Callable[[], None]:
    """Return a function that submits one message, and waits while too many are on their way.

    Args:
        submit: hands one message over; the future is done when the library has taken it.
    """
    flying: deque[Future[Any]] = deque()

    def send() -> None:
        flying.append(submit())
        if len(flying) >= IN_FLIGHT:
            flying.popleft().result()

    return send


def _new_uvloop() -> asyncio.AbstractEventLoop:
    import uvloop  # noqa: PLC0415  # not in the processes of those who don't run on it

    return uvloop.new_event_loop()
