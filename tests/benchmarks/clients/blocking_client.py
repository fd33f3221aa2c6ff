"""websocket-client as it comes: a blocking connection, and a thread for each."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from websocket import WebSocket, WebSocketException, create_connection

from clients.contract import LOGIN, SUBSCRIPTION, Tally

__all__ = ["BlockingClient", "UncheckedClient"]


class BlockingClient:
    """A thread a connection. There is no heartbeat: that would take a second thread each."""

    unchecked = False

    def receive(self, url: str, tallies: Sequence[Tally]) -> None:
        """Open a connection for each tally; see `Client`."""
        for tally in tallies:
            _start(_read, self._open(url), tally)

    def echo(self, url: str, tallies: Sequence[Tally], text: str, window: int) -> None:
        """Keep messages in flight on each connection; see `Client`."""
        sockets = [self._open(url) for _ in tallies]
        for socket, tally in zip(sockets, tallies, strict=True):
            _start(_answer, socket, tally, text, window)

    def block(self, url: str, text: str, seconds: float) -> None:
        """Open a connection whose handler blocks; see `Client`."""
        _start(_answer_late, self._open(url), text, seconds)

    def senders(self, url: str, count: int, text: str) -> list[Callable[[], None]]:
        """Return functions that send from threads; see `Client`."""
        return [partial(_send, self._open(url), text) for _ in range(count)]

    def log_in(self, url: str, count: int) -> None:
        """Open connections that stay; see `Client`."""
        arrived = threading.Semaphore(0)
        for _ in range(count):
            _start(_stay, partial(self._open, url), arrived)
        for _ in range(count):
            arrived.acquire()

    def _open(self, url: str) -> WebSocket:
        socket = create_connection(url, skip_utf8_validation=self.unchecked)
        socket.send(LOGIN)
        socket.recv()
        return socket


class UncheckedClient(BlockingClient):
    """The same without its own check of UTF-8, as its README advises for speed."""

    unchecked = True


def _start(work: Callable[..., None], *args: object) -> None:
    threading.Thread(target=work, args=args, daemon=True).start()


def _send(socket: WebSocket, text: str) -> None:
    socket.send(text)


def _read(socket: WebSocket, tally: Tally) -> None:
    recv, take = socket.recv, tally.take
    while True:
        take(recv())


def _answer(socket: WebSocket, tally: Tally, text: str, window: int) -> None:
    for _ in range(window):
        socket.send(text)
    while True:
        tally.take(socket.recv())
        socket.send(text)


def _answer_late(socket: WebSocket, text: str, seconds: float) -> None:
    while True:
        socket.send(text)
        socket.recv()
        time.sleep(seconds)


def _stay(dial: Callable[[], WebSocket], arrived: threading.Semaphore) -> None:
    while True:
        socket = dial()
        socket.send(SUBSCRIPTION)
        arrived.release()
        _wait_for_end(socket)


def _wait_for_end(socket: WebSocket) -> None:
    try:
        while True:
            socket.recv()
    except (WebSocketException, OSError):
        return
