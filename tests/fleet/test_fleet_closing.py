"""Who may close a fleet, who waits for whom, and what an interrupted end still does."""

import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import Fleet, FleetStopped, Outcome, Timeouts
from holdfast.handlers import Connection, Phase
from holdfast.testing import ManualClock, ScriptedServer, Session, echo

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

LONG = 50.0
"""Seconds; less than what a test may take, and more than any of these does."""


async def never_say_goodbye(session: Session) -> None:
    """Answer nothing, close frames included."""
    await session.fall_silent()


@contextmanager
def ending_slowly(logs: "Logs") -> Generator[tuple[Fleet, Callable[[], None]]]:
    """Return a fleet that a thread is closing, and what lets it come to its end."""
    clock = ManualClock()
    with ScriptedServer(never_say_goodbye) as server:
        fleet = Fleet(clock=clock)
        fleet.open()
        fleet.connect("rude", server.url, timeouts=Timeouts(flush=LONG, close=LONG))
        fleet.wait_ready(timeout=8)
        closing = threading.Thread(target=fleet.close, args=(LONG,))
        closing.start()
        logs.wait("fleet.stopping")

        def finish() -> None:
            while closing.is_alive():
                clock.advance(1.0)
                closing.join(0.001)

        yield fleet, finish
        finish()


def test_a_second_close_waits_for_the_end_of_the_first(logs: "Logs") -> None:
    ended: list[bool] = []
    with ending_slowly(logs) as (fleet, finish):

        def close_too() -> None:
            fleet.close(LONG)
            ended.append(bool(logs.find("fleet.stopped")))

        second = threading.Thread(target=close_too)
        second.start()
        finish()
        second.join(8)
    assert ended == [True]


def test_a_second_close_waits_no_longer_than_its_own_timeout(logs: "Logs") -> None:
    with ending_slowly(logs) as (fleet, finish):
        fleet.close(timeout=0.01)

        assert logs.wait("fleet.stop_timed_out")["timeout"] == 0.01
        assert not logs.find("fleet.stopped")
        finish()
        fleet.close(timeout=0.0)
        assert len(logs.find("fleet.stop_timed_out")) == 1


def test_a_fleet_that_is_closing_can_not_be_opened(logs: "Logs") -> None:
    with ending_slowly(logs) as (fleet, _), pytest.raises(FleetStopped, match="starts once"):
        fleet.open()


def test_a_handler_that_closes_its_own_fleet_is_told_what_to_do_and_nothing_changes(
    journal: "Journal", logs: "Logs"
) -> None:
    refused: list[str] = []

    def close(_connection: Connection, _message: str) -> None:
        with pytest.raises(RuntimeError) as caught:
            fleet.close()
        refused.append(str(caught.value))

    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_message=close))
        fleet.wait_ready(timeout=8)
        for times in (1, 2):
            assert fleet.send("a", "hello").get(timeout=8) is Outcome.SENT
            journal.wait_count("message", times)
        assert fleet.status("a").phase is Phase.READY
        assert not logs.find("fleet.stopping")
    assert "have another thread call close()" in refused[0]


def test_a_handler_may_close_another_fleet(journal: "Journal") -> None:
    def close_other(_connection: Connection) -> None:
        other.close()

    other = Fleet()
    other.open()
    handler = journal.handler(on_ready=close_other)
    with ScriptedServer(echo) as server, Fleet() as fleet:
        other.connect("b", server.url)
        other.wait_ready(timeout=8)
        fleet.connect("a", server.url, handler=handler)
        fleet.wait_ready(timeout=8)
        journal.wait_count("ready", 1)
        # It is over when this returns, whoever has begun it.
        other.close()
        assert other.status("b").phase is Phase.STOPPED


def press_ctrl_c_once(logs: "Logs", event: str) -> threading.Thread:
    """Interrupt the main thread as soon as something is logged."""
    main = threading.main_thread().ident
    assert main is not None

    def press() -> None:
        logs.wait(event)
        signal.pthread_kill(main, signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def test_ctrl_c_while_a_fleet_ends_aborts_the_rest_and_goes_on(logs: "Logs") -> None:
    """That no thread is left is checked after each of these tests."""
    with ScriptedServer(never_say_goodbye) as server:
        fleet = Fleet()
        fleet.open()
        fleet.connect("rude", server.url, timeouts=Timeouts(close=LONG))
        fleet.wait_ready(timeout=8)
        waiting = press_ctrl_c_once(logs, "fleet.stopping")
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            fleet.close(LONG)
        # A bound, not a measurement: the server would have been waited for much longer.
        assert time.monotonic() - began < 10.0
        waiting.join(8)

        assert logs.find("fleet.stop_interrupted")[0]["error"] == "KeyboardInterrupt"
        assert fleet.status("rude").phase is Phase.STOPPED
        assert fleet.status("rude").counts.balanced
        server.wait_for(0)
        fleet.close()


def test_ctrl_c_at_the_end_of_the_block_aborts_the_rest_and_goes_on(logs: "Logs") -> None:
    def run(url: str) -> None:
        with Fleet() as fleet:
            fleet.connect("rude", url, timeouts=Timeouts(close=LONG))
            fleet.wait_ready(timeout=8)
            waiting.append(press_ctrl_c_once(logs, "fleet.stopping"))

    waiting: list[threading.Thread] = []
    with ScriptedServer(never_say_goodbye) as server:
        with pytest.raises(KeyboardInterrupt):
            run(server.url)
        waiting[0].join(8)
        server.wait_for(0)


def test_ctrl_c_does_not_wait_for_a_handler_that_blocks(journal: "Journal", logs: "Logs") -> None:
    release = threading.Event()

    def block(_connection: Connection, _message: str) -> None:
        release.wait(30)

    handler = journal.handler(on_message=block)
    with ScriptedServer(echo) as server:
        fleet = Fleet()
        fleet.open()
        fleet.connect("blocked", server.url, handler=handler)
        fleet.wait_ready(timeout=8)
        fleet.send("blocked", "hello").get(timeout=8)
        journal.wait_told("message", "hello")
        waiting = press_ctrl_c_once(logs, "fleet.stopping")
        with pytest.raises(KeyboardInterrupt):
            fleet.close(LONG)
        waiting.join(8)
        left = logs.find("fleet.threads_left")[0]["threads"]
        release.set()
        for thread in threading.enumerate():
            if thread.name in left:
                thread.join(8)
