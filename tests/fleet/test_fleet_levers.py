"""Levers that are pulled at awkward moments: beside a policy, after the end, by the wrong end."""

import threading
from typing import TYPE_CHECKING, Any

import pykka
import pytest

from holdfast.actors import (
    Backoff,
    ConnectionStopping,
    Fleet,
    Governor,
    Group,
    HostLimits,
    RestartPolicy,
    Timeouts,
)
from holdfast.handlers import CauseKind, Connection, HmacAuth, Phase, Transition
from holdfast.testing import ManualClock, ScriptedServer, Session, echo, silent

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

SOON = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))
NAMES = ("a", "b", "c")


class Quiet(pykka.ThreadingActor):
    """Does nothing with what it is told."""

    use_daemon_thread = True

    def on_receive(self, message: Any) -> None:
        del message


def test_what_is_no_actor_ref_cannot_watch(logs: "Logs") -> None:
    ref = Quiet.start()
    proxy: Any = ref.proxy()
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url)
        fleet.wait_ready(timeout=8)
        with pytest.raises(TypeError, match="an ActorRef is told, not a ActorProxy"):
            fleet.subscribe(proxy)
        with pytest.raises(TypeError, match="an ActorRef is told, not a ActorProxy"):
            fleet.watch("a", proxy)
        server.cut_all()
        logs.wait("restart.scheduled")
        assert not logs.find("actor.hook_failed")
    ref.stop()


def test_new_credentials_are_not_judged_by_the_refusal_of_the_old_ones(logs: "Logs") -> None:
    async def judge(session: Session) -> None:
        await session.expect_auth()
        await session.refuse("bad key")
        await session.receive()

    with ScriptedServer(judge) as server, Fleet(clock=ManualClock()) as fleet:
        fleet.connect("a", server.url, auth=HmacAuth("old", "secret"))
        logs.wait("restart.scheduled")
        fleet.reauthenticate("a", HmacAuth("new", "secret"))
        # Refused for the first time: they are tried once more.
        logs.wait("restart.scheduled", times=2, rule="auth_retry_once")
        assert fleet.status("a").phase is Phase.BACKOFF


def test_a_member_that_was_stopped_and_is_restarted_keeps_its_place_and_its_counts(
    logs: "Logs",
) -> None:
    policy = RestartPolicy(kind="transient", backoff=SOON.backoff)
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "rest_for_one")]) as fleet,
    ):
        for name in NAMES:
            fleet.connect(name, f"{server.url}/{name}", group="feeds", restart=policy)
        fleet.wait_ready(timeout=8)
        fleet.send("a", "hello").get(timeout=8)
        server.close_all(1000, where=lambda session: session.name == "a")
        logs.wait("connection.stopped", connection="a")
        fleet.restart("a")
        fleet.wait_ready(timeout=8)
        assert fleet.status("a").counts.sent == 1
        assert "closed_1000" in fleet.explain("a")

        server.cut_all(where=lambda session: session.name == "a")
        for name in ("b", "c"):
            logs.wait("connection.ready", connection=name, incarnation=2)


def test_whoever_is_asked_to_stop_over_and_over_is_given_up_in_time(
    logs: "Logs", journal: "Journal"
) -> None:
    gate, held = threading.Event(), threading.Event()

    def block(_connection: Connection, _message: object) -> None:
        held.set()
        gate.wait(20)

    clock = ManualClock()
    with ScriptedServer(echo) as server, Fleet(clock=clock) as fleet:
        handler = journal.handler(on_message=block)
        fleet.connect("a", server.url, handler=handler, timeouts=Timeouts(close=2.0))
        fleet.wait_ready(timeout=8)
        fleet.send("a", "hello")
        assert held.wait(8)
        for _ in range(3):
            fleet.restart("a")
            clock.advance(1.0)
        logs.wait("connection.abandoned", connection="a")
        gate.set()
        fleet.wait_ready(timeout=8)


