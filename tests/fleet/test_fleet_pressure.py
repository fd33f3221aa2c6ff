"""A handler that can't keep up holds back its own server, and nobody else."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import Fleet, Heartbeat
from holdfast.handlers import Connection, Phase
from holdfast.testing import ManualClock, ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Sibling

MESSAGES = 20_000
PADDING = "x" * 1000


async def flood(session: Session) -> None:
    """Publish 20 MB as fast as the client takes it, then wait for it to leave."""
    for number in range(MESSAGES):
        await session.publish(f"{number} {PADDING}")
    await session.receive()


def test_a_handler_that_blocks_makes_tcp_hold_back_the_server_and_loses_nothing(
    journal: "Journal", sibling: "Sibling"
) -> None:
    blocked, release = threading.Event(), threading.Event()

    def on_message(_connection: Connection, _message: str) -> None:
        blocked.set()
        release.wait(30)

    with ScriptedServer(flood) as server, Fleet() as fleet:
        sibling.join(fleet)
        fleet.connect("slow", server.url, handler=journal.handler(on_message=on_message))
        assert blocked.wait(10)
        # The sibling's messages go through the same socket actor, so what it could read of the
        # flood has been read once they have made their round trip often enough.
        for _ in range(20):
            sibling.check(fleet)
        held = fleet.status("slow")
        assert held.phase is Phase.READY
        assert server.counters.messages_out < MESSAGES

        release.set()
        journal.wait_count("message", MESSAGES, timeout=30)
        numbers = [int(message.split()[0]) for message in journal.told("message")]
        assert numbers == list(range(MESSAGES))
        assert fleet.status("slow").restarts == 0


def test_a_connection_that_does_not_read_is_not_failed_for_what_it_cannot_hear(
    journal: "Journal",
) -> None:
    clock = ManualClock()
    blocked, release = threading.Event(), threading.Event()

    def on_message(_connection: Connection, message: str) -> None:
        if message.startswith("0 "):
            blocked.set()
            release.wait(30)

    beat = Heartbeat(interval=20.0, timeout=10.0, stale_after=60.0)
    with ScriptedServer(flood) as server, Fleet(clock=clock) as fleet:
        fleet.connect(
            "slow", server.url, handler=journal.handler(on_message=on_message), heartbeat=beat
        )
        assert blocked.wait(10)
        for _ in range(20):
            clock.advance(10.0)
        release.set()
        journal.wait_count("message", MESSAGES, timeout=30)
        assert fleet.status("slow").restarts == 0


@pytest.mark.parametrize("blocking", [1, 12])
def test_siblings_flow_while_handlers_block(
    journals: "Callable[[], Journal]", sibling: "Sibling", blocking: int
) -> None:
    release = threading.Event()
    stuck = [threading.Event() for _ in range(blocking)]

    async def greet(session: Session) -> None:
        await session.publish("hello")
        await session.receive()

    with ScriptedServer(greet) as server, Fleet() as fleet:
        sibling.join(fleet)
        for number, event in enumerate(stuck):
            handler = journals().handler(on_message=_block(event, release))
            fleet.connect(f"stuck-{number}", server.url, handler=handler)
        for event in stuck:
            assert event.wait(10)
            sibling.check(fleet)
        release.set()


def _block(event: threading.Event, release: threading.Event) -> Callable[[Connection, str], None]:
    def on_message(_connection: Connection, _message: str) -> None:
        event.set()
        release.wait(30)

    return on_message
