"""How long a script lives: as long as its connection, and not a moment longer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from holdfast.testing.wire import Wire

__all__ = ["Lifetime"]


class Lifetime:
    """The tasks of one session, which end when the script, the connection or one of them does.

    Args:
        wire: the connection.
        failed: told of what a script or a task beside it raised.
    """

    def __init__(self, wire: Wire, failed: Callable[[BaseException], None]) -> None:
        self._wire = wire
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: asyncio.Future[None] = wire.loop.create_future()

    async def run(self, script: Coroutine[Any, Any, None]) -> None:
        """Run a script to its end, then close the connection and wait until it is gone.

        Args:
            script: what to run; it is cancelled when the connection ends before it.
        """
        main = self.spawn(script)
        await asyncio.wait(
            {main, self._wire.lost, self._broken}, return_when=asyncio.FIRST_COMPLETED
        )
        await self._cancel_all()
        code, reason = (1011, "the script failed") if self._broken.done() else (1000, "")
        await self._wire.close(code, reason)

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run something beside the script.

        Args:
            work: what to run; when it raises, the script has failed.
        """
        task = self._wire.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def until_lost(self) -> None:
        """Wait for the end of the connection; called by the script, never return."""
        await asyncio.shield(self._wire.lost)
        if asyncio.current_task() in self._tasks:
            # The cancellation is on its way: a script never acts on a dead connection.
            await self._wire.loop.create_future()

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        self._failed(error)
        if not self._broken.done():
            self._broken.set_result(None)

    async def _cancel_all(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
