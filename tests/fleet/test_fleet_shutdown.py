"""However its connections are, a fleet ends in time and leaves nothing behind."""

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import (
    Backoff,
    Fleet,
    FleetStopped,
    NotReady,
    Outcome,
    RestartPolicy,
    Timeouts,
    UnknownConnection,
)
from holdfast.handlers import Connection, HmacAuth, Phase
from holdfast.testing import (
    FullBacklog,
    ManualClock,
    ScriptedServer,
    ServerProcess,
    Session,
    echo,
    exchange,
    never_answer,
    refuse_auth,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

QUICK = RestartPolicy(backoff=Backoff(base=0.01, cap=0.05))


async def never_say_goodbye(session: Session) -> None:
    """Talk once, then answer nothing any more, close frames included."""
    await session.publish("hello")
    await session.fall_silent()


def test_a_fleet_says_goodbye_with_1001_and_waits_for_the_answer() -> None:
    with ScriptedServer(echo) as server:
        with Fleet() as fleet:
            fleet.connect("a", server.url)
            fleet.wait_ready(timeout=8)
            (session,) = server.sessions
        server.wait_for(lambda server: not server.sessions)
        assert session.close_code == 1001


def test_a_fleet_with_connections_in_every_phase_ends_in_time(
    journal: "Journal", logs: "Logs"
) -> None:
    blocked, release = threading.Event(), threading.Event()

    def block(_connection: Connection, _message: str) -> None:
        blocked.set()
        release.wait(30)

    slow = RestartPolicy(backoff=Backoff(base=60.0))
    closing = Timeouts(close=0.2)
    with (
        ScriptedServer(echo) as healthy,
        ScriptedServer(never_say_goodbye) as rude,
        ScriptedServer(echo, handshake=never_answer()) as deaf,
        ScriptedServer(refuse_auth) as strict,
    ):
        fleet = Fleet()
        fleet.open()
        fleet.connect("ready", healthy.url)
        fleet.connect("dialling", deaf.url)
        fleet.connect("rude", rude.url, timeouts=closing)
        fleet.connect("backoff", "ws://127.0.0.1:1", restart=slow)
        fleet.connect("quarantined", strict.url, auth=HmacAuth("key", "secret"), restart=QUICK)
        handler = journal.handler(on_message=block)
        fleet.connect("blocked", rude.url, handler=handler, timeouts=closing)
        fleet.wait_ready("ready", "rude", "blocked", timeout=8)
        logs.wait("connection.quarantined", connection="quarantined")
        logs.wait("restart.scheduled", connection="backoff")
        assert blocked.wait(8)

        waiting = {name: fleet.send(name, "too late") for name in ("backoff", "quarantined")}
        began = time.monotonic()
        fleet.close(timeout=4.0)
        # A bound, not a measurement: the fleet may not take more than it was given.
        assert time.monotonic() - began < 6.0
        assert {outcome.get(timeout=1) for outcome in waiting.values()} == {Outcome.DROPPED}
        assert {status.phase for status in fleet.status()} == {Phase.STOPPED}
        assert all(status.counts.balanced for status in fleet.status())
        release.set()
        for thread in threading.enumerate():
            if thread.name.startswith("holdfast-") and thread.name != "holdfast-log":
                thread.join(8)


def test_a_fleet_leaves_no_file_descriptor_behind() -> None:
    # The server is another process, so that all files that are opened here are the fleet's.
    with ServerProcess("echo") as server, FullBacklog() as deaf:
        with Fleet() as fleet:
            fleet.connect("warm-up", server.url)
            fleet.wait_ready(timeout=8)
        before = _open_files()
        for _ in range(5):
            with Fleet() as fleet:
                for number in range(10):
                    fleet.connect(f"c{number}", server.url)
                fleet.wait_ready(timeout=8)
                fleet.connect("dialling", deaf.url)
                fleet.connect("refused", "ws://127.0.0.1:1", restart=QUICK)
        assert _open_files() <= before


def test_a_fleet_that_was_never_opened_can_be_closed_and_leaves_no_file_open() -> None:
    before = _open_files()
    fleet = Fleet()
    fleet.close()
    fleet.close()

    assert _open_files() == before
    with pytest.raises(FleetStopped, match="starts once"):
        fleet.open()


def test_an_exception_within_the_block_ends_the_fleet_and_goes_on() -> None:
    def fail() -> None:
        with Fleet() as fleet:
            fleet.connect("a", server.url)
            raise KeyError("mine")

    with ScriptedServer(echo) as server, pytest.raises(KeyError, match="mine"):
        fail()


def test_a_fleet_that_ended_says_so() -> None:
    fleet = Fleet()
    with pytest.raises(FleetStopped, match="isn't running"):
        fleet.connect("a", "ws://127.0.0.1:1")
    fleet.open()
    fleet.close()
    fleet.close()
    with pytest.raises(FleetStopped, match="isn't running"):
        fleet.connect("a", "ws://127.0.0.1:1")
    with pytest.raises(FleetStopped, match="starts once"):
        fleet.open()


def test_stopping_one_connection_forgets_it_and_leaves_the_others() -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("one", server.url)
        fleet.connect("other", server.url)
        fleet.wait_ready(timeout=8)
        fleet.stop("one")
        with pytest.raises(UnknownConnection, match="no connection is named 'one'"):
            fleet.send("one", "hello")
        assert [status.name for status in fleet.status()] == ["other"]
        assert fleet.send("other", "hello").get(timeout=8) is Outcome.SENT
        fleet.connect("one", server.url)
        fleet.wait_ready(timeout=8)


@pytest.mark.parametrize("phase", [Phase.CONNECTING, Phase.BACKOFF, Phase.QUARANTINED])
def test_a_connection_that_is_down_stops_at_once(phase: Phase, logs: "Logs") -> None:
    slow = RestartPolicy(backoff=Backoff(base=60.0))
    with (
        ScriptedServer(echo, handshake=never_answer()) as deaf,
        ScriptedServer(refuse_auth) as strict,
        Fleet() as fleet,
    ):
        auth = HmacAuth("key", "secret")
        match phase:
            case Phase.CONNECTING:
                fleet.connect("a", deaf.url)
                logs.wait("connection.dialing", connection="a")
            case Phase.BACKOFF:
                fleet.connect("a", "ws://127.0.0.1:1", restart=slow)
                logs.wait("restart.scheduled", connection="a")
            case _:
                fleet.connect("a", strict.url, auth=auth, restart=QUICK)
                logs.wait("connection.quarantined", connection="a")
        assert fleet.status("a").phase is phase
        fleet.stop("a", timeout=2)
        assert fleet.status() == []


def test_waiting_for_connections_that_do_not_come_says_which_and_why(logs: "Logs") -> None:
    slow = RestartPolicy(backoff=Backoff(base=60.0))
    with Fleet() as fleet:
        fleet.connect("lost", "ws://127.0.0.1:1", restart=slow)
        logs.wait("restart.scheduled", connection="lost")
        with pytest.raises(NotReady, match=r"1 of 1 .* lost is backoff \(.*refused"):
            fleet.wait_ready(timeout=0.05)


def test_a_restart_asked_for_is_a_new_incarnation_on_a_new_stream(journal: "Journal") -> None:
    server = ScriptedServer(exchange(secrets={"key": "secret"}, tick_seconds=None))
    with server, Fleet() as fleet:
        auth = HmacAuth("key", "secret")
        fleet.connect("a", server.url, auth=auth, handler=journal.handler())
        fleet.wait_ready(timeout=8)
        for restarts in (1, 2, 3):
            fleet.restart("a")
            fleet.wait_ready(timeout=8)
            assert fleet.status("a").restarts == restarts
        assert journal.told("made") == [1, 2, 3, 4]
        server.wait_for(lambda server: len(server.sessions) == 1)


class ClosingClock(ManualClock):
    """Has its fleet closed the next time that the test's own thread asks it."""

    fleet: Fleet | None = None

    def now(self) -> float:
        """Return the time, when the fleet is closed."""
        if self.fleet is not None and threading.current_thread() is threading.main_thread():
            fleet, self.fleet = self.fleet, None
            fleet.close()
        return super().now()


def test_a_connection_that_is_started_while_its_fleet_closes_is_refused() -> None:
    clock = ClosingClock()
    with Fleet(clock=clock) as fleet:
        clock.fleet = fleet
        with pytest.raises(FleetStopped):
            fleet.connect("late", "ws://127.0.0.1:9/")
        assert fleet.status() == []


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
