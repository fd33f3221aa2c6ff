"""An actor of the demo's own machine crashes: when, which one, and what comes of it."""

from collections.abc import Iterator

import pykka
import pytest

from holdfast.actors import Backoff, RestartPolicy
from holdfast.actors.console.demo.breakdown import ROLES, BreakableFleet
from holdfast.actors.console.demo.causes import CauseCount, CauseCounter, GetCauses
from holdfast.actors.console.demo.plan import DemoPlan
from holdfast.handlers import CauseKind
from holdfast.testing import ScriptedServer, echo

SOON = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))


@pytest.fixture
def counter() -> Iterator[pykka.ActorRef[CauseCounter]]:
    """Return what counts why connections go down."""
    ref = CauseCounter.start()
    yield ref
    ref.stop()


@pytest.mark.parametrize(
    ("connections", "at"), [(19, None), (20, 11.0), (1000, 11.0), (1001, None)]
)
def test_it_comes_when_the_server_is_done_in_a_fleet_that_can_bear_it(
    connections: int, at: float | None
) -> None:
    plan = DemoPlan(connections=connections, seconds=20.0, seed=1)

    assert (plan.breakdown and plan.breakdown.at) == at


def test_the_seed_chooses_whom_it_strikes() -> None:
    plans = [DemoPlan(connections=20, seconds=20.0, seed=seed) for seed in range(20)]

    assert {plan.breakdown.role for plan in plans if plan.breakdown} == {"timer", "socket"}


@pytest.mark.parametrize("role", ROLES)
def test_every_connection_is_down_for_it_and_comes_back(
    role: str, counter: "pykka.ActorRef[CauseCounter]"
) -> None:
    with ScriptedServer(echo) as server, BreakableFleet() as fleet:
        fleet.subscribe(counter)
        for name in ("a", "b"):
            fleet.connect(name, server.url, restart=SOON)
        fleet.wait_ready(timeout=8)
        fleet.break_machine(role)
        server.wait_for(lambda server: server.counters.connections == 4)
        fleet.wait_ready(timeout=8)

        detail = f"the {role} actor crashed (AttributeError)"
        assert counter.ask(GetCauses()) == [
            CauseCount(2, CauseKind.MACHINE, f"{role}_crash", detail)
        ]
