"""The governor: what a host is spared, and how a fleet bears its outage."""

from typing import TYPE_CHECKING

import pytest

from holdfast.actors import Backoff, Fleet, Governor, HostLimits, OutagePolicy, RestartPolicy
from holdfast.handlers import HmacAuth, Phase, Rule
from holdfast.testing import (
    ManualClock,
    ScriptedServer,
    Session,
    echo,
    never_answer,
    respond,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Logs

NAMES = [f"c{number}" for number in range(8)]
SECOND = RestartPolicy(backoff=Backoff(base=1.0, cap=1.0))


def governed(**limits: float) -> Governor:
    """Return a governor with limits for every host, and no outages."""
    return Governor(limits=HostLimits(**limits), outage=None)  # type: ignore[arg-type]  # dials_at_once alone is an int


def connect_all(fleet: Fleet, server: ScriptedServer, **options: object) -> None:
    """Add eight connections to one server."""
    for name in NAMES:
        fleet.connect(name, f"{server.url}/{name}", **options)


def test_so_many_dials_are_under_way_to_a_host_and_no_more(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo, handshake=never_answer()) as server,
        Fleet(clock=clock, governor=governed(dials_at_once=3)) as fleet,
    ):
        connect_all(fleet, server)
        server.wait_for(lambda kit: len(kit.handshakes) == 3)
        (host,) = fleet.hosts()
        assert (host.host, host.connections) == (f"127.0.0.1:{server.port}", len(NAMES))
        assert (host.dialing, host.queued) == (3, len(NAMES) - 3)
        assert len(logs.find("connection.dialing")) == 3
        waiting = [status.waits_for for status in fleet.status() if status.waits_for]
        assert waiting == [f"its turn among the dials to {host.host}"] * (len(NAMES) - 3)


def test_so_many_dials_begin_in_a_second_and_no_more(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo) as server,
        Fleet(clock=clock, governor=governed(dials_per_second=2.0)) as fleet,
    ):
        connect_all(fleet, server)
        fleet.wait_ready(NAMES[0], timeout=8)
        for dialled in range(1, len(NAMES)):
            assert len(logs.find("connection.dialing")) == dialled
            assert fleet.hosts()[0].queued == len(NAMES) - dialled
            clock.advance(0.5)
            logs.wait("connection.ready", times=dialled + 1)
        assert {status.phase for status in fleet.status()} == {Phase.READY}


async def take_logins(session: Session) -> None:
    """Take every login with a token that lasts."""
    while True:
        await session.expect_auth()
        await session.accept()


def test_so_many_logins_and_renewals_are_sent_in_a_second_and_no_more(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(take_logins) as server,
        Fleet(clock=clock, governor=governed(logins_per_second=1.0)) as fleet,
    ):
        connect_all(fleet, server, auth=HmacAuth("key", "secret"))
        logs.wait("auth.queued", times=len(NAMES) - 1)
        for sent in range(1, len(NAMES)):
            logs.wait("auth.accepted", times=sent)
            assert len(logs.find("auth.sent")) == sent
            clock.advance(1.0)
        fleet.wait_ready(timeout=8)
        clock.advance(1.0)
        fleet.reauthenticate("c0")
        fleet.reauthenticate("c1")
        logs.wait("auth.accepted", times=len(NAMES) + 1)
        logs.wait("auth.queued", times=len(NAMES))
        assert len(logs.find("auth.sent")) == len(NAMES) + 1
        clock.advance(1.0)
        logs.wait("auth.accepted", times=len(NAMES) + 2)


