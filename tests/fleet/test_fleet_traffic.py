"""The status says how a connection's traffic looks: when data last came, how far, how much."""

import threading
from typing import TYPE_CHECKING

from holdfast.actors import Fleet, Heartbeat
from holdfast.testing import ManualClock, RawPeer, RawServer, ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Sibling

TEXT, PING, PONG = 1, 9, 10
QUIET = Heartbeat(interval=100_000.0)


async def publish_thirty(session: Session) -> None:
    """Answer one message by thirty, and wait for the end."""
    await session.receive()
    for number in range(30):
        await session.publish(str(number))
    await session.receive()


def test_a_round_trip_is_the_time_from_a_ping_to_its_pong(
    journal: "Journal", sibling: "Sibling"
) -> None:
    late = threading.Event()

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        while peer.receive_frame().opcode == PING:
            journal.add(("pinged", None))
            late.wait(8)
            peer.send_frame(PONG)
            peer.send_frame(TEXT, b"behind the pong")

    clock = ManualClock()
    with RawServer(serve) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        beat = Heartbeat(interval=20.0, timeout=10.0)
        fleet.connect("a", server.url, handler=journal.handler(), heartbeat=beat)
        journal.wait_count("ready", 1)
        assert fleet.status("a").traffic.round_trip is None
        clock.advance(20.0)
        journal.wait_count("pinged", 1)
        sibling.check(fleet)
        clock.advance(0.25)
        late.set()
        journal.wait_told("message", "behind the pong")

        assert fleet.status("a").traffic.round_trip == 0.25


def test_rates_are_messages_a_second_and_end_with_the_stream(
    journal: "Journal", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    with ScriptedServer(publish_thirty) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(), heartbeat=QUIET)
        journal.wait_count("ready", 1)
        fleet.send("a", "go").get(timeout=5)
        journal.wait_count("message", 30)
        came = clock.now()
        clock.advance(10.0)
        traffic = fleet.status("a").traffic
        assert (traffic.rate_in, traffic.rate_out, traffic.last_data) == (3.0, 0.1, came)

        fleet.restart("a")
        journal.wait_count("ready", 2)
        clock.advance(10.0)
        traffic = fleet.status("a").traffic
        assert (traffic.rate_in, traffic.rate_out, traffic.last_data) == (0.0, 0.0, came)


def test_restarts_are_forgotten_after_an_hour(journal: "Journal", sibling: "Sibling") -> None:
    clock = ManualClock()
    with ScriptedServer(publish_thirty) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(), heartbeat=QUIET)
        for number in (1, 2):
            journal.wait_count("ready", number)
            fleet.restart("a")
        journal.wait_count("ready", 3)
        assert fleet.status("a").restarts_last_hour == 2
        clock.advance(3599.0)
        assert fleet.status("a").restarts_last_hour == 2
        clock.advance(2.0)

        status = fleet.status("a")
        assert (status.restarts, status.restarts_last_hour) == (2, 0)