def test_an_old_handle_does_not_close_the_next_one_of_its_name(journal: "Journal") -> None:
    handles: list[Connection] = []
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_ready=handles.append))
        fleet.wait_ready(timeout=8)
        fleet.stop("a")
        fleet.connect("a", server.url)
        fleet.wait_ready(timeout=8)
        handles[0].close()
        fleet.restart("a")
        fleet.wait_ready(timeout=8)


def test_no_restart_undoes_a_stop(journal: "Journal", watcher: pykka.ActorRef[Any]) -> None:
    clock = ManualClock()
    with ScriptedServer(silent) as server, Fleet(clock=clock) as fleet:
        fleet.subscribe(watcher)
        fleet.connect("a", server.url, handler=journal.handler(on_ready=_close))
        journal.wait_for(lambda items: any(_closes(what) for _, what in items))
        with pytest.raises(ConnectionStopping, match="'a' is stopping"):
            fleet.restart("a")
        clock.advance(10.0)


def _close(connection: Connection) -> None:
    connection.close()


def _closes(told: object) -> bool:
    return isinstance(told, Transition) and told.after is Phase.CLOSING


def test_watchers_are_told_the_cause_that_the_status_shows(
    logs: "Logs", journal: "Journal", watcher: pykka.ActorRef[Any]
) -> None:
    clock = ManualClock()
    with (
        ScriptedServer(echo) as server,
        Fleet(groups=[Group("feeds", "one_for_all")], clock=clock) as fleet,
    ):
        for name in NAMES:
            fleet.connect(name, f"{server.url}/{name}", group="feeds")
        fleet.wait_ready(timeout=8)
        fleet.watch("b", watcher)
        server.cut_all(where=lambda session: session.name == "a")
        logs.wait("restart.held", connection="b")
        journal.wait_count("Down", 1)
        (down,) = journal.told("Down")
        assert down.cause == fleet.status("b").cause
        assert down.cause.kind is CauseKind.SIBLING


def test_groups_do_not_hide_an_outage(logs: "Logs") -> None:
    policy = RestartPolicy(backoff=Backoff(base=0.2, cap=0.2))
    groups = [Group(f"g{number}", "one_for_all") for number in range(6)]
    with ScriptedServer(echo) as server, Fleet(groups=groups) as fleet:
        for number in range(18):
            group = f"g{number // 3}"
            fleet.connect(f"c{number}", server.url, group=group, restart=policy)
        fleet.wait_ready(timeout=8)
        server.stop(reset=True)
        logs.wait("outage.began")
        logs.wait("restart.held", times=17)
        server.start()
        fleet.wait_ready(timeout=8)
        assert logs.find("outage.over")


def test_logins_that_wait_show_in_the_status(logs: "Logs") -> None:
    async def take_logins(session: Session) -> None:
        await session.expect_auth()
        await session.accept()
        await session.echo()

    clock = ManualClock()
    slow = Governor(limits=HostLimits(logins_per_second=1.0))
    with ScriptedServer(take_logins) as server, Fleet(clock=clock, governor=slow) as fleet:
        for name in NAMES:
            fleet.connect(name, server.url, auth=HmacAuth("key", "secret"))
        logs.wait("auth.queued", times=2)
        logs.wait("auth.accepted")
        waiting = [each for each in fleet.status() if each.waits_for is not None]
        assert len(waiting) == 2
        assert "its place among the logins to 127.0.0.1" in str(waiting[0].waits_for)
        assert fleet.hosts()[0].logins_queued == 2


def test_dead_letters_can_be_read_after_the_end(journal: "Journal", logs: "Logs") -> None:
    def crash(_connection: Connection, message: object) -> None:
        raise ValueError(message)

    with ScriptedServer(echo) as server, Fleet(clock=ManualClock()) as fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_message=crash))
        fleet.wait_ready(timeout=8)
        fleet.send("a", "hello")
        logs.wait("dead_letter")
    assert [letter.message for letter in fleet.dead_letters()] == ["hello"]


def test_hosts_are_named_as_people_write_them() -> None:
    limits = HostLimits(dials_at_once=1)
    assert Governor(hosts={"Stream.Example.COM": limits}).limits_of("stream.example.com") is limits
