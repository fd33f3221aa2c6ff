"""Watching: any actor is told of a connection's ups and downs, or of every transition."""

from typing import TYPE_CHECKING, Any

import pykka
import pytest

from holdfast.actors import Backoff, Fleet, RestartPolicy, UnknownConnection
from holdfast.actors.dispatch import DispatchedActor, Dispatcher, Mailbox
from holdfast.handlers import CauseKind, Down, HmacAuth, Phase, Transition, Up
from holdfast.testing import ManualClock, ScriptedServer, echo, first, refuse_auth, respond

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

SOON = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))


def test_who_watches_is_told_how_it_is_and_of_every_up_and_down(
    journal: "Journal", watcher: pykka.ActorRef[Any]
) -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=SOON)
        fleet.connect("b", server.url, restart=SOON)
        fleet.wait_ready(timeout=8)
        fleet.watch("a", watcher)
        journal.wait_told("Up", Up("a"))
        server.cut_all()
        journal.wait_count("Up", 2)
        fleet.stop("a")
        journal.wait_count("Down", 2)

    ups, downs = journal.told("Up"), journal.told("Down")
    assert ups == [Up("a"), Up("a")]
    assert [each.connection for each in downs] == ["a", "a"]
    assert [each.cause.kind for each in downs] == [CauseKind.NETWORK, CauseKind.NORMAL]


def test_who_watches_a_connection_that_is_down_is_told_why_at_once(
    journal: "Journal", watcher: pykka.ActorRef[Any], logs: "Logs"
) -> None:
    server = ScriptedServer(echo, handshake=respond(503))
    with server, Fleet(clock=ManualClock()) as fleet:
        fleet.connect("a", server.url)
        logs.wait("restart.scheduled")
        fleet.watch("a", watcher)
        journal.wait_count("Down", 1)
    first, last = journal.told("Down")
    assert isinstance(first, Down)
    assert first.cause.name == "http_503"
    assert isinstance(last, Down)
    assert last.cause.name == "stop_asked"


def test_who_watches_no_longer_is_told_nothing(
    journal: "Journal", watcher: pykka.ActorRef[Any], logs: "Logs"
) -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=SOON)
        fleet.wait_ready(timeout=8)
        fleet.watch("a", watcher)
        fleet.unwatch("a", watcher)
        server.cut_all()
        logs.wait("connection.ready", times=2)
    watcher.ask("all told?")
    assert journal.told("Up") == [Up("a")]
    assert journal.told("Down") == []


def test_a_watcher_that_has_died_troubles_nobody(
    watcher: pykka.ActorRef[Any], logs: "Logs"
) -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=SOON)
        fleet.wait_ready(timeout=8)
        fleet.watch("a", watcher)
        fleet.subscribe(watcher)
        watcher.stop()
        server.cut_all()
        logs.wait("connection.ready", times=2)
        assert not logs.find("actor.hook_failed")


def test_a_watcher_that_takes_no_more_troubles_nobody_and_is_told_of(logs: "Logs") -> None:
    asleep = Dispatcher()
    watcher = DispatchedActor.start(asleep, Mailbox(capacity=1))
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.subscribe(watcher)
        fleet.connect("a", server.url)
        fleet.wait_ready(timeout=8)
        missed = logs.wait("watcher.missed")
    asleep.stop()
    assert len(logs.find("watcher.missed")) == 1
    assert (missed["actor"], missed["type"]) == ("DispatchedActor", "Transition")
    assert missed["error"] == "MailboxFull"


def test_an_unknown_name_cannot_be_watched(watcher: pykka.ActorRef[Any]) -> None:
    with Fleet() as fleet, pytest.raises(UnknownConnection):
        fleet.watch("nobody", watcher)


def test_who_subscribes_is_told_every_transition_with_its_reason(
    journal: "Journal", watcher: pykka.ActorRef[Any]
) -> None:
    server = ScriptedServer(echo, handshake=first(1, respond(500)))
    with server, Fleet() as fleet:
        fleet.subscribe(watcher)
        fleet.connect("a", server.url, restart=SOON)
        fleet.wait_ready(timeout=8)
        history = fleet.history("a")
        fleet.unsubscribe(watcher)
        fleet.stop("a")
    watcher.ask("all told?")
    told = journal.told("Transition")
    assert told == history
    assert [(each.before.value, each.after.value) for each in told] == [
        ("connecting", "backoff"),
        ("backoff", "connecting"),
        ("connecting", "authenticating"),
        ("authenticating", "ready"),
    ]
    failure = told[0].reason
    assert failure.cause is not None
    assert (failure.cause.name, failure.rule) == ("http_500", "network_backoff")
    assert failure.attempt == 1
    assert failure.delay is not None


