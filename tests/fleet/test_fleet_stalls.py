"""A handler that holds its thread is reported with its connection, once, and so is its return."""

import threading
from typing import TYPE_CHECKING

from holdfast.actors import Fleet
from holdfast.handlers import Connection, ConnectionHandler
from holdfast.testing import ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs, Sibling

PLACE = "tests/fleet/test_fleet_stalls.py"


async def speak(session: Session) -> None:
    """Publish one message, then listen."""
    await session.publish("hello")
    while True:
        await session.receive()


class Gate:
    """Made by a test and passed through by its handlers, once it is open."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def pass_through(self) -> None:
        assert self.open.wait(20)


class Blocking(ConnectionHandler):
    """Holds its thread in every method, until the gate opens."""

    gate: Gate

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        del connection, message
        self.gate.pass_through()

    def on_receive(self, connection: Connection, message: object) -> None:
        del connection
        assert isinstance(message, Gate)
        message.pass_through()


def test_a_handler_that_blocks_is_reported_with_its_connection_and_its_stack(
    logs: "Logs", sibling: "Sibling"
) -> None:
    Blocking.gate = Gate()
    with ScriptedServer(speak) as server, Fleet() as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=Blocking)
        blocked = logs.wait("handler.blocked", connection="a")
        sibling.check(fleet)
        assert not logs.find("handler.recovered", connection="a")
        Blocking.gate.open.set()
        recovered = logs.wait("handler.recovered", connection="a")

    assert blocked["handler"] == recovered["handler"] == f"{__name__}.Blocking"
    assert (blocked["incarnation"], blocked["generation"]) == (1, 1)
    assert (blocked["method"], blocked["suppressed"]) == ("on_message", 0)
    assert blocked["stack"][0].startswith(f"{PLACE}:")
    assert [frame.split(" ")[1] for frame in blocked["stack"]] == [
        "on_message",
        "pass_through",
        "wait",
        "wait",
    ]
    assert recovered["seconds"] >= blocked["seconds"] >= 0.01
    assert len(logs.find("handler.blocked", connection="a")) == 1


def test_a_factory_that_blocks_is_reported_by_its_name(logs: "Logs") -> None:
    gate = Gate()

    def make() -> ConnectionHandler:
        gate.pass_through()
        return ConnectionHandler()

    with ScriptedServer(speak) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=make)
        blocked = logs.wait("handler.blocked", connection="a")
        gate.open.set()
        fleet.wait_ready(timeout=8)

    name = "test_a_factory_that_blocks_is_reported_by_its_name.<locals>.make"
    assert (blocked["handler"], blocked["method"]) == (f"{__name__}.{name}", "make")


def test_a_connection_that_blocks_again_is_counted_in_the_next_report_of_its_handler(
    logs: "Logs",
) -> None:
    Blocking.gate = Gate()
    Blocking.gate.open.set()
    with ScriptedServer(speak) as server, Fleet() as fleet:
        for name in ("a", "b"):
            fleet.connect(name, server.url, handler=Blocking)
        fleet.wait_ready(timeout=8)
        for name, times in (("a", 3), ("b", 1)):
            for _ in range(times):
                gate = Gate()
                opener = threading.Timer(0.1, gate.open.set)
                opener.start()
                fleet.ask(name, gate, timeout=8)
                opener.join()
        second = logs.wait("handler.blocked", connection="b")
        logs.wait("handler.recovered", connection="b")

    assert second["suppressed"] == 2
    for event in ("handler.blocked", "handler.recovered"):
        assert [len(logs.find(event, connection=name)) for name in "ab"] == [1, 1]


def test_many_connections_that_block_by_turns_are_ten_reports(
    journal: "Journal", logs: "Logs"
) -> None:
    never = threading.Event()
    handler = journal.handler(on_receive=lambda *_: never.wait(0.03))
    names = [f"c{number}" for number in range(30)]
    with ScriptedServer(speak) as server, Fleet() as fleet:
        for name in names:
            fleet.connect(name, server.url, handler=handler)
        fleet.wait_ready(timeout=8)
        for name in names:
            fleet.ask(name, "block", timeout=8)

    blocked = logs.find("handler.blocked")
    assert len(blocked) == len(logs.find("handler.recovered")) == 10
    assert len({each["connection"] for each in blocked}) == 10
