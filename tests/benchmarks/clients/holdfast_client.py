"""holdfast as it comes: a supervised fleet."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import pykka

from clients.contract import SUBSCRIPTION, TOKEN, Quotes, Tally
from clients.loop import IN_FLIGHT
from holdfast.actors import Backoff, Fleet, Governor, Heartbeat, RestartPolicy
from holdfast.handlers import Connection, ConnectionHandler, TokenAuth

__all__ = ["HoldfastClient", "PacedHoldfastClient"]

PATIENCE: Final = 60.0
QUIET: Final = Heartbeat(interval=3_600.0, timeout=1_800.0)
"""For loads that count bytes: no ping may come among them."""

AT_ONCE: Final = RestartPolicy(backoff=Backoff(base=1e-6, factor=1.0, cap=1e-6))
"""Pacing off: a connection that was cut is dialled again at once, as bare clients do it."""


class _Counting(ConnectionHandler):
    """Counts what comes in."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def on_message(self, connection: Connection, message: str | bytes) -> None:  # noqa: ARG002
        self._tally.n += 1


class _Decoding(ConnectionHandler):
    """Decodes JSON, and counts."""

    def __init__(self, tally: Quotes) -> None:
        self._tally = tally
        self._decode = tally.decode

    def on_message(self, connection: Connection, message: str | bytes) -> None:  # noqa: ARG002
        self._tally.last = self._decode(message)
        self._tally.n += 1


class _Answering(ConnectionHandler):
    """Answers each message with another."""

    def __init__(self, tally: Tally, text: str, window: int) -> None:
        self._take = tally.take
        self._text = text
        self._window = window

    def on_ready(self, connection: Connection) -> None:
        for _ in range(self._window):
            connection.send(self._text)

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        self._take(message)
        connection.send(self._text)


class _Blocking(ConnectionHandler):
    """Blocks before it answers."""

    def __init__(self, text: str, seconds: float) -> None:
        self._text = text
        self._seconds = seconds

    def on_ready(self, connection: Connection) -> None:
        connection.send(self._text)

    def on_message(self, connection: Connection, message: str | bytes) -> None:  # noqa: ARG002
        time.sleep(self._seconds)
        connection.send(self._text)


class HoldfastClient:
    """One fleet for all connections, with the pacing of restarts off."""

    restart: RestartPolicy = AT_ONCE
    governor: Governor = Governor(outage=None)

    def __init__(self) -> None:
        self._fleet = Fleet(governor=self.governor)
        self._fleet.open()
        self._names = 0

    def receive(self, url: str, tallies: Sequence[Tally]) -> None:
        """Open a connection for each tally; see `Client`."""
        self._open_all(url, [partial(_handler, tally) for tally in tallies])

    def echo(self, url: str, tallies: Sequence[Tally], text: str, window: int) -> None:
        """Keep messages in flight on each connection; see `Client`."""
        self._open_all(url, [partial(_Answering, tally, text, window) for tally in tallies])

    def block(self, url: str, text: str, seconds: float) -> None:
        """Open a connection whose handler blocks; see `Client`."""
        self._open_all(url, [partial(_Blocking, text, seconds)])

    def senders(self, url: str, count: int, text: str) -> list[Callable[[], None]]:
        """Return functions that send from threads; see `Client`."""
        names = self._open_all(url, [ConnectionHandler] * count)
        return [_sender(partial(self._fleet.send, name, text)) for name in names]

    def log_in(self, url: str, count: int) -> None:
        """Open connections that stay; see `Client`."""
        auth = TokenAuth(TOKEN)
        for name in self._new_names(count):
            self._fleet.connect(
                name, url, auth=auth, subscriptions=[SUBSCRIPTION], restart=self.restart
            )
        self._fleet.wait_ready(timeout=PATIENCE)

    def _open_all(self, url: str, handlers: Sequence[Callable[[], ConnectionHandler]]) -> list[str]:
        names, auth = self._new_names(len(handlers)), TokenAuth(TOKEN)
        for name, handler in zip(names, handlers, strict=True):
            self._fleet.connect(name, url, handler=handler, auth=auth, heartbeat=QUIET)
        self._fleet.wait_ready(timeout=PATIENCE)
        return names

    def _new_names(self, count: int) -> list[str]:
        first, self._names = self._names, self._names + count
        return [f"connection-{number}" for number in range(first, self._names)]


class PacedHoldfastClient(HoldfastClient):
    """The same with the pacing that it has by default: delays, and a probe for an outage."""

    restart = RestartPolicy()
    governor = Governor()


def _handler(tally: Tally) -> ConnectionHandler:
    return _Decoding(tally) if isinstance(tally, Quotes) else _Counting(tally)


def _sender(submit: Callable[[], pykka.Future[Any]]) -> Callable[[], None]:
    """Return a function that sends one message, and waits while too many are on their way."""
    flying: deque[pykka.Future[Any]] = deque()

    def send() -> None:
        flying.append(submit())
        if len(flying) >= IN_FLIGHT:
            flying.popleft().get()

    return send
