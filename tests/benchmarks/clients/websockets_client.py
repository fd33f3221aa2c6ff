"""websockets (its asyncio client) on uvloop, as its documentation advises.

There is no compression, and no bound on the queue or on the size of a message.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

from websockets.asyncio.client import ClientConnection, connect

from clients.contract import LOGIN, SUBSCRIPTION, Tally
from clients.loop import Arrivals, Loop, windowed

__all__ = ["WebsocketsClient"]

HEARTBEAT: Final = 20.0


class WebsocketsClient:
    """One loop for all connections."""

    def __init__(self) -> None:
        self._loop = Loop(uvloop=True)

    def receive(self, url: str, tallies: Sequence[Tally]) -> None:
        """Open a connection for each tally; see `Client`."""
        self._loop.run(self._receive(url, tallies))

    def echo(self, url: str, tallies: Sequence[Tally], text: str, window: int) -> None:
        """Keep messages in flight on each connection; see `Client`."""
        self._loop.run(self._echo(url, tallies, text, window))

    def block(self, url: str, text: str, seconds: float) -> None:
        """Open a connection whose handler blocks; see `Client`."""
        self._loop.run(self._block(url, text, seconds))

    def senders(self, url: str, count: int, text: str) -> list[Callable[[], None]]:
        """Return functions that send from threads; see `Client`."""
        sockets = self._loop.run(self._open_all(url, count))
        return [windowed(partial(self._submit, socket, text)) for socket in sockets]

    def log_in(self, url: str, count: int) -> None:
        """Open connections that stay; see `Client`."""
        self._loop.run(self._log_in(url, count))

    async def _open_all(self, url: str, count: int) -> list[ClientConnection]:
        return await self._loop.dial_all(_open(url) for _ in range(count))

    async def _receive(self, url: str, tallies: Sequence[Tally]) -> None:
        for socket, tally in zip(await self._open_all(url, len(tallies)), tallies, strict=True):
            self._loop.keep(_read(socket, tally))

    async def _echo(self, url: str, tallies: Sequence[Tally], text: str, window: int) -> None:
        for socket, tally in zip(await self._open_all(url, len(tallies)), tallies, strict=True):
            self._loop.keep(_answer(socket, tally, text, window))

    async def _block(self, url: str, text: str, seconds: float) -> None:
        self._loop.keep(_answer_late(await _open(url), text, seconds))

    def _submit(self, socket: ClientConnection, text: str) -> Future[None]:
        return self._loop.submit(socket.send(text))

    async def _log_in(self, url: str, count: int) -> None:
        arrivals = Arrivals(count)
        for _ in range(count):
            self._loop.keep(self._stay(url, arrivals))
        await arrivals.wait()

    async def _stay(self, url: str, arrivals: Arrivals) -> None:
        while True:
            async with self._loop.dials:
                socket = await _open(url, HEARTBEAT)
                await socket.send(SUBSCRIPTION)
            arrivals.arrived()
            await socket.wait_closed()


async def _open(url: str, heartbeat: float | None = None) -> ClientConnection:
    socket = await connect(
        url, compression=None, max_queue=None, max_size=None, ping_interval=heartbeat, proxy=None
    )
    await socket.send(LOGIN)
    await socket.recv()
    return socket


async def _read(socket: ClientConnection, tally: Tally) -> None:
    take = tally.take
    async for message in socket:
        take(message)


async def _answer(socket: ClientConnection, tally: Tally, text: str, window: int) -> None:
    for _ in range(window):
        await socket.send(text)
    async for message in socket:
        tally.take(message)
        await socket.send(text)


async def _answer_late(socket: ClientConnection, text: str, seconds: float) -> None:
    await socket.send(text)
    async for _ in socket:
        time.sleep(seconds)  # noqa: ASYNC251  # what a handler does that knows no better
        await socket.send(text)
