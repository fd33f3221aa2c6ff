"""What the tests of the control socket share: a fleet that listens, and clients of it."""

import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from holdfast.actors import ConnectionSpec, Fleet
from holdfast.actors.console.control.client import Client
from holdfast.actors.console.control.desk import Desk, Source
from holdfast.actors.console.control.serve import serving
from holdfast.actors.logs import add_sink

PATIENCE = 10.0


class Raw:
    """A client without manners: it writes what it likes, and reads when it likes.

    Args:
        path: of the socket.
    """

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(path))
        self._lines = self.socket.makefile("rb")

    def say(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.socket.sendall(data)

    def line(self) -> bytes:
        """Read an answer; nothing at the end."""
        return self._lines.readline()

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self.socket.close()


class Console:
    """A fleet with its control socket.

    Args:
        desk: of the fleet.
        path: of the socket.
        stack: what ends with the test.
    """

    def __init__(self, desk: Desk, path: Path, stack: ExitStack) -> None:
        self.desk = desk
        self.fleet = desk.fleet
        self.path = path
        self._stack = stack
        self.ended: list[str] = []

    def client(self) -> Client:
        """Return one more client."""
        return self._stack.enter_context(Client(self.path))

    def raw(self) -> Raw:
        """Return one more client without manners."""
        raw = Raw(self.path)
        self._stack.callback(raw.close)
        return raw

    def ask(self, verb: str, *names: str, **options: Any) -> Any:
        """Ask as a client of its own."""
        with Client(self.path) as client:
            return client.ask(verb, names, **options)


class Open(Protocol):
    """Starts fleets that listen."""

    def __call__(
        self, *specs: ConnectionSpec, source: Source | None = None, **options: Any
    ) -> Console:
        """Start one, with `Fleet`'s options."""
        ...


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder with a short path: a socket's may not be long."""
    with tempfile.TemporaryDirectory(prefix="holdfast-") as name:
        yield Path(name)


@pytest.fixture
def open_console(folder: Path) -> Iterator[Open]:
    """Start fleets that listen; they end with the test."""
    with ExitStack() as stack:

        def open_one(
            *specs: ConnectionSpec, source: Source | None = None, **options: Any
        ) -> Console:
            fleet = Fleet(**options)
            ended: list[str] = []
            desk = Desk(fleet, lambda: ended.append("shutdown"), source)
            path = folder / "control.sock"
            stack.enter_context(serving(desk, path))
            stack.enter_context(fleet)
            console = Console(desk, path, stack)
            console.ended = ended
            desk.start(specs)
            return console

        yield open_one


def _nothing() -> None:
    """Do nothing."""


class Events:
    """What holdfast logs during a test."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self._acts: dict[str, Callable[[], None]] = {}

    def when(self, event: str, act: Callable[[], None]) -> None:
        """Act as soon as an event of a name is logged."""
        self._acts[event] = act

    def note(self, event: dict[str, Any]) -> None:
        """Take one."""
        self.all.append(event)
        self._acts.get(event["event"], _nothing)()

    def named(self, event: str) -> list[dict[str, Any]]:
        """Return those of a name."""
        return [each for each in self.all if each["event"] == event]


@pytest.fixture
def events() -> Iterator[Events]:
    """Note what is logged."""
    events = Events()
    remove: Callable[[], None] = add_sink(events.note, "debug")
    yield events
    remove()
