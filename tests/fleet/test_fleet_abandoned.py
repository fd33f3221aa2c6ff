"""A handler that doesn't return is left behind, and what it does later is of no consequence."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pykka
import pytest

from holdfast.actors import Fleet, Outcome, Timeouts
from holdfast.handlers import (
    AuthData,
    AuthState,
    Connection,
    Failed,
    HmacAuth,
    Ok,
    Phase,
    Unrelated,
)
from holdfast.testing import (
    ManualClock,
    RawPeer,
    RawServer,
    ScriptedServer,
    Session,
    encode_frame,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs, Sibling

TEXT = 1
FLUSH, CLOSE, GRACE = 2.0, 2.0, 1.0
"""Seconds that a connection has to write the rest, to close, and to end after that."""


class Gate:
    """Holds up whoever comes first, until it is opened; others pass."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.passed = threading.Event()
        self._opened = threading.Event()
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Return whether it held the caller up."""
        with self._lock:
            first = not self.reached.is_set()
            self.reached.set()
        if first:
            self._opened.wait(20)
        return first

    def open(self) -> None:
        """Let the first one go."""
        self._opened.set()


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Return a gate that is open in the end, so that its prisoner can end too."""
    made = Gate()
    yield made
    made.open()


def give_up(clock: ManualClock, fleet: Fleet, logs: "Logs") -> None:
    """Let the time pass that a connection has to end."""
    fleet.status()
    clock.advance(FLUSH + CLOSE + GRACE)
    logs.wait("connection.abandoned", connection="a")


def test_a_restart_goes_on_without_a_handler_that_blocks(
    gate: Gate, journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    def on_message(connection: Connection, message: str) -> None:
        if gate.enter():
            connection.send("from the one that was given up")
            gate.passed.set()
        else:
            connection.send(f"thanks for {message}")

    clock = ManualClock()
    with ScriptedServer(_listen) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(on_message=on_message))
        fleet.wait_ready(timeout=5)
        server.run(server.history[-1].publish("one"))
        assert gate.reached.wait(8)
        server.run(server.history[-1].publish("two"))
        server.run(server.history[-1].ping())
        fleet.restart("a")
        assert fleet.status("a").phase is Phase.CLOSING
        sibling.check(fleet)
        give_up(clock, fleet, logs)
        fleet.wait_ready(timeout=5)

        # What the first handler hadn't got to is the second one's.
        server.wait_for(lambda server: len(server.received) == 1)
        gate.open()
        assert gate.passed.wait(8)
        server.wait_for(lambda server: len(server.received) == 2)
        assert [text for _, text in server.received] == [
            "thanks for two",
            "from the one that was given up",
        ]
        assert fleet.send("a", "last").get(timeout=5) is Outcome.SENT
        status = fleet.status("a")
        assert (status.phase, status.incarnation) == (Phase.READY, 2)
        assert (status.counts.accepted, status.counts.sent) == (3, 3)
        assert not logs.find("connection.failed", connection="a")
        sibling.check(fleet)


def test_what_came_in_together_with_the_message_that_blocks_is_the_successor_s(
    gate: Gate, journal: "Journal", logs: "Logs"
) -> None:
    def on_message(connection: Connection, message: str) -> None:
        held = gate.enter()
        connection.send(f"{message} {'late' if held else 'in time'}")
        if held:
            gate.passed.set()

    burst = [b"".join(encode_frame(TEXT, text) for text in (b"one", b"two", b"three"))]

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake(then=burst.pop() if burst else b"")
        peer.hold()

    with RawServer(serve) as server, Fleet() as fleet:
        handler = journal.handler(on_message=on_message)
        fleet.connect("a", server.url, handler=handler, timeouts=Timeouts(close=0.1))
        assert gate.reached.wait(8)
        fleet.restart("a")
        logs.wait("connection.abandoned", connection="a")
        journal.wait_told("message", "one", "two", "three")
        gate.open()
        assert gate.passed.wait(8)
        fleet.wait_ready(timeout=5)

        assert journal.told("message") == ["one", "two", "three"]


