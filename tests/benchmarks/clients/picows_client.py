"""picows, by its core API: a listener whose `on_ws_frame` is called for each frame."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,  # pyright: ignore[reportUnknownVariableType]  # its **kwargs have no type
)

from clients.contract import LOGIN, SUBSCRIPTION, Quotes, Tally
from clients.loop import IN_FLIGHT, Arrivals, Loop

__all__ = ["PicowsClient"]

HEARTBEAT: Final = 20.0


class _Listener(WSListener):
    """Logs in. What comes after the answer goes to `take`, without a question for each frame."""

    arrivals: Arrivals

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, LOGIN.encode())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002
        self.on_ws_frame = self.take  # type: ignore[method-assign]  # picows looks it up each time
        self.begin(transport)
        self.arrivals.arrived()

    def begin(self, transport: WSTransport) -> None:
        """Do what is done once after the login."""

    def take(self, transport: WSTransport, frame: WSFrame) -> None:
        """Treat a frame."""


class _Counting(_Listener):
    """Counts what comes in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def take(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002
        frame.get_payload_as_utf8_text()
        self._tally.n += 1


class _Decoding(_Listener):
    """Decodes JSON, and counts."""

    def __init__(self, tally: Quotes) -> None:
        self._tally = tally
        self._decode = tally.decode

    def take(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002
        self._tally.last = self._decode(frame.get_payload_as_utf8_text())
        self._tally.n += 1


class _Answering(_Listener):
    """Answers each message with another."""

    def __init__(self, tally: Tally, text: str, window: int) -> None:
        self._tally = tally
        self._data = text.encode()
        self._window = window

    def begin(self, transport: WSTransport) -> None:
        for _ in range(self._window):
            transport.send(WSMsgType.TEXT, self._data)

    def take(self, transport: WSTransport, frame: WSFrame) -> None:
        self._tally.take(frame.get_payload_as_utf8_text())
        transport.send(WSMsgType.TEXT, self._data)


class _Blocking(_Listener):
    """Blocks before it answers."""

    def __init__(self, text: str, seconds: float) -> None:
        self._data = text.encode()
        self._seconds = seconds

    def begin(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, self._data)

    def take(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002
        time.sleep(self._seconds)
        transport.send(WSMsgType.TEXT, self._data)


class _Staying(_Listener):
    """Subscribes."""

    def begin(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, SUBSCRIPTION.encode())


class PicowsClient:
    """One loop for all connections; picows brings its own transports for it (aiofastnet)."""

    def __init__(self) -> None:
        self._loop = Loop()

    def receive(self, url: str, tallies: Sequence[Tally]) -> None:
        """Open a connection for each tally; see `Client`."""
        self._open_all(url, [partial(_listener, tally) for tally in tallies])

    def echo(self, url: str, tallies: Sequence[Tally], text: str, window: int) -> None:
        """Keep messages in flight on each connection; see `Client`."""
        self._open_all(url, [partial(_Answering, tally, text, window) for tally in tallies])

    def block(self, url: str, text: str, seconds: float) -> None:
        """Open a connection whose handler blocks; see `Client`."""
        self._open_all(url, [partial(_Blocking, text, seconds)])

    def senders(self, url: str, count: int, text: str) -> list[Callable[[], None]]:
        """Return functions that send from threads; see `Client`."""
        transports = self._open_all(url, [_Listener] * count)
        return [self._sender(transport, text.encode()) for transport in transports]

    def log_in(self, url: str, count: int) -> None:
        """Open connections that stay; see `Client`."""
        self._loop.run(self._log_in(url, count))

    def _open_all(self, url: str, makers: Sequence[Callable[[], _Listener]]) -> list[WSTransport]:
        return self._loop.run(self._open(url, makers))

    async def _open(self, url: str, makers: Sequence[Callable[[], _Listener]]) -> list[WSTransport]:
        arrivals = Arrivals(len(makers))
        opened = await self._loop.dial_all(
            ws_connect(partial(_make, make, arrivals), url) for make in makers
        )
        await arrivals.wait()
        return [transport for transport, _ in opened]

    def _sender(self, transport: WSTransport, data: bytes) -> Callable[[], None]:
        """Return a function that has the loop's thread send, and waits for it now and then."""
        call, taken, number = self._loop.loop.call_soon_threadsafe, threading.Semaphore(2), 0

        def send() -> None:
            nonlocal number
            number += 1
            call(transport.send, WSMsgType.TEXT, data)
            if not number % (IN_FLIGHT // 2):
                taken.acquire()
                call(taken.release)

        return send

    async def _log_in(self, url: str, count: int) -> None:
        arrivals = Arrivals(count)
        for _ in range(count):
            self._loop.keep(self._stay(url, arrivals))
        await arrivals.wait()

    async def _stay(self, url: str, arrivals: Arrivals) -> None:
        while True:
            async with self._loop.dials:
                transport, _ = await ws_connect(
                    partial(_make, _Staying, arrivals),
                    url,
                    enable_auto_ping=True,
                    auto_ping_idle_timeout=HEARTBEAT,
                )
            await transport.wait_disconnected()


def _make(make: Callable[[], _Listener], arrivals: Arrivals) -> _Listener:
    listener = make()
    listener.arrivals = arrivals
    return listener


def _listener(tally: Tally) -> _Listener:
    return _Decoding(tally) if isinstance(tally, Quotes) else _Counting(tally)
