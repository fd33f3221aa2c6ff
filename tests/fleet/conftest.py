"""What the tests of the fleet share: handlers and logs that tell what happened, and a sibling."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeAlias, TypeVar

import pykka
import pytest

from holdfast.actors import ConnectionStatus, Fleet, Heartbeat, Outcome
from holdfast.actors.logs import add_sink
from holdfast.handlers import Cause, CauseKind, Connection, ConnectionHandler, Phase
from holdfast.testing import ManualClock, ScriptedServer, echo
from tests.fleet.late_reader import LateReader

Hook: TypeAlias = Callable[..., Any]
Event: TypeAlias = dict[str, Any]
Item = TypeVar("Item")

NEVER = Heartbeat(interval=1e9)
"""No ping: a test that turns the clock twice would be faster than its pong."""


class Record(Generic[Item]):
    """A list that any thread adds to, and that a test waits for without polling."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: list[Item] = []

    def add(self, item: Item) -> None:
        """Add an item and wake who waits."""
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    @property
    def items(self) -> list[Item]:
        """What was added so far."""
        with self._changed:
            return list(self._items)

    def wait_for(self, condition: Callable[[list[Item]], bool], timeout: float = 8.0) -> None:
        """Block until the items are as wanted."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition(self._items):
                left = deadline - time.monotonic()
                if left <= 0.0:
                    raise TimeoutError(f"{len(self._items)} items, the last: {self._items[-12:]}")
                self._changed.wait(left)


class Journal(Record[tuple[str, Any]]):
    """What handlers of all incarnations were told, such as ("message", "hello")."""

    def __init__(self) -> None:
        super().__init__()
        self._incarnations = 0

    def handler(self, **hooks: Hook) -> Callable[[], ConnectionHandler]:
        """Return a factory of handlers that write here, then call the hook of the same name.

        Args:
            hooks: `on_ready(connection)`, `on_message(connection, message)`, … and
                `factory(number of the incarnation)`.
        """
        kind = _BatchScribe if "on_messages" in hooks else _Scribe

        def make() -> ConnectionHandler:
            self._incarnations += 1
            self.add(("made", self._incarnations))
            hooks.get("factory", _nothing)(self._incarnations)
            return kind(self, hooks)

        return make

    def told(self, kind: str) -> list[Any]:
        """Return the values of one kind of entry, in order."""
        return [value for name, value in self.items if name == kind]

    def wait_told(self, kind: str, *values: object) -> None:
        """Block until handlers were told these values, and no others, in this order."""
        wanted = list(values)
        self.wait_for(lambda items: [value for name, value in items if name == kind] == wanted)

    def wait_count(self, kind: str, count: int, timeout: float = 8.0) -> None:
        """Block until there are so many entries of a kind."""
        self.wait_for(lambda items: sum(name == kind for name, _ in items) >= count, timeout)


class _Scribe(ConnectionHandler):
    def __init__(self, journal: Journal, hooks: dict[str, Hook]) -> None:
        self._journal = journal
        self._hooks = hooks

    def on_ready(self, connection: Connection) -> None:
        self._tell("ready", None, connection)

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        self._tell("message", message, connection, message)

    def on_receive(self, connection: Connection, message: object) -> object:
        return self._tell("receive", message, connection, message)

    def on_down(self, connection: Connection, cause: Cause) -> None:
        self._tell("down", cause.name, connection, cause)

    def _tell(self, kind: str, value: object, *arguments: object) -> Any:  # a hook's
        self._journal.add((kind, value))
        return self._hooks.get(f"on_{kind}", _nothing)(*arguments)


class _BatchScribe(_Scribe):
    def on_messages(self, connection: Connection, messages: Any) -> None:  # a sequence
        self._tell("messages", list(messages), connection, messages)


def _nothing(*_arguments: object) -> None:
    """Stand in for a hook that a test doesn't need."""


class Logs(Record[Event]):
    """Every log event of the test, debug and up, as the library's users may see it."""

    def find(self, event: str, **fields: object) -> list[Event]:
        """Return the events of a name that have these fields."""
        return [each for each in self.items if _fits(each, event, fields)]

    def wait(self, event: str, *, times: int = 1, timeout: float = 8.0, **fields: object) -> Event:
        """Block until such an event was logged so many times; return the last one."""
        self.wait_for(
            lambda items: sum(_fits(each, event, fields) for each in items) >= times, timeout
        )
        return self.find(event, **fields)[times - 1]


