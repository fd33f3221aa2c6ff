"""The outbox: what waits to be sent, what is on its way, and how each message ended.

It belongs to a child slot and survives restarts. A message leaves `waiting` when it is handed to
the socket actor and is settled when that says how far the stream has been written.
"""

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from queue import Full
from typing import Final

import pykka
from pykka._envelope import Envelope

from holdfast.actors.dispatch import Mailbox, MailboxFull
from holdfast.actors.idle import NOTHING
from holdfast.actors.slots.ledger import Ledger, Outcome
from holdfast.handlers.check import not_negative
from holdfast.handlers.payload import encode

__all__ = [
    "ConnectionStopping",
    "Outbox",
    "OutboxFull",
    "Parcel",
    "Send",
    "make_parcel",
    "post",
    "waiting",
]


_MAKING: Final = threading.Lock()


class OutboxFull(Exception):  # noqa: N818  # a state that the sender handles, named like queue.Full
    """So many messages wait for the connection that it takes no more."""


class ConnectionStopping(pykka.ActorDeadError):  # named for what it reports
    """The connection was told to stop for good: what it has is written, it takes no more.

    Args:
        connection: its name.
    """

    def __init__(self, connection: str) -> None:
        super().__init__(f"connection {connection!r} is stopping: it takes no more messages")
        self.connection = connection


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """One outbound message on its way to its outcome."""

    opcode: int
    """1 for text, 2 for binary (RFC 6455 5.2)."""
    data: bytes = field(repr=False)
    expires_at: float = inf
    """Monotonic seconds after which it is not sent any more."""
    outcome: pykka.Future[Outcome] | None = None
    """Told how it ended."""

    def end(self, outcome: Outcome) -> None:
        """Tell whoever waits for the outcome."""
        if self.outcome is not None:
            # Full: its receiver has set it, which is theirs to know.
            with suppress(Full):
                self.outcome.set(outcome)


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message over a connection, now or when it is ready."""

    parcel: Parcel


def make_parcel(
    payload: object,
    now: float,
    ttl: float | None = None,
    outcome: pykka.Future[Outcome] | None = None,
) -> Parcel:
    """Encode a payload.

    Args:
        payload: str goes as text, bytes as binary, anything else as JSON text.
        now: monotonic seconds.
        ttl: seconds after which it is no longer worth sending; None for never.
        outcome: told how it ended.

    Raises:
        EncodeError: no frame can carry the payload.
        ValueError: the time to live is no number, or negative.
    """
    if ttl is not None:
        not_negative("ttl", ttl)
    frame = encode(payload)
    return Parcel(frame.opcode, frame.data, inf if ttl is None else now + ttl, outcome)


def post(parcel: Parcel, mailbox: Mailbox, outbox: "Outbox") -> None:
    """Put a parcel into a connection's mailbox, from any thread.

    Raises:
        MailboxFull: it was refused, and counted so.
        ConnectionStopping: the same.
        pykka.ActorDeadError: the connection has stopped.
    """
    outbox.accept()
    try:
        mailbox.put(Envelope(Send(parcel)))
    except (MailboxFull, pykka.ActorDeadError):
        outbox.refuse()
        raise


def waiting(outbox: "Outbox", mailbox: Mailbox) -> int:
    """Count the accepted messages that have no outcome yet, where they really are."""
    return len(outbox.waiting) + len(outbox.flying) + mailbox.weigh(_is_send)


def _is_send(message: object) -> bool:
    return isinstance(message, Send)


class Outbox:
    """A bounded queue of parcels and the window of those that are being written.

    Args:
        ledger: where outcomes are counted.
        capacity: parcels that may wait.
        window: bytes that may be on their way to the socket at once.
    """

    __slots__ = (
        "_capacity",
        "_flying_bytes",
        "_ledger",
        "_stopping",
        "_window",
        "_written",
        "flying",
        "waiting",
    )

    def __init__(self, ledger: Ledger, capacity: int, window: int) -> None:
        self._ledger = ledger
        self._capacity = capacity
        self._window = window
        self._stopping: str | None = None
        self._written = 0
        self._flying_bytes = 0
        self.waiting: deque[Parcel] = NOTHING
        self.flying: deque[Parcel] = NOTHING

    @property
    def unsent(self) -> bool:
        """Whether it holds anything that has no outcome yet."""
        return bool(self.waiting or self.flying)

    def resize(self, capacity: int, window: int) -> None:
        """Have other bounds from now on; what is over them already is kept.

        Args:
            capacity: parcels that may wait.
            window: bytes that may be on their way to the socket at once.
        """
        self._capacity = capacity
        self._window = window

    def stop_taking(self, connection: str) -> None:
        """Accept nothing from now on: the connection of this name stops for good."""
        self._stopping = connection

    def accept(self) -> None:
        """Count a message as accepted, from any thread; `add` or the mailbox comes next.

        Raises:
            ConnectionStopping: it was refused, and counted so.
        """
        if self._stopping is not None:
            self._ledger.refuse()
            raise ConnectionStopping(self._stopping)
        self._ledger.accept()

    def refuse(self) -> None:
        """Count a message that was accepted as refused after all."""
        self._ledger.refuse(accepted=True)

    def add(self, parcel: Parcel) -> None:
        """Queue a parcel that was accepted.

        Raises:
            OutboxFull: it was refused, and counted so.
        """
        # What a stop finds in the mailbox comes all at once, and is bounded by that.
        if len(self.waiting) >= self._capacity and self._stopping is None:
            self.refuse()
            parcel.end(Outcome.REFUSED)
            text = f"the outbox is full: {self._capacity} messages wait to be sent"
            raise OutboxFull(text)
        if self.waiting is NOTHING:
            self._make_queues()
        self.waiting.append(parcel)

    def depart(self, now: float) -> list[Parcel]:
        """Take what fits into the window; what has expired meanwhile ends here.

        Args:
            now: monotonic seconds.
        """
        leaving: list[Parcel] = []
        while self.waiting and self._flying_bytes < self._window:
            parcel = self.waiting.popleft()
            if parcel.expires_at <= now:
                self._settle(parcel, Outcome.EXPIRED)
                continue
            leaving.append(parcel)
            self._flying_bytes += len(parcel.data)
        if leaving:
            self.flying.extend(leaving)
        return leaving

    def expire(self, now: float) -> None:
        """End whatever waits beyond its time to live."""
        if any(parcel.expires_at <= now for parcel in self.waiting):
            alive = deque(parcel for parcel in self.waiting if parcel.expires_at > now)
            for parcel in self.waiting:
                if parcel.expires_at <= now:
                    self._settle(parcel, Outcome.EXPIRED)
            self.waiting = alive

    def written(self, total: int) -> None:
        """Settle as sent what has been written since the last call.

        Args:
            total: parcels of the present stream that the kernel has taken, from its beginning.
        """
        landed = [self.flying.popleft() for _ in range(total - self._written)]
        self._written = total
        self._flying_bytes -= sum(len(parcel.data) for parcel in landed)
        self._ledger.settle(Outcome.SENT, len(landed))
        for parcel in landed:
            parcel.end(Outcome.SENT)

    def taken_back(self, kept: int) -> None:
        """Drop what the present stream won't come to.

        Args:
            kept: parcels from its beginning that the kernel has taken, or still may.
        """
        for _ in range(self._written + len(self.flying) - kept):
            parcel = self.flying.pop()
            self._flying_bytes -= len(parcel.data)
            self._settle(parcel, Outcome.DROPPED)

    def stream_ended(self, total: int, *, torn: int) -> None:
        """Settle the last stream: what it didn't write waits again, in its old order.

        Args:
            total: parcels of that stream that the kernel has taken whole.
            torn: how many after them were begun.
        """
        self.written(total)
        for _ in range(min(torn, len(self.flying))):
            self._land(Outcome.UNKNOWN)
        if self.flying:
            self.waiting.extendleft(reversed(self.flying))
            self.flying.clear()
        self._flying_bytes = 0
        self._written = 0

    def drop_all(self) -> None:
        """End everything: the connection has stopped for good, and nobody will say more."""
        while self.flying:
            self._land(Outcome.UNKNOWN)
        self.drop_waiting()

    def drop_waiting(self) -> None:
        """End what no stream has been given: there is no time left for it."""
        while self.waiting:
            self._settle(self.waiting.popleft(), Outcome.DROPPED)

    def _make_queues(self) -> None:
        # A handler that was given up may be sending still, beside its successor.
        with _MAKING:
            if self.waiting is NOTHING:
                self.flying = deque()
                self.waiting = deque()

    def _land(self, outcome: Outcome) -> None:
        parcel = self.flying.popleft()
        self._flying_bytes -= len(parcel.data)
        self._settle(parcel, outcome)

    def _settle(self, parcel: Parcel, outcome: Outcome) -> None:
        self._ledger.settle(outcome)
        parcel.end(outcome)
