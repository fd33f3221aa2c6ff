"""The mailbox: two lanes, bounded, and it outlives the actor that reads it.

A mailbox belongs to an address, not to one incarnation of an actor. While nobody owns it, it keeps
what arrives; the next owner finds everything in order. A put and the mailbox's end are one step:
a message is kept, refused with an error, or handed to `on_discard`; never lost in between.
"""

import threading
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop  # pyright: ignore[reportPrivateUsage]  # pykka's only stop

from holdfast.actors.dispatch.errors import MailboxFull
from holdfast.actors.dispatch.future import DispatchedFuture

__all__ = ["Control", "Mailbox", "Ordered", "Overflow", "Runnable"]


class Control:
    """Base of the messages that overtake data and are never refused: stop, timers, auth."""

    __slots__ = ()


class Ordered:
    """Base of the messages that keep their place among data yet are never refused.

    Their sender bounds them by other means: the socket actor stops reading a stream whose
    connection has a backlog of them.
    """

    __slots__ = ()


class Overflow(StrEnum):
    """What a full mailbox does with one more data message."""

    REFUSE = "refuse"
    """Raise `MailboxFull` to the sender."""
    DROP_OLDEST = "drop_oldest"
    """Discard the oldest data message to make room."""
    DROP_NEWEST = "drop_newest"
    """Discard the message that doesn't fit."""


class Runnable(Protocol):
    """What a mailbox wakes: an actor on a dispatcher."""

    def schedule(self) -> None:
        """Ask the dispatcher for a turn."""
        ...


_UNREFUSED = (Control, Ordered, _ActorStop)