def test_one_that_crashes_after_it_was_given_up_does_not_touch_its_successor(
    gate: Gate, journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    def on_message(_connection: Connection, _message: str) -> None:
        if gate.enter():
            gate.passed.set()
            raise RuntimeError("too late")

    clock = ManualClock()
    with ScriptedServer(_listen) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(on_message=on_message))
        fleet.wait_ready(timeout=5)
        server.run(server.history[-1].publish("one"))
        assert gate.reached.wait(8)
        fleet.restart("a")
        give_up(clock, fleet, logs)
        fleet.wait_ready(timeout=5)
        gate.open()
        assert gate.passed.wait(8)
        sibling.check(fleet)
        server.run(server.history[-1].publish("two"))
        server.run(server.history[-1].ping())
        journal.wait_told("message", "one", "two")

        status = fleet.status("a")
        assert (status.phase, status.incarnation) == (Phase.READY, 2)
        assert journal.told("down") == []
        assert fleet.dead_letters() == []


def test_a_stop_does_not_wait_for_a_handler_that_blocks_and_its_name_is_free(
    gate: Gate, journal: "Journal", logs: "Logs"
) -> None:
    refused: list[Exception] = []

    def on_message(connection: Connection, _message: str) -> None:
        if gate.enter():
            try:
                connection.send("too late")
            except pykka.ActorDeadError as error:
                refused.append(error)
            gate.passed.set()
            raise RuntimeError("too late")

    clock = ManualClock()
    with ScriptedServer(_listen) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_message=on_message))
        fleet.wait_ready(timeout=5)
        server.run(server.history[-1].publish("one"))
        assert gate.reached.wait(8)
        waiting = fleet.send("a", "never")
        stopping = threading.Thread(target=fleet.stop, args=("a",))
        stopping.start()
        while fleet.status("a").phase is not Phase.CLOSING:
            pass
        give_up(clock, fleet, logs)
        stopping.join(8)
        assert fleet.status() == []
        assert waiting.get(timeout=5) is Outcome.DROPPED

        fleet.connect("a", server.url)
        fleet.wait_ready(timeout=5)
        gate.open()
        assert gate.passed.wait(8)
        assert fleet.send("a", "still mine").get(timeout=5) is Outcome.SENT
        assert fleet.status("a").incarnation == 1
        assert len(refused) == 1


def test_a_factory_that_blocks_opens_no_stream_after_it_was_given_up(
    gate: Gate, journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    def factory(_number: int) -> None:
        if gate.enter():
            gate.passed.set()

    clock = ManualClock()
    with ScriptedServer(_listen) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(factory=factory))
        assert gate.reached.wait(8)
        fleet.restart("a")
        give_up(clock, fleet, logs)
        fleet.wait_ready(timeout=5)
        gate.open()
        assert gate.passed.wait(8)
        for _ in range(5):
            sibling.check(fleet)

        assert server.counters.dials == 1


@dataclass
class SlowAuth:
    """An auth handler that takes its time for the first credentials."""

    gate: Gate
    inner: HmacAuth = field(default_factory=lambda: HmacAuth("some-key", "some-secret"))

    def generate_auth_data(self, state: AuthState) -> AuthData | Failed:
        """Return credentials, late the first time."""
        if self.gate.enter():
            self.gate.passed.set()
        return self.inner.generate_auth_data(state)

    def handle_auth_response(
        self, response: str | bytes, state: AuthState
    ) -> Ok | Unrelated | Failed:
        """Read an answer."""
        return self.inner.handle_auth_response(response, state)

    def needs_reauthentication(self, state: AuthState) -> bool:
        """Say whether it is time."""
        return self.inner.needs_reauthentication(state)


def test_credentials_that_come_too_late_do_not_disturb_the_next_login(
    gate: Gate, logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    with ScriptedServer(_listen) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, auth=SlowAuth(gate))
        assert gate.reached.wait(8)
        fleet.restart("a")
        give_up(clock, fleet, logs)
        logs.wait("auth.sent", connection="a", incarnation=2)
        server.wait_for(lambda server: server.counters.messages_in == 1)
        gate.open()
        assert gate.passed.wait(8)
        for _ in range(5):
            sibling.check(fleet)
        clock.advance(10.0)
        logs.wait("connection.failed", cause="auth_timeout", incarnation=2)

        assert len(logs.find("auth.sent", connection="a", incarnation=1)) == 0
        assert server.counters.messages_in == 1


