"""What a user writes: how one connection reacts."""

from collections.abc import Sequence
from typing import Protocol

from holdfast.handlers.cause import Cause


class Connection(Protocol):
    """What a user's handler may do with the connection it is given."""

    @property
    def name(self) -> str:
        """The name it was given in the fleet."""
        ...

    def send(self, payload: object, ttl: float | None = None) -> None:
        """Queue a message; it goes out once the connection is ready, in order.

        Args:
            payload: str goes as text, bytes as binary, anything else as JSON text.
            ttl: seconds after which it is no longer worth sending; None for never.

        Raises:
            EncodeError: no frame can carry `payload`.
            OutboxFull: too many messages wait already (`holdfast.actors.OutboxFull`).
            ConnectionStopping: it was told to stop for good
                (`holdfast.actors.ConnectionStopping`). A handler that lets this through has not
                crashed: the rest of its method is skipped.
        """
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection for good, once what was sent before has been written.

        Args:
            code: the close code that the server is told (RFC 6455 section 7.4).
            reason: at most 123 bytes of UTF-8.
        """
        ...


class ConnectionHandler:
    """The reactions of one connection; override what matters to you.

    One instance lives as long as one incarnation of its connection: after a restart
    a fresh one takes over. Its methods are never called two at once, but they may be
    called on different threads. One that raises restarts its connection.
    """

    def on_ready(self, connection: Connection) -> None:
        """React to being authenticated and subscribed.

        Args:
            connection: the connection, for sending.
        """

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        """React to one message.

        Args:
            connection: the connection, for sending.
            message: str for text, bytes for binary.
        """

    def on_messages(self, connection: Connection, messages: Sequence[str | bytes]) -> None:
        """React to what came in together; by default to one message after the other.

        Args:
            connection: the connection, for sending.
            messages: at least one, in order.
        """
        for message in messages:
            self.on_message(connection, message)

    def on_receive(self, connection: Connection, message: object) -> object:
        """React to what somebody told or asked this connection by its name.

        Args:
            connection: the connection, for sending.
            message: whatever was told or asked.

        Returns:
            The answer, when it was asked.

        Raises:
            NotImplementedError: always, unless it is overridden: nobody expects messages here.
        """
        raise NotImplementedError(
            f"{type(self).__name__} was told a {type(message).__name__}, but has no on_receive"
        )

    def on_down(self, connection: Connection, cause: Cause) -> None:
        """React to the end of this incarnation.

        Args:
            connection: the connection; what is sent now goes out after the restart, if there is
                to be one.
            cause: why it ended.
        """
