"""Groups: who goes down with whom, who comes back with whom, and what one failure too many does."""

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors import Backoff, Fleet, Group, NotReady, RestartPolicy, UnknownGroup
from holdfast.handlers import CauseKind, Connection, Phase
from holdfast.testing import ManualClock, ScriptedServer, echo

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fleet.conftest import Journal, Logs

NAMES = ("a", "b", "c", "d")
AT_ONCE = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))


def connect_all(fleet: Fleet, server: ScriptedServer, **options: Any) -> None:
    """Have four connections of one group ready, each at a path of its own."""
    for name in NAMES:
        fleet.connect(name, f"{server.url}/{name}", group="feeds", **options)
    fleet.wait_ready(timeout=8)


def cut(server: ScriptedServer, name: str) -> None:
    """Cut the stream of one connection."""
    assert server.cut_all(where=lambda session: session.name == name) == 1


def incarnations(fleet: Fleet) -> list[int]:
    """Return how many incarnations each connection has had."""
    return [fleet.status(name).incarnation for name in NAMES]


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("one_for_one", [1, 2, 1, 1]),
        ("rest_for_one", [1, 2, 2, 2]),
        ("one_for_all", [2, 2, 2, 2]),
    ],
)
def test_a_strategy_restarts_whom_it_should_and_nobody_else(
    strategy: Any, expected: list[int], logs: "Logs"
) -> None:
    with (
        ScriptedServer(echo) as server,
        ScriptedServer(echo) as other,
        Fleet(groups=[Group("feeds", strategy)]) as fleet,
    ):
        fleet.connect("stranger", other.url)
        connect_all(fleet, server, restart=AT_ONCE)
        cut(server, "b")
        logs.wait("connection.failed", connection="b")
        for name, incarnation in zip(NAMES, expected, strict=True):
            logs.wait("connection.ready", connection=name, incarnation=incarnation)
        fleet.wait_ready(timeout=8)

        assert incarnations(fleet) == expected
        assert fleet.status("stranger").incarnation == 1


def test_those_who_go_along_say_a_goodbye_and_know_with_whom(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "rest_for_one")], clock=clock) as fleet,
    ):
        connect_all(fleet, server)
        cut(server, "b")
        for name in ("c", "d"):
            server.wait_for(partial(_was_restarted, name))
        logs.wait("restart.scheduled", connection="b")
        server.wait_for(lambda kit: len(kit.sessions) == 1)

        logs.wait("restart.held", connection="d")
        story = fleet.explain("d")
        assert "1 restart of its group (`restarted with 'b' of its group, which failed`)" in story
        assert "It waits for 'b' of its group to be dialled" in story
        status = fleet.status("d")
        assert status.cause is not None
        assert status.cause.kind is CauseKind.SIBLING
        clock.advance(60.0)
        fleet.wait_ready(timeout=8)
        assert incarnations(fleet) == [1, 2, 2, 2]


def test_members_are_dialled_in_the_order_of_their_start() -> None:
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "one_for_all")]) as fleet,
    ):
        connect_all(fleet, server, restart=AT_ONCE)
        before = len(server.handshakes)
        cut(server, "c")
        server.wait_for(lambda kit: len(kit.handshakes) == before + len(NAMES))
        fleet.wait_ready(timeout=8)
        # What failed leads, and those that came along follow in their order.
        assert [each.path for each in server.handshakes[before:]] == ["/c", "/a", "/b", "/d"]


def test_a_member_that_is_temporary_does_not_come_back(logs: "Logs") -> None:
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "one_for_all")]) as fleet,
    ):
        fleet.connect("a", server.url + "/a", group="feeds", restart=AT_ONCE)
        once = RestartPolicy(kind="temporary")
        fleet.connect("b", server.url + "/b", group="feeds", restart=once)
        fleet.wait_ready(timeout=8)
        cut(server, "a")
        logs.wait("connection.stopped", connection="b", rule="temporary_never_restarts")
        logs.wait("connection.ready", connection="a", incarnation=2)
        assert fleet.status("b").phase is Phase.STOPPED