def test_credentials_that_come_too_late_never_reach_another_server_under_the_same_name(
    gate: Gate, logs: "Logs", sibling: "Sibling"
) -> None:
    with ScriptedServer(_listen) as first, ScriptedServer(_listen) as second, Fleet() as fleet:
        sibling.join(fleet)
        fleet.connect("a", first.url, auth=SlowAuth(gate), timeouts=Timeouts(close=0.1))
        assert gate.reached.wait(8)
        fleet.stop("a")
        fleet.connect("a", second.url)
        logs.wait("connection.ready", connection="a")
        gate.open()
        assert gate.passed.wait(8)
        for _ in range(5):
            sibling.check(fleet)
        fleet.send("a", "ours").get(timeout=5)
        second.wait_for(lambda server: server.counters.messages_in > 0)

        assert [text for _, text in second.received] == ["ours"]


def test_what_came_in_while_a_renewal_was_awaited_is_the_successor_s_too(
    gate: Gate, journal: "Journal", logs: "Logs"
) -> None:
    accepted = encode_frame(TEXT, b'{"type": "auth_success"}')
    burst = [b"".join(encode_frame(TEXT, text) for text in (b"one", b"two", b"three"))]

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.receive_frame()
        peer.send(accepted)
        if burst:
            peer.receive_frame()
            peer.send(burst.pop())
        peer.hold()

    def on_message(_connection: Connection, _message: str) -> None:
        if gate.enter():
            gate.passed.set()

    with RawServer(serve) as server, Fleet() as fleet:
        handler, quick = journal.handler(on_message=on_message), Timeouts(close=0.1)
        auth = HmacAuth("some-key", "some-secret")
        fleet.connect("a", server.url, handler=handler, auth=auth, timeouts=quick)
        fleet.wait_ready(timeout=5)
        fleet.reauthenticate("a")
        assert gate.reached.wait(8)
        fleet.restart("a")
        logs.wait("connection.abandoned", connection="a")
        journal.wait_told("message", "one", "two", "three")
        gate.open()
        assert gate.passed.wait(8)


def test_a_fleet_that_ends_before_its_handlers_do_leaves_no_message_without_an_outcome(
    gate: Gate, journal: "Journal", logs: "Logs"
) -> None:
    def on_message(connection: Connection, _message: str) -> None:
        connection.send("sent before")
        gate.enter()

    answers: list[Exception] = []

    def ask() -> None:
        try:
            fleet.ask("a", "question")
        except pykka.ActorDeadError as error:
            answers.append(error)

    fleet = Fleet(clock=ManualClock())
    fleet.open()
    with ScriptedServer(_listen) as server:
        fleet.connect("a", server.url, handler=journal.handler(on_message=on_message))
        fleet.wait_ready(timeout=5)
        server.run(server.history[-1].publish("one"))
        assert gate.reached.wait(8)
        server.wait_for(lambda server: server.counters.messages_in == 1)
        waiting = fleet.send("a", "too late")
        asking = threading.Thread(target=ask)
        asking.start()
        # Nobody turns the clock, so nothing but the end of the fleet ends the connection.
        fleet.close(timeout=0.5)
        asking.join(8)
        (status,) = fleet.status()

        assert logs.find("fleet.stop_timed_out")
        assert logs.find("fleet.threads_left")
        assert len(answers) == 1
        assert waiting.get(timeout=1) is Outcome.DROPPED
        counts = status.counts
        assert status.phase is Phase.STOPPED
        assert (counts.accepted, counts.sent, counts.dropped, counts.unknown) == (2, 1, 1, 0)
        gate.open()
        for thread in threading.enumerate():
            if thread.name.startswith("holdfast-"):
                thread.join(8)


async def _listen(session: Session) -> None:
    while True:
        await session.receive()
