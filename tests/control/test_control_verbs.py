"""Every verb, through the real socket, on a real fleet."""

import base64
import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pykka
import pytest

from holdfast.actors import (
    Backoff,
    ConnectionSpec,
    Fleet,
    Group,
    Limits,
    RestartPolicy,
)
from holdfast.actors.console.config import FleetConfig
from holdfast.actors.console.control.client import ControlRefused
from holdfast.actors.console.control.desk import Desk, Source
from holdfast.actors.console.control.levers import restart
from holdfast.actors.console.control.looking import explain, status
from holdfast.actors.console.control.verb import NoOptions
from holdfast.actors.logs import close_logs, configure_logging, get_level
from holdfast.handlers import Connection, ConnectionHandler, Governor, HmacAuth
from holdfast.testing import ScriptedServer, Session, echo, refuse_auth

if TYPE_CHECKING:
    from tests.control.conftest import Console, Open
    from tests.fleet.conftest import Logs

SOON = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))
LATER = RestartPolicy(backoff=Backoff(base=60, cap=60, jitter=0))
NOBODY = "ws://127.0.0.1:9"
"""Refuses every dial."""


async def take_logins(session: Session) -> None:
    """Take every login, and say nothing else."""
    while True:
        await session.expect_auth()
        await session.accept()


def two(server: ScriptedServer, **fields: Any) -> list[ConnectionSpec]:
    """Return the specs of a and b, of the group feeds."""
    return [ConnectionSpec(name=name, url=server.url, group="feeds", **fields) for name in "ab"]


def ready(console: "Console", *names: str) -> None:
    """Wait until connections are ready."""
    console.fleet.wait_ready(*names, timeout=8)


FEEDS = [Group("feeds")]


def test_status_tells_of_connections_hosts_and_the_process(open_console: "Open") -> None:
    with ScriptedServer(echo) as server:
        console = open_console(*two(server), groups=FEEDS)
        ready(console)
        told = console.ask("status")
        (only,) = console.ask("status", "b")["connections"]

    assert [each["name"] for each in told["connections"]] == ["a", "b"]
    assert (only["phase"], only["group"], only["cause"]) == ("ready", "feeds", None)
    assert told["hosts"][0]["connections"] == 2
    assert told["fleet"]["pid"] == os.getpid()
    assert told["fleet"]["file"] is None


def test_who_goes_while_all_are_looked_at_is_left_out(open_console: "Open") -> None:
    class Leaving(Desk):
        def visible(self, patterns: Sequence[str]) -> list[str]:
            return [*super().visible(patterns), "gone"]

    console = open_console(ConnectionSpec(name="a", url=NOBODY))
    desk = Leaving(console.fleet, lambda: None)
    told: Any = status(desk, [], NoOptions())
    assert [each.name for each in told["connections"]] == ["a"]
    told = explain(desk, ["*"], NoOptions())
    assert [each["name"] for each in told["stories"]] == ["a"]


def test_a_file_whose_name_is_no_text_is_told_all_the_same(open_console: "Open") -> None:
    config = FleetConfig(specs=(), groups=(), governor=Governor())
    console = open_console(source=Source("\udcff.toml", lambda: config, config))
    assert console.ask("status")["fleet"]["file"] == r"\udcff.toml"


def test_status_answers_also_when_the_fleet_has_stopped(open_console: "Open") -> None:
    with ScriptedServer(echo) as server:
        console = open_console(*two(server), groups=FEEDS)
        ready(console)
        console.fleet.close()
        told = console.ask("status", "@feeds")
        with pytest.raises(ControlRefused) as refused:
            console.ask("restart", "a")

    assert {each["phase"] for each in told["connections"]} == {"stopped"}
    assert (told["hosts"], refused.value.kind) == ([], "stopping")


def test_a_secret_that_a_server_quotes_is_not_told(open_console: "Open", logs: "Logs") -> None:
    secret = "a-secret-that-nobody-may-see"

    async def quote(session: Session) -> None:
        await session.expect_auth()
        await session.refuse(f"no such key: {secret}")

    with ScriptedServer(quote) as server:
        spec = ConnectionSpec(name="a", url=server.url, auth=HmacAuth(secret, secret), restart=SOON)
        console = open_console(spec)
        logs.wait("connection.quarantined")
        client = console.raw()
        for verb in ("status", "explain"):
            client.say(b'{"verb":"%s","names":["a"]}\n' % verb.encode())
            line = client.line()
            assert b"no such key" in line
            assert secret.encode() not in line


def test_names_are_those_of_the_fleet_and_those_that_were_stopped(open_console: "Open") -> None:
    with ScriptedServer(echo) as server:
        console = open_console(*two(server), groups=FEEDS)
        console.ask("stop", "a")
        assert console.ask("names") == {"names": ["a", "b"], "groups": ["feeds"]}


