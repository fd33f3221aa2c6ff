"""What the supervisor promises: by name, by number, and to whoever waits."""

import threading
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors import (
    Backoff,
    DuplicateName,
    Fleet,
    FleetStopped,
    NotReady,
    Outcome,
    RestartPolicy,
    Status,
    UnknownConnection,
)
from holdfast.handlers import HmacAuth, Phase
from holdfast.testing import (
    ManualClock,
    ScriptedServer,
    Session,
    echo,
    first,
    never_answer,
    respond,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

SLOW = RestartPolicy(backoff=Backoff(base=60.0))
REFUSING = respond(500)

QUICK = RestartPolicy(backoff=Backoff(base=0.01, cap=0.05))
ONCE = RestartPolicy(kind="temporary")
WAYS: dict[Phase, tuple[Any, RestartPolicy, str]] = {
    Phase.CONNECTING: (first(1, never_answer()), SLOW, "connection.dialing"),
    Phase.AUTHENTICATING: (None, SLOW, "auth.sent"),
    Phase.READY: (None, SLOW, "connection.ready"),
    Phase.BACKOFF: (first(1, REFUSING), SLOW, "restart.scheduled"),
    Phase.QUARANTINED: (first(2, respond(401)), QUICK, "connection.quarantined"),
    Phase.STOPPED: (first(1, REFUSING), ONCE, "connection.stopped"),
}
"""How a connection comes to a phase and stays there, and the event that tells so."""


class Waiter:
    """Waits without end for a connection, on a thread of its own."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        self.error: Exception | None = None
        self._fleet = fleet
        self._name = name
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()

    def end(self) -> Exception | None:
        """Return what the wait ended with."""
        self._thread.join(8)
        assert not self._thread.is_alive(), "it waits for ever"
        return self.error

    def _wait(self) -> None:
        try:
            self._fleet.wait_ready(self._name)
        except Exception as error:  # noqa: BLE001  # whatever it ends with is what is tested
            self.error = error


def test_the_backoff_begins_anew_after_a_connection_was_ready_for_a_while(logs: "Logs") -> None:
    clock = ManualClock()
    server = ScriptedServer(echo, handshake=first(3, REFUSING))
    with server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url)
        for attempt in (1, 2, 3):
            assert logs.wait("restart.scheduled", times=attempt)["attempt"] == attempt
            assert fleet.status("a").phase is Phase.BACKOFF
            clock.advance(60.0)
        fleet.wait_ready(timeout=5)
        server.cut_all()
        # It was not ready for 30 s, so this is one more failure of the same trouble.
        assert logs.wait("restart.scheduled", times=4)["attempt"] == 4
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        fleet.wait_ready(timeout=5)
        fleet.ask("a", Status(), timeout=5)
        clock.advance(30.0)
        fleet.ask("a", Status(), timeout=5)
        server.cut_all()

        assert logs.wait("restart.scheduled", times=5)["attempt"] == 1


def test_resume_forgets_the_failures_and_dials_at_once(logs: "Logs") -> None:
    server = ScriptedServer(echo, handshake=first(2, REFUSING))
    with server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=SLOW)
        for failure in (1, 2):
            assert logs.wait("restart.scheduled", times=failure)["attempt"] == 1
            assert fleet.status("a").phase is Phase.BACKOFF
            fleet.resume("a")
        fleet.wait_ready(timeout=5)
        fleet.resume("a")

        assert fleet.status("a").incarnation == 3
        assert [each["was"] for each in logs.find("connection.resumed")] == ["backoff"] * 2
        assert [each["attempt"] for each in logs.find("restart.scheduled")] == [1, 1]


def test_a_name_is_taken_until_its_connection_has_stopped() -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url)
        with pytest.raises(DuplicateName, match="'a' is in the fleet already"):
            fleet.connect("a", server.url)
        fleet.stop("a")
        fleet.connect("a", server.url)
        fleet.wait_ready("a", timeout=5)


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("prices", server.url)
        for ask in (fleet.status, fleet.restart, fleet.resume, fleet.stop, fleet.reauthenticate):
            with pytest.raises(UnknownConnection, match="did you mean 'prices'"):
                ask("price")
        with pytest.raises(UnknownConnection):
            fleet.wait_ready("price")
        with pytest.raises(UnknownConnection):
            fleet.tell("price", "hello")
        fleet.wait_ready(timeout=5)


def test_who_waits_for_a_connection_that_is_stopped_is_told_so(logs: "Logs") -> None:
    server = ScriptedServer(echo, handshake=REFUSING)
    with server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=SLOW)
        logs.wait("restart.scheduled")
        waiter = Waiter(fleet, "a")
        fleet.stop("a")

        assert isinstance(waiter.end(), NotReady | UnknownConnection)


def test_who_waits_for_a_connection_that_is_not_restarted_is_told_why(logs: "Logs") -> None:
    server = ScriptedServer(echo, handshake=REFUSING)
    with server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=RestartPolicy(kind="temporary"))
        logs.wait("connection.stopped", connection="a")
        with pytest.raises(NotReady, match=r"a has stopped .*HTTP 500"):
            fleet.wait_ready()


def test_who_waits_when_the_fleet_ends_is_told_so(logs: "Logs") -> None:
    server = ScriptedServer(echo, handshake=REFUSING)
    with server:
        with Fleet() as fleet:
            fleet.connect("a", server.url, restart=SLOW)
            logs.wait("restart.scheduled")
            waiter = Waiter(fleet, "a")

        assert isinstance(waiter.end(), NotReady | FleetStopped)


def test_everything_but_the_status_is_refused_after_the_end_of_a_fleet() -> None:
    with ScriptedServer(echo) as server:
        with Fleet() as fleet:
            fleet.connect("a", server.url)
            fleet.wait_ready(timeout=5)
        for ask in (
            lambda: fleet.connect("b", server.url),
            lambda: fleet.send("a", "hello"),
            lambda: fleet.tell("a", "hello"),
            lambda: fleet.ask("a", "hello"),
            lambda: fleet.stop("a"),
            lambda: fleet.restart("a"),
            lambda: fleet.resume("a"),
            lambda: fleet.reauthenticate("a"),
            fleet.wait_ready,
            fleet.open,
        ):
            with pytest.raises(FleetStopped):
                ask()

        assert fleet.status("a").phase is Phase.STOPPED


def test_connections_that_are_added_while_the_fleet_ends_are_refused_or_ended() -> None:
    added: list[str] = []
    ended: list[Exception] = []
    many = threading.Event()

    def add() -> None:
        try:
            for number in range(100_000):
                fleet.connect(f"c{number}", server.url, restart=SLOW)
                added.append(f"c{number}")
                if number == 20:
                    many.set()
        except FleetStopped as error:
            ended.append(error)

    with ScriptedServer(echo, handshake=REFUSING) as server:
        with Fleet() as fleet:
            adding = threading.Thread(target=add)
            adding.start()
            assert many.wait(8)
        adding.join(8)

        assert len(ended) == 1
        statuses = fleet.status()
        assert {status.phase for status in statuses} == {Phase.STOPPED}
        assert {status.name for status in statuses} == set(added)


def test_a_restart_keeps_what_was_counted(journal: "Journal") -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler())
        for life in (1, 2, 3):
            fleet.wait_ready(timeout=5)
            fleet.send("a", str(life)).get(timeout=5)
            journal.wait_count("message", life)
            fleet.restart("a")
        fleet.wait_ready(timeout=5)
        status = fleet.status("a")

        assert (status.restarts, status.counts.sent, status.counts.received) == (3, 3, 3)


@pytest.mark.parametrize("phase", WAYS)
def test_a_restart_leads_from_every_phase_to_a_ready_connection(phase: Phase, logs: "Logs") -> None:
    async def serve(session: Session) -> None:
        await session.expect_auth()
        if phase is Phase.AUTHENTICATING and session.id == 1:
            await session.receive()
        await session.accept()
        await session.echo()

    handshake, policy, event = WAYS[phase]
    with ScriptedServer(serve, handshake=handshake) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=HmacAuth("some-key", "some-secret"), restart=policy)
        logs.wait(event, connection="a")
        before = fleet.status("a")
        assert before.phase is phase
        fleet.restart("a")
        fleet.wait_ready("a", timeout=5)

        assert fleet.send("a", "hello").get(timeout=5) is Outcome.SENT
        fleet.restart("a")
        fleet.restart("a")
        fleet.wait_ready("a", timeout=5)
        assert len(fleet.status()) == 1
        server.wait_for(1)