def _fits(logged: Event, event: str, fields: dict[str, object]) -> bool:
    return logged["event"] == event and all(logged.get(key) == fields[key] for key in fields)


class Sibling:
    """A healthy connection of the fleet under test, to an echo server of its own."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        self._journal = Journal()

    def join(self, fleet: Fleet) -> None:
        """Connect and become ready."""
        handler = self._journal.handler()
        fleet.connect("healthy", self._server.url, handler=handler, heartbeat=NEVER)
        fleet.wait_ready("healthy", timeout=8)

    def check(self, fleet: Fleet) -> None:
        """Fail unless it is the incarnation that it was, and messages flow both ways."""
        status = fleet.status("healthy")
        assert (status.phase, status.incarnation, status.cause) == (Phase.READY, 1, None)
        heard = len(self._journal.told("message"))
        assert fleet.send("healthy", "still there?").get(timeout=8) is Outcome.SENT
        self._journal.wait_count("message", heard + 1)


class Expect:
    """Watches one connection fail beside a healthy one, with the clock standing still."""

    def __init__(self, logs: Logs, sibling: Sibling) -> None:
        self._logs = logs
        self._sibling = sibling

    @contextmanager
    def failure(
        self,
        url: str,
        kind: CauseKind,
        name: str,
        rule: str,
        **options: Any,  # of the spec
    ) -> Generator[ConnectionStatus]:
        """Check what the logs and the status tell of a failure, and that it is tried again.

        Args:
            url: of the connection that is to fail.
            kind: of the cause.
            name: of the cause.
            rule: that decides what becomes of it: here always another attempt.
            options: of the connection.
        """
        clock = ManualClock()
        with Fleet(clock=clock) as fleet:
            self._sibling.join(fleet)
            fleet.connect("bad", url, **options)
            failed = self._logs.wait("connection.failed", connection="bad")
            scheduled = self._logs.wait("restart.scheduled", connection="bad")
            status = fleet.status("bad")

            assert (failed["kind"], failed["cause"]) == (kind.value, name)
            assert (scheduled["cause"], scheduled["rule"]) == (name, rule)
            assert status.cause is not None
            assert (status.cause.kind, status.cause.name) == (kind, name)
            assert status.cause.detail == failed["detail"]
            assert (status.phase, status.rule) == (Phase.BACKOFF, rule)
            yield status

            self._sibling.check(fleet)
            clock.advance(60.0)
            self._logs.wait("connection.dialing", connection="bad", times=2)


@pytest.fixture
def expect(logs: Logs, sibling: Sibling) -> Expect:
    """Return what checks a failure."""
    return Expect(logs, sibling)


@pytest.fixture
def journal() -> Journal:
    """Return an empty journal."""
    return Journal()


class Watcher(pykka.ThreadingActor):
    """Writes down what it is told."""

    use_daemon_thread = True

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal

    def on_receive(self, message: Any) -> None:
        self.journal.add((type(message).__name__, message))


@pytest.fixture
def watcher(journal: Journal) -> Iterator[pykka.ActorRef[Watcher]]:
    """Return an actor that is no part of the fleet, and end it."""
    ref = Watcher.start(journal)
    yield ref
    ref.stop()


@pytest.fixture
def journals() -> Callable[[], Journal]:
    """Return what makes further journals."""
    return Journal


@pytest.fixture
def late() -> LateReader:
    """Return a server that reads when it is told to."""
    return LateReader()


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Collect every log event of the test."""
    collected = Logs()
    remove = add_sink(collected.add, "debug")
    yield collected
    remove()


@pytest.fixture
def sibling() -> Iterator[Sibling]:
    """Return a healthy connection that can join a fleet."""
    with ScriptedServer(echo) as server:
        yield Sibling(server)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        # One that is inside a lookup can't be waited for by a fleet, and ends by itself after it.
        if thread.name.startswith("holdfast-resolver"):
            thread.join(8)
    left = set(threading.enumerate()) - before
    assert not left, f"threads are left: {sorted(thread.name for thread in left)}"
