"""A server that is connected but dead is noticed, and a slow one is not mistaken for it."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import Fleet, Heartbeat, Status
from holdfast.handlers import CauseKind, Connection, Phase
from holdfast.testing import ManualClock, RawPeer, RawServer, ScriptedServer, Session, encode_frame

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs, Sibling

TEXT, PING, PONG = 1, 9, 10
INTERVAL, TIMEOUT = 20.0, 10.0
BEAT = Heartbeat(interval=INTERVAL, timeout=TIMEOUT)
NEVER = 100_000.0


class Hands:
    """Turns the clock of a fleet, and waits until everybody has done what was due."""

    def __init__(self, fleet: Fleet, clock: ManualClock, sibling: "Sibling") -> None:
        self._fleet = fleet
        self._clock = clock
        self._sibling = sibling

    def settle(self) -> None:
        """Return when connection "a" has finished what it was doing, its timers included."""
        self._fleet.ask("a", Status(), timeout=5)

    def turn(self, seconds: float) -> None:
        """Turn the clock; a message to the sibling and back takes longer than a timer's."""
        self.settle()
        self._clock.advance(seconds)
        self._sibling.check(self._fleet)


def noting_frames(journal: "Journal") -> Callable[[RawPeer], None]:
    """Return a server that answers nothing, and writes down what comes in."""

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        while True:
            journal.add(("frame", peer.receive_frame().opcode))

    return serve


def test_a_server_that_answers_no_ping_counts_as_dead_after_the_deadline_of_the_pong(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    with RawServer(noting_frames(journal)) as server, Fleet(clock=clock) as fleet:
        hands = Hands(fleet, clock, sibling)
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(), heartbeat=BEAT)
        journal.wait_count("ready", 1)
        # The first ping comes after a random part of the interval.
        hands.turn(INTERVAL)
        journal.wait_told("frame", PING)
        hands.turn(TIMEOUT - 0.01)
        assert fleet.status("a").phase is Phase.READY

        clock.advance(0.01)
        logs.wait("restart.scheduled", cause="pong_timeout", rule="network_backoff")
        status = fleet.status("a")
        assert status.phase is Phase.BACKOFF
        assert status.cause is not None
        assert (status.cause.kind, status.cause.name) == (CauseKind.NETWORK, "pong_timeout")
        assert journal.told("down") == ["pong_timeout"]
        sibling.check(fleet)


def test_pings_go_out_at_their_interval_also_where_it_is_shorter_than_the_timeout(
    journal: "Journal", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    beat = Heartbeat(interval=2.0, timeout=TIMEOUT)
    with RawServer(noting_frames(journal)) as server, Fleet(clock=clock) as fleet:
        hands = Hands(fleet, clock, sibling)
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(), heartbeat=beat)
        journal.wait_count("ready", 1)
        for number in range(1, 6):
            hands.turn(2.0)
            journal.wait_told("frame", *[PING] * number)
        assert fleet.status("a").phase is Phase.READY


def pong(peer: RawPeer) -> None:
    """Answer a ping by a pong."""
    peer.send_frame(PONG)


def talk(peer: RawPeer) -> None:
    """Answer a ping by data alone."""
    peer.send_frame(TEXT, b"busy")


@pytest.mark.parametrize("answer", [pong, talk])
def test_a_server_that_is_heard_after_each_ping_stays_connected(
    answer: Callable[[RawPeer], None], journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        while peer.receive_frame().opcode == PING:
            answer(peer)
            journal.add(("answered", None))

    clock = ManualClock()
    with RawServer(serve) as server, Fleet(clock=clock) as fleet:
        hands = Hands(fleet, clock, sibling)
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(), heartbeat=BEAT)
        journal.wait_count("ready", 1)
        for beat in range(1, 7):
            hands.turn(INTERVAL)
            journal.wait_count("answered", beat)
            hands.turn(0.0)
            hands.turn(TIMEOUT)
        assert not logs.find("connection.failed")


def test_a_connection_that_is_not_reading_is_not_failed_for_what_it_has_not_heard(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    release, enough = threading.Event(), threading.Event()

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        assert peer.receive_frame().opcode == PING
        journal.add(("pinged", None))
        assert peer.receive_frame().opcode == TEXT
        while not enough.is_set():
            # Far more than the connection reads while its handler is busy; never a pong.
            peer.send_frame(TEXT, b"x")

    def on_receive(connection: Connection, _message: object) -> None:
        connection.send("flood me")
        release.wait(8)

    clock = ManualClock()
    with RawServer(serve) as server, Fleet(clock=clock) as fleet:
        hands = Hands(fleet, clock, sibling)
        sibling.join(fleet)
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, heartbeat=BEAT)
        journal.wait_count("ready", 1)
        hands.turn(INTERVAL)
        journal.wait_count("pinged", 1)
        hands.settle()
        fleet.tell("a", "be busy")
        logs.wait("backpressure.paused", connection="a")
        clock.advance(TIMEOUT)
        sibling.check(fleet)
        release.set()
        journal.wait_count("message", 1000)

        assert not logs.find("connection.failed", connection="a")
        enough.set()
        logs.wait("connection.failed", connection="a")


def test_a_feed_without_data_counts_as_dead_though_pongs_come(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    def serve(peer: RawPeer) -> None:
        peer.accept_handshake(then=encode_frame(TEXT, b"data"))
        while peer.receive_frame().opcode == TEXT:
            peer.send_frame(PONG)

    clock = ManualClock()
    beat = Heartbeat(interval=NEVER, stale_after=300.0)
    with RawServer(serve) as server, Fleet(clock=clock) as fleet:
        hands = Hands(fleet, clock, sibling)
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(), heartbeat=beat)
        journal.wait_told("message", "data")
        # There is data in the first stretch of 300 s, and none in the second.
        for _ in range(59):
            fleet.send("a", "pong, please")
            hands.turn(10.0)
        assert fleet.status("a").phase is Phase.READY
        hands.turn(10.0)
        failed = logs.wait("connection.failed", connection="a")

        assert (failed["cause"], failed["kind"]) == ("data_stale", "network")
        assert logs.wait("restart.scheduled", connection="a")["rule"] == "network_backoff"


def test_data_that_a_busy_handler_has_not_got_to_is_not_missing(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    busy, release = threading.Event(), threading.Event()

    async def serve(session: Session) -> None:
        await session.receive()
        await session.publish("data")
        await session.publish("more data")
        await session.receive()

    def on_receive(connection: Connection, _message: object) -> None:
        connection.send("go on")
        busy.set()
        release.wait(8)

    clock = ManualClock()
    beat = Heartbeat(interval=NEVER, stale_after=30.0)
    with ScriptedServer(serve) as server, Fleet(clock=clock) as fleet:
        hands = Hands(fleet, clock, sibling)
        sibling.join(fleet)
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, heartbeat=beat)
        journal.wait_count("ready", 1)
        hands.settle()
        fleet.tell("a", "be busy")
        assert busy.wait(8)
        server.wait_for(lambda server: server.counters.messages_out == 2)
        sibling.check(fleet)
        clock.advance(31.0)
        sibling.check(fleet)
        release.set()
        journal.wait_told("message", "data", "more data")

        assert not logs.find("connection.failed")
