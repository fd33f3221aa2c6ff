"""The handler that `holdfast run` gives to connections that name none: it makes messages lines."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from holdfast.actors.console.sinks.lines import LineWriter
from holdfast.actors.logs.escape import escape_json
from holdfast.handlers import Connection, ConnectionHandler

__all__ = ["Printer", "message_line"]

_JSON = msgspec.json.Encoder()


class Printer(ConnectionHandler):
    """Writes each message as one JSON object a line.

    Args:
        out: where to.
    """

    def __init__(self, out: LineWriter) -> None:
        self._out = out

    def on_messages(self, connection: Connection, messages: Sequence[str | bytes]) -> None:
        """Write what came in together."""
        instant = datetime.now(UTC).isoformat(timespec="milliseconds")
        received = f"{instant[:-6]}Z"
        lines = [message_line(connection.name, received, message) for message in messages]
        self._out.write("".join(lines).encode(), len(lines))


def message_line(connection: str, received: str, message: str | bytes) -> str:
    """Return a message as a line of JSON in printable characters.

    Args:
        connection: the connection's name.
        received: when, as ISO 8601.
        message: text as it is; bytes are written in base64, and `encoding` says so.
    """
    fields = {"connection": connection, "received": received}
    if isinstance(message, str):
        fields["message"] = message
    else:
        fields |= {"message": base64.b64encode(message).decode(), "encoding": "base64"}
    return escape_json(_JSON.encode(fields).decode()) + "\n"