def test_a_connection_remembers_its_last_256_steps(logs: "Logs") -> None:
    at_once = RestartPolicy(backoff=Backoff(base=1e-6, cap=1e-6))
    with ScriptedServer(echo, handshake=respond(500)) as server, Fleet() as fleet:
        fleet.connect("a", server.url, restart=at_once)
        logs.wait("restart.scheduled", times=150, timeout=30)
        history = fleet.history("a")
    assert len(history) == 256
    assert all(isinstance(each, Transition) for each in history)
    assert [each.incarnation for each in history] == sorted(each.incarnation for each in history)


def test_a_crash_is_remembered_with_what_it_cost_and_what_is_left(
    journal: "Journal", logs: "Logs"
) -> None:
    def crash(_connection: object, message: object) -> None:
        raise ValueError(message)

    with ScriptedServer(echo) as server, Fleet(clock=ManualClock()) as fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_message=crash))
        fleet.wait_ready(timeout=8)
        fleet.send("a", "hello")
        logs.wait("connection.ready", incarnation=2)
        fleet.wait_ready(timeout=8)
        (crashed,) = [each for each in fleet.history("a") if each.after is Phase.BACKOFF]
        assert (crashed.reason.lost, crashed.reason.budget) == (1, 2)
        assert "1 message dead" in fleet.explain("a")


def test_what_somebody_asked_for_is_remembered_as_that(logs: "Logs") -> None:
    with ScriptedServer(echo) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=None)
        fleet.wait_ready(timeout=8)
        fleet.restart("a")
        logs.wait("connection.ready", incarnation=2)
        fleet.wait_ready(timeout=8)
        (closed,) = [each for each in fleet.history("a") if each.after is Phase.CLOSING]
        assert closed.reason.asked == "restart"
        assert "ready → closing  somebody asked for a restart" in fleet.explain("a")
    server = ScriptedServer(echo, handshake=first(2, respond(500)))
    with server, Fleet(clock=ManualClock()) as fleet:
        fleet.connect("b", server.url)
        logs.wait("restart.scheduled", connection="b")
        fleet.resume("b")
        logs.wait("restart.scheduled", connection="b", times=2)
        (resumed,) = [each for each in fleet.history("b") if each.after is Phase.CONNECTING]
        assert resumed.reason.asked == "resume"


def test_what_waits_to_be_sent_is_remembered_as_kept(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(echo, handshake=respond(500)) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url)
        logs.wait("restart.scheduled")
        for number in range(3):
            fleet.send("a", f"message {number}")
        clock.advance(60.0)
        logs.wait("restart.scheduled", times=2)
        last = [each for each in fleet.history("a") if each.after is Phase.BACKOFF][-1]
        assert last.reason.kept == 3


def test_new_credentials_end_a_quarantine(logs: "Logs", journal: "Journal") -> None:
    async def judge(session: Any) -> None:
        while True:
            login = await session.expect_auth()
            if "good" in str(login):
                await session.accept()
            else:
                await session.refuse("bad key")

    with ScriptedServer(judge) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=HmacAuth("bad", "secret"), restart=SOON)
        logs.wait("connection.quarantined")
        status = fleet.status("a")
        assert status.ends_with is not None
        assert "give it new ones" in status.ends_with
        assert "give it new ones" in fleet.explain("a")
        fleet.reauthenticate("a", HmacAuth("good", "secret"))
        fleet.wait_ready(timeout=8)
        assert fleet.status("a").ends_with is None
        assert journal.items == []


def test_new_credentials_are_used_on_a_new_stream(logs: "Logs") -> None:
    keys: list[str] = []

    async def note(session: Any) -> None:
        keys.append(str((await session.expect_auth()).get("api_key", "")))
        await session.accept()
        await session.echo()

    with ScriptedServer(note) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=HmacAuth("first-key", "secret"))
        fleet.wait_ready(timeout=8)
        fleet.reauthenticate("a", HmacAuth("second-key", "secret"))
        logs.wait("connection.ready", incarnation=2)
        fleet.wait_ready(timeout=8)
    assert len(keys) == 2
    assert keys[0] != keys[1]


def test_credentials_that_are_refused_again_lead_to_quarantine_again(logs: "Logs") -> None:
    with ScriptedServer(refuse_auth) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=HmacAuth("one", "secret"), restart=SOON)
        logs.wait("connection.quarantined")
        fleet.reauthenticate("a", HmacAuth("two", "secret"))
        logs.wait("connection.quarantined", times=2)
        assert fleet.status("a").phase is Phase.QUARANTINED
