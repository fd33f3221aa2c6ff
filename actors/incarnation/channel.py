"""What a user's handler holds of its connection; safe from any thread."""

from typing import Protocol

from holdfast.actors.clock import Clock
from holdfast.actors.dispatch import Control, Mailbox
from holdfast.actors.incarnation.line import Line
from holdfast.actors.requests import StopChild
from holdfast.actors.slots.outbox import make_parcel, post
from holdfast.actors.spec import ConnectionSpec
from holdfast.actors.wire.frames import may_close_with

__all__ = ["Channel", "Speaker"]


class Speaker(Protocol):
    """The connection actor, as far as the user's handler reaches it."""

    spec: ConnectionSpec
    clock: Clock
    mailbox: Mailbox
    line: Line

    def sends_here(self) -> bool:
        """Tell whether the calling thread may use the line: others go through the mailbox."""
        ...

    def tell_supervisor(self, message: Control) -> None:
        """Send the supervisor a message."""
        ...


class Channel:
    """The `holdfast.handlers.Connection` of one incarnation.

    Args:
        actor: the connection actor that it speaks for.
    """

    __slots__ = ("_actor",)

    def __init__(self, actor: Speaker) -> None:
        self._actor = actor

    def __repr__(self) -> str:
        return f"<Connection {self.name}>"

    @property
    def name(self) -> str:
        """The name it was given in the fleet."""
        return self._actor.spec.name

    def send(self, payload: object, ttl: float | None = None) -> None:
        """Queue a message; it goes out once the connection is ready, in order.

        Args:
            payload: str goes as text, bytes as binary, anything else as JSON text.
            ttl: seconds after which it is no longer worth sending; None for never.

        Raises:
            EncodeError: no frame can carry the payload.
            ConnectionStopping: it was told to stop for good.
            OutboxFull: too many messages wait already.
            MailboxFull: the same, from a thread that isn't the handler's.
        """
        actor = self._actor
        parcel = make_parcel(payload, actor.clock.now(), ttl)
        if not actor.sends_here():
            post(parcel, actor.mailbox, actor.line.outbox)
            return
        actor.line.outbox.accept()
        actor.line.send(parcel)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection for good, once what was sent before has been written.

        Args:
            code: the close code that the server is told (RFC 6455 section 7.4).
            reason: at most 123 bytes of UTF-8; what is longer is cut.

        Raises:
            ValueError: no client may say this code.
            TypeError: the reason is no text.
        """
        if not may_close_with(code):
            raise ValueError(f"no close code that may be sent: {code!r}; 1000 and 3000 to 4999 are")
        if not isinstance(reason, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users aren't all typed
            raise TypeError(f"the reason of a close must be text, not {type(reason).__name__}")
        self._actor.tell_supervisor(StopChild(self.name, code, reason, slot=self._actor.line.slot))