def test_send_tells_what_became_of_the_message(open_console: "Open", logs: "Logs") -> None:
    with ScriptedServer(echo) as server:
        down = ConnectionSpec(name="down", url=NOBODY, limits=Limits(mailbox=1), restart=LATER)
        console = open_console(*two(server), down, groups=FEEDS)
        ready(console, "a", "b")
        logs.wait("restart.scheduled", connection="down")

        sent = console.ask("send", "@feeds", text="hello", wait=5)
        assert sent["outcomes"] == [{"name": name, "outcome": "sent"} for name in "ab"]
        server.wait_for(2)
        data = base64.b64encode(b"\x00\xff").decode()
        assert console.ask("send", "a", base64=data, wait=5)["outcomes"][0]["outcome"] == "sent"

        late = console.ask("send", "down", text="x", ttl=0.01, wait=5)
        assert late["outcomes"] == [{"name": "down", "outcome": "expired"}]
        assert console.ask("send", "down", text="x")["outcomes"][0]["outcome"] == "waiting"
        while (told := console.ask("send", "down", text="x")["outcomes"][0])[
            "outcome"
        ] == "waiting":
            pass
        assert told["outcome"] == "refused"
        assert "the mailbox is full" in told["why"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"text": "x", "base64": "eA=="},
        {"base64": "???"},
        {"base64": "é"},
        {"text": 1},
        {"text": "x", "wait": -1},
        {"text": "x", "ttl": "soon"},
    ],
)
def test_a_message_that_is_none_is_sent_to_nobody(
    open_console: "Open", options: dict[str, Any]
) -> None:
    console = open_console(ConnectionSpec(name="a", url=NOBODY))
    with pytest.raises(ControlRefused) as refused:
        console.ask("send", "a", **options)
    assert refused.value.kind == "bad_request"
    assert console.fleet.status("a").counts.accepted == 0


def test_what_was_stopped_can_be_started_again(open_console: "Open") -> None:
    with ScriptedServer(echo) as server:
        console = open_console(*two(server), groups=FEEDS)
        ready(console)
        assert console.ask("stop", "*") == {"done": ["a", "b"], "left": []}
        assert console.fleet.status() == []
        assert console.desk.expectant
        told = console.ask("status")["connections"]
        assert [(each["name"], each["phase"]) for each in told] == [
            ("a", "stopped"),
            ("b", "stopped"),
        ]
        (story,) = console.ask("explain", "b")["stories"]
        assert "an operator stopped it" in story["text"]
        assert "holdfast start b" in story["text"]
        assert console.ask("start", "@feeds") == {"done": ["a", "b"], "left": []}
        ready(console)
        assert console.ask("start", "a") == {
            "done": [],
            "left": [{"name": "a", "why": "it is ready"}],
        }
        assert not console.desk.expectant


def test_what_its_policy_has_stopped_can_be_started_again(
    open_console: "Open", logs: "Logs"
) -> None:
    with ScriptedServer(echo) as server:
        policy = RestartPolicy(kind="temporary")
        console = open_console(ConnectionSpec(name="a", url=server.url, restart=policy))
        ready(console)
        server.cut_all()
        logs.wait("connection.stopped")
        assert console.ask("start", "a")["done"] == ["a"]
        ready(console)


def test_stop_waits_for_the_goodbye(open_console: "Open") -> None:
    with ScriptedServer(echo) as server:
        console = open_console(*two(server), groups=FEEDS)
        ready(console)
        session = server.sessions[0]
        console.ask("stop", "a", "b")
        server.wait_for(0)
    assert session.wire.close_code == 1000


def test_restart_dials_anew(open_console: "Open", logs: "Logs") -> None:
    with ScriptedServer(echo) as server:
        console = open_console(*two(server), groups=FEEDS)
        ready(console)
        assert console.ask("restart", "a") == {"done": ["a"], "left": []}
        ready(console)
        assert [each.incarnation for each in console.fleet.status()] == [2, 1]
    (told,) = logs.find("control.told")
    assert (told["verb"], told["names"]) == ("restart", ["a"])


def test_resume_ends_a_quarantine_and_leaves_the_others(open_console: "Open", logs: "Logs") -> None:
    with ScriptedServer(echo) as server, ScriptedServer(refuse_auth) as strict:
        login = HmacAuth("key", "secret")
        console = open_console(
            ConnectionSpec(name="bad", url=strict.url, auth=login, restart=SOON),
            ConnectionSpec(name="good", url=server.url),
        )
        ready(console, "good")
        logs.wait("connection.quarantined")
        before = console.fleet.status("bad").incarnation
        assert console.ask("resume", "*") == {
            "done": ["bad"],
            "left": [{"name": "good", "why": "it is ready"}],
        }
        assert console.fleet.status("bad").incarnation > before