class Mailbox:
    """A bounded queue with a control lane and a data lane, read by one owner at a time.

    Args:
        capacity: data messages kept before the overflow policy applies.
        overflow: what happens to the one that doesn't fit.
        on_discard: told of every message that an overflow policy dropped.
    """

    __slots__ = (
        "_control",
        "_data",
        "_lock",
        "_owner",
        "_scheduled",
        "backlog",
        "capacity",
        "closed",
        "on_discard",
        "overflow",
        "paused",
    )

    def __init__(
        self,
        capacity: int = 10_000,
        overflow: Overflow = Overflow.REFUSE,
        on_discard: Callable[[Any], None] | None = None,
    ) -> None:
        # Taken by `with` alone: Ctrl-C between `acquire` and `try` would leave it locked for ever.
        self._lock = threading.Lock()
        # Each lane exists while something is in it: two empty deques are 1.5 KiB, more than all
        # the rest of an idle actor.
        self._control: deque[Envelope[Any]] | None = None
        self._data: deque[Envelope[Any]] | None = None
        self._owner: Runnable | None = None
        self._scheduled = False
        self.capacity = capacity
        self.overflow = overflow
        self.on_discard = on_discard
        self.closed = False
        self.backlog = 0
        """`Ordered` messages that wait: what a sender looks at to hold back."""
        self.paused = False
        """A sender of `Ordered` messages holds back and waits to be told to resume."""

    def __len__(self) -> int:
        return len(self._control or ()) + len(self._data or ())

    def put(self, envelope: Envelope[Any], /) -> None:
        """Add a message to its lane and wake the owner.

        Raises:
            MailboxFull: the data lane is full and the policy is to refuse.
            pykka.ActorDeadError: the mailbox is closed; a question gets it as its answer.
        """
        dropped: Envelope[Any] | None = None
        with self._lock:
            if self.closed:
                _refuse(envelope)
                return
            if isinstance(envelope.message, _UNREFUSED):
                self._add(envelope)
            else:
                data = self._data
                if data is None:
                    data = self._data = deque()
                if len(data) < self.capacity:
                    data.append(envelope)
                else:
                    dropped = self._overflow(envelope, data)
            if envelope.reply_to is not None:
                self._note_asked(envelope.reply_to)
            owner = None if self._scheduled else self._owner
            if owner is not None:
                self._scheduled = True
        if owner is not None:
            owner.schedule()
        if dropped is not None:
            self._discard(dropped)

    def tell(self, message: Control | Ordered) -> bool:
        """Put a message of the machine, which is never refused for want of room.

        Returns:
            False when the mailbox is closed: nobody is left who would want it.
        """
        envelope = Envelope(message)
        with self._lock:
            if self.closed:
                return False
            self._add(envelope)
            owner = None if self._scheduled else self._owner
            if owner is not None:
                self._scheduled = True
        if owner is not None:
            owner.schedule()
        return True

    def take(self, owner: Runnable) -> Envelope[Any] | None:
        """Return the next message, control first; None puts the owner to sleep.

        A former owner gets None: what is here belongs to its successor.
        """
        with self._lock:
            if self._owner is not owner:
                return None
            if self._control:
                return self._control.popleft()
            if self._data:
                envelope = self._data.popleft()
                if isinstance(envelope.message, Ordered):
                    self.backlog -= 1
                return envelope
            self._control = self._data = None
            self._scheduled = False
            return None

    def put_back(self, message: object) -> None:
        """Return a data message to the front of its lane, for the next incarnation."""
        with self._lock:
            if self._data is None:
                self._data = deque()
            self._data.appendleft(Envelope(message))
            self.backlog += isinstance(message, Ordered)

    def replace_data(self, change: Callable[[Any], Any | None]) -> None:
        """Replace every waiting data message by what `change` makes of it, in order.

        Args:
            change: given a message, returns the one to keep in its place, None to remove it.
        """
        with self._lock:
            kept: deque[Envelope[Any]] = deque()
            for envelope in self._data or ():
                message = change(envelope.message)
                if message is not None:
                    kept.append(Envelope(message, reply_to=envelope.reply_to))
            self._data = kept
            self.backlog = sum(isinstance(envelope.message, Ordered) for envelope in kept)

    def weigh(self, weight: Callable[[Any], int]) -> int:
        """Return the weight of the data messages that wait.

        Args:
            weight: of one message.
        """
        with self._lock:
            return sum(weight(envelope.message) for envelope in self._data or ())

    def attach(self, owner: Runnable) -> None:
        """Give the mailbox an owner and wake it: it has its start to do, and perhaps mail."""
        with self._lock:
            self._owner = owner
            self._scheduled = True
        owner.schedule()

    def detach(self, owner: Runnable) -> None:
        """Take the mailbox from an owner that ended; it keeps what arrives from now on."""
        with self._lock:
            if self._owner is owner:
                self._owner = None

    def owned_by(self, owner: Runnable) -> bool:
        """Tell whether this is the one who may read the mailbox and change what waits in it."""
        return self._owner is owner

    def close(self) -> list[Envelope[Any]]:
        """Refuse every later message and return those that nobody will handle."""
        with self._lock:
            self.closed = True
            self._owner = None
            left = [*(self._control or ()), *(self._data or ())]
            self._control = self._data = None
            self.backlog = 0
        return left

    def get(self) -> Envelope[Any]:
        """Return the next message without waiting; part of pykka's inbox protocol.

        Raises:
            IndexError: the mailbox is empty.
        """
        with self._lock:
            envelope = (self._control or self._data or deque()).popleft()
            self.backlog -= isinstance(envelope.message, Ordered)
            return envelope

    def empty(self) -> bool:
        """Tell whether no message waits; part of pykka's inbox protocol."""
        return not (self._control or self._data)

    def _add(self, envelope: Envelope[Any]) -> None:
        """Add a message that is never refused."""
        if isinstance(envelope.message, Ordered):
            if self._data is None:
                self._data = deque()
            self._data.append(envelope)
            self.backlog += 1
        else:
            if self._control is None:
                self._control = deque()
            self._control.append(envelope)

    def _note_asked(self, future: pykka.Future[Any]) -> None:
        if isinstance(future, DispatchedFuture):
            future.asked = self

    def _overflow(
        self, envelope: Envelope[Any], data: deque[Envelope[Any]]
    ) -> Envelope[Any] | None:
        if self.overflow is Overflow.REFUSE:
            raise MailboxFull(
                f"the mailbox is full: {self.capacity} messages wait; "
                "send slower or raise its capacity"
            )
        if self.overflow is Overflow.DROP_NEWEST:
            return envelope
        data.append(envelope)
        return _pop_oldest(data)

    def _discard(self, envelope: Envelope[Any]) -> None:
        if envelope.reply_to is not None:
            full = MailboxFull("the mailbox was full: this message was dropped")
            envelope.reply_to.set_exception((MailboxFull, full, None))
        if self.on_discard is not None:
            self.on_discard(envelope.message)


def _pop_oldest(data: deque[Envelope[Any]]) -> Envelope[Any]:
    """Remove the oldest message that isn't `Ordered`; there is one."""
    index = next(index for index, each in enumerate(data) if not isinstance(each.message, Ordered))
    oldest = data[index]
    del data[index]
    return oldest


def _refuse(envelope: Envelope[Any]) -> None:
    dead = pykka.ActorDeadError("the actor has stopped: its mailbox takes no more messages")
    if envelope.reply_to is None:
        raise dead
    envelope.reply_to.set_exception((pykka.ActorDeadError, dead, None))
