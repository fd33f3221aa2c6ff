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

    _listener: socket.socket
    _port: int

    def __init__(
        self,
        serve: Callable[[socket.socket], Awaitable[Server]],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._serve = serve
        self._failed = failed
        self._servers: list[Server] = []
        self._reopening: asyncio.Task[None] | None = None
        self._turning = asyncio.Lock()

    async def open(self, listener: socket.socket) -> None:
        """Let clients in.

        Args:
            listener: a listening socket; it is closed with the door.
        """
        self._listener, self._port = listener, listener.getsockname()[1]
        self._servers.append(await self._serve(listener))

    async def close_for(self, seconds: float) -> "asyncio.Task[None]":
        """Have the kernel refuse whoever dials; connections that are open stay so.

        Args:
            seconds: until it is open again; a later call counts instead.

        Returns:
            What is done when it is open again, and cancelled by a later call.
        """
        # At once, so that another call in the same turn finds it: the port is opened once.
        self._call_off()
        self._reopening = reopening = asyncio.create_task(self._reopen_after(seconds))
        await self._close()
        return reopening

    async def close(self) -> None:
        """Let nobody in any more."""
        self._call_off()
        await self._close()

    async def wait_closed(self) -> None:
        """Wait until every connection that came in has ended."""
        for server in self._servers:
            await server.wait_closed()

    def _call_off(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()

    async def _close(self) -> None:
        async with self._turning:
            server = self._servers[-1]
            if not server.is_serving():
                return
            # First nobody more is accepted, and who is gets a turn to become a connection: asyncio
            # leaves an accepted socket open, and says nothing, when its server closes in between.
            asyncio.get_running_loop().remove_reader(self._listener)
            await asyncio.sleep(0)
            server.close(close_connections=False)
            # It stops listening in a task of its own, which has its turn before ours.
            await asyncio.sleep(0)

    async def _reopen_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        async with self._turning:
            # Nothing calls it off any more: a server half begun would be nobody's to close.
            self._reopening = None
            try:
                await self.open(listen(self._port))
            except OSError as error:
                self._failed(error)