def test_when_a_host_is_out_one_connection_probes_and_the_others_wait(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(echo) as server, Fleet(clock=clock, seed=1) as fleet:
        connect_all(fleet, server, restart=SECOND)
        fleet.wait_ready(timeout=8)
        server.stop(reset=True)
        logs.wait("restart.scheduled", times=len(NAMES))
        assert logs.wait("outage.began")["host"] == f"127.0.0.1:{server.port}"

        dials = len(logs.find("connection.dialing"))
        for probe in range(1, 6):
            clock.advance(1.0)
            logs.wait("connection.failed", times=len(NAMES) + probe)
            logs.wait("restart.scheduled", times=len(NAMES) + probe)
            # One dial, whoever's delays are over.
            assert len(logs.find("connection.dialing")) == dials + probe
        (host,) = fleet.hosts()
        assert (host.down, host.held, host.cause) == (8, 7, "connection_refused")
        held = [each for each in fleet.status() if each.waits_for is not None]
        assert len(held) == 7
        assert "the outage of" in fleet.explain(held[0].name)

        server.start()
        clock.advance(1.0)
        logs.wait("outage.over")
        logs.wait("restart.scheduled", times=7, rule=Rule.AFTER_OUTAGE.value)
        clock.advance(1.0)
        fleet.wait_ready(timeout=8)
        assert fleet.hosts()[0].outage_since is None


def test_a_probe_that_is_stopped_is_succeeded_by_another(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(echo) as server, Fleet(clock=clock, seed=1) as fleet:
        connect_all(fleet, server, restart=SECOND)
        fleet.wait_ready(timeout=8)
        server.stop(reset=True)
        logs.wait("restart.scheduled", times=len(NAMES))
        clock.advance(1.0)
        logs.wait("restart.scheduled", times=len(NAMES) + 1)
        # All wait but one, whose delay runs: without it nobody's would.
        (timed,) = [each.name for each in fleet.status() if each.waits_for is None]
        server.start()
        fleet.stop(timed, timeout=8)
        logs.wait("outage.over")
        clock.advance(1.0)
        fleet.wait_ready(timeout=8)


def test_who_is_resumed_by_hand_is_dialled_whatever_its_host_is(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(echo) as server, Fleet(clock=clock, seed=1) as fleet:
        connect_all(fleet, server, restart=SECOND)
        fleet.wait_ready(timeout=8)
        server.stop(reset=True)
        logs.wait("restart.scheduled", times=len(NAMES))
        server.start()
        fleet.resume("c3")
        fleet.wait_ready("c3", timeout=8)
        logs.wait("outage.over")


def test_a_host_that_answers_the_probe_with_a_refusal_is_back(logs: "Logs") -> None:
    clock = ManualClock()
    refuse = [respond(503)]
    with (
        ScriptedServer(echo, handshake=lambda _: refuse[0] if refuse else None) as server,
        Fleet(clock=clock, seed=1) as fleet,
    ):
        connect_all(fleet, server, restart=SECOND)
        logs.wait("restart.scheduled", times=len(NAMES))
        assert logs.wait("outage.began")["cause"] == "http_503"
        refuse[0] = respond(404)
        clock.advance(1.0)
        logs.wait("outage.over")


def test_few_connections_are_never_an_outage(logs: "Logs") -> None:
    clock = ManualClock()
    policy = OutagePolicy(connections=len(NAMES) + 1)
    with (
        ScriptedServer(echo, handshake=respond(503)) as server,
        Fleet(clock=clock, governor=Governor(outage=policy)) as fleet,
    ):
        connect_all(fleet, server, restart=SECOND)
        logs.wait("restart.scheduled", times=len(NAMES))
        clock.advance(1.0)
        logs.wait("connection.dialing", times=2 * len(NAMES))
        assert not logs.find("outage.began")


def test_without_a_policy_every_connection_is_looked_at_alone(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo, handshake=respond(503)) as server,
        Fleet(clock=clock, governor=Governor(outage=None)) as fleet,
    ):
        connect_all(fleet, server, restart=SECOND)
        logs.wait("restart.scheduled", times=len(NAMES))
        clock.advance(1.0)
        logs.wait("connection.dialing", times=2 * len(NAMES))


@pytest.mark.parametrize("method", ["hosts"])
def test_a_fleet_that_does_not_run_has_no_hosts(method: str) -> None:
    fleet = Fleet()
    with pytest.raises(RuntimeError, match="the fleet isn't running"):
        getattr(fleet, method)()
    fleet.close()
