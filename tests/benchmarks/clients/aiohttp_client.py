"""aiohttp, with neither compression nor a bound on the size of a message or on connections."""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

import aiohttp

from clients.contract import LOGIN, SUBSCRIPTION, Tally
from clients.loop import Arrivals, Loop, windowed

__all__ = ["AiohttpClient", "AiohttpUvloopClient"]

HEARTBEAT: Final = 20.0

_WebSocket = aiohttp.ClientWebSocketResponse


class AiohttpClient:
    """One session for all connections, as its documentation advises."""

    uvloop = False

    def __init__(self) -> None:
        self._loop = Loop(uvloop=self.uvloop)
        self._session = self._loop.run(self._make_session())

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

    async def _make_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def _open(self, url: str, heartbeat: float | None = None) -> _WebSocket:
        socket = await self._session.ws_connect(url, max_msg_size=0, heartbeat=heartbeat)
        await socket.send_str(LOGIN)
        await socket.receive()
        return socket

    async def _open_all(self, url: str, count: int) -> list[_WebSocket]:
        return await self._loop.dial_all(self._open(url) for _ in range(count))

    async def _receive(self, url: str, tallies: Sequence[Tally]) -> None:
        for socket, tally in zip(await self._open_all(url, len(tallies)), tallies, strict=True):
            self._loop.keep(_read(socket, tally))

    async def _echo(self, url: str, tallies: Sequence[Tally], text: str, window: int) -> None:
        for socket, tally in zip(await self._open_all(url, len(tallies)), tallies, strict=True):
            self._loop.keep(_answer(socket, tally, text, window))

    async def _block(self, url: str, text: str, seconds: float) -> None:
        self._loop.keep(_answer_late(await self._open(url), text, seconds))

    def _submit(self, socket: _WebSocket, text: str) -> Future[None]:
        return self._loop.submit(socket.send_str(text))

    async def _log_in(self, url: str, count: int) -> None:
        arrivals = Arrivals(count)
        for _ in range(count):
            self._loop.keep(self._stay(url, arrivals))
        await arrivals.wait()

    async def _stay(self, url: str, arrivals: Arrivals) -> None:
        while True:
            async with self._loop.dials:
                socket = await self._open(url, HEARTBEAT)
                await socket.send_str(SUBSCRIPTION)
            arrivals.arrived()
            async for _ in socket:
                await asyncio.sleep(0)


class AiohttpUvloopClient(AiohttpClient):
    """The same on uvloop, of which its documentation says nothing."""

    uvloop = True


async def _read(socket: _WebSocket, tally: Tally) -> None:
    take = tally.take
    async for message in socket:
        take(message.data)


async def _answer(socket: _WebSocket, tally: Tally, text: str, window: int) -> None:
    for _ in range(window):
        await socket.send_str(text)
    async for message in socket:
        tally.take(message.data)
        await socket.send_str(text)


async def _answer_late(socket: _WebSocket, text: str, seconds: float) -> None:
    await socket.send_str(text)
    async for _ in socket:
        time.sleep(seconds)  # noqa: ASYNC251  # what a handler does that knows no better
        await socket.send_str(text)
