"""A fleet of a file with its control socket, in this process, and the server that it talks to."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from holdfast.actors import Fleet
from holdfast.actors.console.config import load_fleet
from holdfast.actors.console.control.desk import Desk, Source
from holdfast.actors.console.control.serve import serving
from holdfast.actors.logs import add_sink
from holdfast.handlers import Connection, ConnectionHandler
from holdfast.testing import ScriptedServer, Session
from tests.fleet.conftest import Logs

REASON: Final = "invalid \x1b[31msignature"
"""Why the server refuses a login: with what would paint a terminal red."""


CRASH: Final = "crash \x1b[2J"
"""The message on which the handler crashes."""

GOOD, BAD = "token-that-is-good", "token-that-is-not"


class Touchy(ConnectionHandler):
    """Crashes on one message."""

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        """Crash, with what would clear a terminal in the message."""
        del connection
        if message == CRASH:
            raise ValueError(message)


async def serve_logins(session: Session) -> None:
    """Take logins that show a good token, and send back whatever is none."""
    while True:
        message = await session.receive()
        if not isinstance(message, str) or '"auth"' not in message:
            await session.publish(message)
        elif GOOD in message:
            await session.accept()
        else:
            await session.refuse(REASON)


FILE: Final = """
[defaults]
restart.backoff.base = 0.01

[[connection]]
name = "prices"
group = "trading"
url = "{url}/prices"
auth = {{ kind = "token", token = "file:good.token" }}

[[connection]]
name = "orders"
group = "trading"
url = "{url}/orders"

[[connection]]
name = "deribit-1"
url = "{url}/deribit-1"
auth = {{ kind = "token", token = "file:deribit.token" }}

[groups.trading]
strategy = "one_for_one"
"""


class RunningFleet:
    """What a test needs of it.

    Args:
        fleet: with its control socket at the default place.
        server: that it is connected to.
        file: that it was read from.
        logs: what it logs.
    """

    def __init__(self, fleet: Fleet, server: ScriptedServer, file: Path, logs: Logs) -> None:
        self.fleet = fleet
        self.server = server
        self.file = file
        self.logs = logs
        self.shut_down = threading.Event()

    def rewrite(self, before: str, after: str) -> None:
        """Change the file as an editor does."""
        text = self.file.read_text(encoding="utf-8")
        assert before in text
        self.file.write_text(text.replace(before, after), encoding="utf-8")

    def received(self, name: str) -> list[str | bytes]:
        """Return what the server has of a connection's open stream."""
        return [
            message
            for session in self.server.sessions
            if session.name == name
            for message in session.received
        ]


@contextmanager
def running_fleet(file: Path) -> Generator[RunningFleet]:
    """Run a fleet until the end of the block: two are ready, one is quarantined.

    Args:
        file: to write, with its tokens beside it.
    """
    logs = Logs()
    remove = add_sink(logs.add)
    try:
        with ScriptedServer(serve_logins) as server:
            file.write_text(FILE.format(url=server.url), encoding="utf-8")
            file.with_name("good.token").write_text(GOOD, encoding="utf-8")
            file.with_name("deribit.token").write_text(BAD, encoding="utf-8")
            load = partial(load_fleet, str(file), Touchy)
            config = load()
            with Fleet(groups=config.groups, governor=config.governor) as fleet:
                running = RunningFleet(fleet, server, file, logs)
                desk = Desk(fleet, running.shut_down.set, Source(str(file), load, config))
                with serving(desk, None):
                    desk.start(config.specs)
                    fleet.wait_ready("prices", "orders", timeout=8)
                    logs.wait("connection.quarantined", connection="deribit-1")
                    yield running
    finally:
        remove()
