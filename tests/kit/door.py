"""Where a server lets clients in: its port, which may be closed for a while."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from websockets.asyncio.server import Server

from holdfast.testing.ports import listen

__all__ = ["Door"]


class Door:
    """The port of a server that runs on the calling thread's loop.

    Args:
        serve: begins to serve what comes in by a listening socket.
        failed: told why the port couldn't be opened again.
    """

    def __init__(
        self,
        serve: Callable[[socket.socket], Awaitable[Server]],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._serve = serve
        self._failed = failed
        self._servers: list[Server] = []
        self._port = 0
        self._reopening: asyncio.Task[None] | None = None

    async def open(self, listener: socket.socket) -> None:
        """Let clients in.

        Args:
            listener: a listening socket; it is closed with the door.
        """
        self._port = listener.getsockname()[1]
        self._servers.append(await self._serve(listener))

    async def close_for(self, seconds: float) -> "asyncio.Task[None]":
        """Have the kernel refuse whoever dials; connections that are open stay so.

        Args:
            seconds: until it is open again; a later call counts instead.

        Returns:
            What is done when it is open again, and cancelled by a later call.
        """
        # At once, so that another call in the same turn finds it: the port is opened once.
        former, reopening = self._reopening, asyncio.create_task(self._reopen_after(seconds))
        self._reopening = reopening
        if former is None:
            await self._close()
        else:
            former.cancel()
        return reopening

    async def close(self) -> None:
        """Let nobody in any more."""
        if self._reopening is not None:
            self._reopening.cancel()
        await self._close()

    async def wait_closed(self) -> None:
        """Wait until every connection that came in has ended."""
        for server in self._servers:
            await server.wait_closed()

    async def _close(self) -> None:
        self._servers[-1].close(close_connections=False)
        # It stops listening in a task of its own, which has its turn before ours.
        await asyncio.sleep(0)

    async def _reopen_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        try:
            await self.open(listen(self._port))
        except OSError as error:
            self._failed(error)
        self._reopening = None
