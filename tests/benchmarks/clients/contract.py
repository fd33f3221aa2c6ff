"""What every client under measurement can do, and what takes the messages it receives.

Each client decodes text to `str` and calls one Python function a message. Where a library calls
back by itself (holdfast, picows) that function is the callback; where one awaits messages in a
loop (aiohttp, websockets, websocket-client), the loop calls `take`.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

__all__ = ["LOGIN", "SUBSCRIPTION", "TOKEN", "Client", "Quote", "Quotes", "Tally", "Trips"]

TOKEN: Final = "made-up-for-the-benchmark"  # noqa: S105  # the load server lets everybody in
LOGIN: Final = f'{{"type":"auth","token":"{TOKEN}"}}'
SUBSCRIPTION: Final = '{"op":"subscribe","channel":"btc"}'


class Tally:
    """Counts the messages of one connection."""

    def __init__(self) -> None:
        self.n = 0

    def take(self, message: str | bytes) -> None:  # noqa: ARG002  # counted, not read
        """Count a message."""
        self.n += 1


class Quote(msgspec.Struct):
    """The message of an exchange's ticker, as far as somebody is interested in it."""

    symbol: str
    bid: float
    ask: float
    ts: int


class Quotes(Tally):
    """Decodes the messages of one connection from JSON, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.decode: Callable[[str | bytes], Quote] = msgspec.json.Decoder(Quote).decode
        self.last: Quote | None = None

    def take(self, message: str | bytes) -> None:
        """Decode a message."""
        self.last = self.decode(message)
        self.n += 1


class Trips(Tally):
    """Times the round trips of one connection that sends again as soon as it is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self.started = time.perf_counter()

    def take(self, message: str | bytes) -> None:  # noqa: ARG002  # timed, not read
        """Note that a message came back; the next is sent right after this."""
        now = time.perf_counter()
        self.times.append(now - self.started)
        self.started = now


class Client(Protocol):
    """One library, as its own documentation recommends it for speed.

    Its methods are called on the main thread; the library runs on others. Every connection logs in
    and waits for the answer before it does anything else.
    """

    def receive(self, url: str, tallies: Sequence[Tally]) -> None:
        """Open a connection for each tally, which takes whatever comes in on it."""
        ...

    def echo(self, url: str, tallies: Sequence[Tally], text: str, window: int) -> None:
        """Do the same, and keep messages in flight.

        Args:
            url: of the load server.
            tallies: one a connection.
            text: of every message.
            window: how many each connection sends at first; then one for each that comes in.
        """
        ...

    def block(self, url: str, text: str, seconds: float) -> None:
        """Open a connection that answers each message after its handler has blocked for so long."""
        ...

    def senders(self, url: str, count: int, text: str) -> list[Callable[[], None]]:
        """Open connections.

        Returns:
            For each, a function that a thread of its own calls to send one message; it blocks
            while too many are on their way.
        """
        ...

    def log_in(self, url: str, count: int) -> None:
        """Open connections with a heartbeat, log in and subscribe on each; wait until all have.

        A connection that ends is opened again in the same way.
        """
        ...
