"""A user's handler reacts to what it overrides, and to nothing else."""

import pytest

from holdfast.handlers import Cause, CauseKind, Connection, ConnectionHandler
from holdfast.handlers.messages import Received


class Line:
    """A connection that remembers what was sent on it."""

    name = "deribit-1"

    def __init__(self) -> None:
        self.sent: list[object] = []

    def send(self, payload: object, ttl: float | None = None) -> None:
        """Remember a message."""
        self.sent.append((payload, ttl))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Remember a close."""
        self.sent.append((code, reason))


class Echo(ConnectionHandler):
    """Sends back what it receives."""

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        """Send it back."""
        connection.send(message, ttl=1.0)


def test_a_handler_that_overrides_nothing_does_nothing() -> None:
    handler, line = ConnectionHandler(), Line()
    handler.on_ready(line)
    handler.on_message(line, "a")
    handler.on_messages(line, ["a", b"b"])
    handler.on_down(line, Cause(CauseKind.NETWORK, "connection_lost", "gone"))
    assert line.sent == []


def test_a_batch_is_by_default_one_message_after_the_other() -> None:
    line = Line()
    Echo().on_messages(line, ["a", b"b", "c"])
    assert line.sent == [("a", 1.0), (b"b", 1.0), ("c", 1.0)]


def test_a_handler_that_expects_no_messages_from_inside_says_so() -> None:
    with pytest.raises(NotImplementedError, match=r"^Echo was told a dict, but has no on_receive$"):
        Echo().on_receive(Line(), {})


def test_a_received_message_does_not_show_what_is_in_it() -> None:
    assert repr(Received("deribit-1", "s3cr3t")) == "Received(connection='deribit-1')"