def test_reauth_logs_in_on_the_open_stream(open_console: "Open", logs: "Logs") -> None:
    login = HmacAuth("key", "secret")
    with ScriptedServer(take_logins) as server:
        console = open_console(
            ConnectionSpec(name="with", url=server.url, auth=login),
            ConnectionSpec(name="without", url=server.url),
            ConnectionSpec(name="down", url=NOBODY, auth=login, restart=RestartPolicy()),
        )
        ready(console, "with", "without")
        logs.wait("restart.scheduled", connection="down")
        told = console.ask("reauth", "*")
        assert told == {
            "done": ["with"],
            "left": [
                {"name": "without", "why": "it has no login"},
                {"name": "down", "why": "it is backoff, and logs in when it is back"},
            ],
        }
        logs.wait("auth.accepted", times=2, connection="with")


@pytest.mark.parametrize(
    "verb", ["send", "start", "stop", "restart", "resume", "reauth", "explain"]
)
def test_a_name_that_nobody_has_is_a_mistake_and_nothing_is_done(
    open_console: "Open", verb: str
) -> None:
    options = {"text": "x"} if verb == "send" else {}
    with ScriptedServer(echo) as server:
        console = open_console(*two(server), groups=FEEDS)
        ready(console)
        with pytest.raises(ControlRefused, match="no connection is named 'c'") as refused:
            console.ask(verb, "a", "c", **options)
        assert refused.value.kind == "unknown_connection"
        assert [(s.phase, s.incarnation, s.counts.accepted) for s in console.fleet.status()] == [
            ("ready", 1, 0)
        ] * 2


class Crash(ConnectionHandler):
    """Can't bear any message."""

    def on_message(self, connection: Connection, message: str | bytes) -> None:
        """Crash."""
        del connection, message
        raise ValueError("no")


def test_explain_tells_the_story_and_its_steps(open_console: "Open", logs: "Logs") -> None:
    async def tick(session: Session) -> None:
        await session.publish("poison")
        await session.receive()

    with ScriptedServer(tick) as server:
        console = open_console(
            ConnectionSpec(name="a", url=server.url, handler=Crash, restart=SOON)
        )
        logs.wait("connection.quarantined")
        (story,) = console.ask("explain", "a")["stories"]
        letters = console.ask("dead-letters", limit=2)["letters"]

    assert story["name"] == "a"
    assert "a: quarantined" in story["text"]
    last = story["history"][-1]
    assert (last["before"], last["after"], last["rule"]) == (
        "ready",
        "quarantined",
        "intensity_exceeded",
    )
    assert last["cause"]["kind"] == "handler_crash"
    assert {"time", "delay", "attempt", "budget", "token", "kept", "lost"} < last.keys()
    assert [letter["incarnation"] for letter in letters] == [3, 4]
    assert (letters[0]["connection"], letters[0]["type"], letters[0]["shown"]) == (
        "a",
        "str",
        "poison",
    )
    assert console.ask("dead-letters", "a")["letters"]


def test_the_log_level_can_be_read_and_changed(open_console: "Open") -> None:
    console = open_console()
    # An output of the test's own: without one the level would be that of a logger which stays.
    configure_logging(io.StringIO(), "warning")
    try:
        assert console.ask("log-level") == {"level": "warning", "before": "warning"}
        assert console.ask("log-level", level="error") == {"level": "error", "before": "warning"}
        assert get_level() == "error"
        with pytest.raises(ControlRefused, match="log-level"):
            console.ask("log-level", level="loud")
    finally:
        close_logs()


def test_shutdown_asks_for_the_end(open_console: "Open") -> None:
    console = open_console()
    assert console.ask("shutdown") == {}
    assert console.ended == ["shutdown"]


def test_a_lever_tells_all_before_it_waits_for_any() -> None:
    """One after the other, ten thousand would take longer than anybody waits."""
    order: list[str] = []

    class Witnessed(Fleet):
        def begin_restart(self, name: str) -> "pykka.Future[None]":
            order.append(f"told {name}")
            return super().begin_restart(name).map(lambda _: order.append("waited"))

    with Witnessed() as fleet:
        desk = Desk(fleet, lambda: None)
        desk.start(ConnectionSpec(name=name, url=NOBODY, restart=LATER) for name in "ab")
        assert restart(desk, ["*"], NoOptions()) == {"done": ["a", "b"], "left": []}
    assert order == ["told a", "told b", "waited", "waited"]
