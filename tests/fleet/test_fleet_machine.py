"""The actors of the machine are supervised, too: one that crashes is replaced."""

from typing import TYPE_CHECKING, Any

import pykka
import pytest
from pykka._envelope import Envelope

from holdfast.actors import Backoff, Fleet, FleetStopped, Outcome, RestartPolicy
from holdfast.actors.machine import Machine
from holdfast.actors.messages import CloseStream
from holdfast.actors.timer import StartTimer
from holdfast.handlers import CauseKind, Phase
from holdfast.testing import ManualClock, ScriptedServer, echo, first, respond

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

SOON = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))


class OpenFleet(Fleet):
    """Lets a test reach the actors of its machine."""

    @property
    def machine(self) -> Machine:
        """Where they are."""
        return self._machine


def crash(fleet: OpenFleet, role: str) -> None:
    """Have an actor of the machine crash, by a message that it can't bear."""
    machine = fleet.machine
    if role == "socket":
        unhashable: Any = []
        machine.socket.tell(CloseStream(unhashable, 1000, ""))
    else:
        never: Any = "soon"
        machine.timer.tell(StartTimer(machine.supervisor, "x", never, -1))
        machine.timer.tell(StartTimer(machine.supervisor, "y", 1.0, -2))


@pytest.mark.parametrize("role", ["socket", "timer"])
def test_connections_restart_with_the_successor_of_what_crashed(
    role: str, logs: "Logs", journal: "Journal"
) -> None:
    with ScriptedServer(echo) as server, OpenFleet() as fleet:
        for name in ("a", "b"):
            fleet.connect(name, server.url, restart=SOON, handler=journal.handler())
        fleet.wait_ready(timeout=8)
        crash(fleet, role)
        assert logs.wait("machine.replaced")["role"] == role
        for name in ("a", "b"):
            failed = logs.wait("connection.failed", connection=name)
            assert (failed["kind"], failed["cause"]) == ("machine_crash", f"{role}_crash")
            logs.wait("connection.ready", connection=name, incarnation=2)
        fleet.wait_ready(timeout=8)
        assert fleet.send("a", "hello").get(timeout=8) is Outcome.SENT
        journal.wait_told("message", "hello")
        cause = fleet.status("a").cause
        assert cause is not None
        assert cause.kind is CauseKind.MACHINE


def test_what_the_socket_actor_had_taken_is_settled_when_it_crashes(logs: "Logs") -> None:
    with ScriptedServer(echo) as server, OpenFleet() as fleet:
        fleet.connect("a", server.url, restart=SOON)
        fleet.wait_ready(timeout=8)
        outcomes = [fleet.send("a", f"message {number}") for number in range(100)]
        crash(fleet, "socket")
        logs.wait("connection.ready", incarnation=2)
        settled = {outcome.get(timeout=8) for outcome in outcomes}
        assert settled <= {Outcome.SENT, Outcome.UNKNOWN}
        assert fleet.status("a").counts.balanced


def test_a_delay_that_runs_when_the_timer_actor_crashes_still_ends(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo, handshake=first(1, respond(500))) as server,
        OpenFleet(clock=clock) as fleet,
    ):
        fleet.connect("a", server.url)
        logs.wait("restart.scheduled")
        crash(fleet, "timer")
        logs.wait("machine.replaced", role="timer")
        # Asked after the crash was dealt with, so that its timers have been started again.
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        fleet.wait_ready(timeout=8)


def test_a_machine_that_crashes_over_and_over_stops_the_fleet(logs: "Logs") -> None:
    with ScriptedServer(echo) as server, OpenFleet(clock=ManualClock()) as fleet:
        fleet.connect("a", server.url)
        fleet.wait_ready(timeout=8)
        for times in (1, 2, 3):
            crash(fleet, "timer")
            logs.wait("machine.replaced", times=times)
        crash(fleet, "timer")
        logs.wait("machine.gave_up")
        logs.wait("connection.stopped", connection="a")
        status = fleet.status("a")
        assert status.cause is not None
        assert (status.phase, status.cause.name) == (Phase.STOPPED, "machine_gave_up")


def test_a_dead_letter_box_of_the_machine_refuses_nobody_after_the_end() -> None:
    fleet = OpenFleet()
    fleet.open()
    fleet.close()
    with pytest.raises(pykka.ActorDeadError):
        fleet.machine.socket.put(Envelope("late"))


def test_a_fleet_whose_machine_has_given_up_takes_nothing_more(logs: "Logs") -> None:
    with ScriptedServer(echo) as server, OpenFleet(clock=ManualClock()) as fleet:
        fleet.connect("a", server.url)
        fleet.wait_ready(timeout=8)
        for times in (1, 2, 3):
            crash(fleet, "socket")
            logs.wait("machine.replaced", times=times)
        crash(fleet, "socket")
        logs.wait("connection.stopped", connection="a")
        for act in (
            fleet.hosts,
            lambda: fleet.restart("a"),
            lambda: fleet.connect("b", server.url),
        ):
            with pytest.raises(FleetStopped, match="machine"):
                act()