def test_whoever_is_told_to_stop_while_it_goes_along_stops(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "rest_for_one")], clock=clock) as fleet,
    ):
        connect_all(fleet, server)
        cut(server, "a")
        logs.wait("restart.scheduled", connection="a")
        fleet.stop("c", timeout=8)
        fleet.stop("a", timeout=8)
        # Who led them is gone, so they come back without it.
        fleet.wait_ready("b", "d", timeout=8)
        assert sorted(status.name for status in fleet.status()) == ["b", "d"]


@pytest.mark.parametrize(("on_excess", "left"), [("stop_group", ["stranger"]), ("stop_fleet", [])])
def test_one_failure_too_many_stops_what_the_policy_says(
    on_excess: Any, left: list[str], logs: "Logs", journals: "Callable[[], Journal]"
) -> None:
    policy = RestartPolicy(intensity=0, on_excess=on_excess)
    with (
        ScriptedServer(echo) as server,
        ScriptedServer(echo) as other,
        Fleet(groups=[Group("feeds")]) as fleet,
    ):
        fleet.connect("stranger", other.url)
        handler = journals().handler(on_message=_crash)
        connect_all(fleet, server, restart=policy, handler=handler)
        fleet.send("b", "hello")
        gave_up = logs.wait("supervisor.gave_up", connection="b")
        for name in NAMES:
            logs.wait("connection.stopped", connection=name, rule="intensity_exceeded")
        with pytest.raises(NotReady, match="'b' failed too often, and its policy stops the"):
            fleet.wait_ready("c")

        assert gave_up["scope"] == on_excess.removeprefix("stop_")
        if not left:
            logs.wait("connection.stopped", connection="stranger")
        up = [status.name for status in fleet.status() if status.phase is not Phase.STOPPED]
        assert up == left


def test_a_connection_without_a_group_stops_alone(
    logs: "Logs", journals: "Callable[[], Journal]"
) -> None:
    policy = RestartPolicy(intensity=0, on_excess="stop_group")
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect(
            "a", server.url, restart=policy, handler=journals().handler(on_message=_crash)
        )
        fleet.connect("b", server.url)
        fleet.wait_ready(timeout=8)
        fleet.send("a", "hello")
        logs.wait("connection.stopped", connection="a")
        assert fleet.status("b").phase is Phase.READY


def test_whoever_is_restarted_by_hand_while_it_goes_along_holds_nobody_up(logs: "Logs") -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "rest_for_one")], clock=clock) as fleet,
    ):
        connect_all(fleet, server)
        cut(server, "a")
        logs.wait("restart.scheduled", connection="a")
        fleet.restart("c")
        fleet.wait_ready("c", timeout=8)
        clock.advance(60.0)
        fleet.wait_ready(timeout=8)
        assert incarnations(fleet) == [2, 2, 2, 2]


def test_a_quarantine_leaves_the_group_alone(
    logs: "Logs", journals: "Callable[[], Journal]"
) -> None:
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "one_for_all")]) as fleet,
    ):
        connect_all(
            fleet,
            server,
            restart=RestartPolicy(intensity=0),
            handler=journals().handler(on_message=_crash),
        )
        fleet.send("b", "hello")
        logs.wait("connection.quarantined", connection="b")
        assert incarnations(fleet) == [1, 1, 1, 1]
        assert fleet.status("a").phase is Phase.READY


def test_a_group_that_nobody_has_described_is_refused_in_one_line() -> None:
    with ScriptedServer(echo) as server, Fleet(groups=[Group("feeds")]) as fleet:
        with pytest.raises(UnknownGroup, match="no group is named 'feed'; the fleet knows 'feeds'"):
            fleet.connect("a", server.url, group="feed")
        assert fleet.status() == []


def _crash(_connection: Connection, message: object) -> None:
    raise ValueError(message)


def _was_restarted(name: str, server: ScriptedServer) -> bool:
    return 1012 in [each.close_code for each in server.history if each.name == name]
