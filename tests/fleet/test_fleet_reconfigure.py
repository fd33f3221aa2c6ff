"""A connection that becomes something else while the fleet runs."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import (
    Backoff,
    ConnectionSpec,
    ConnectionStopping,
    Fleet,
    Group,
    Limits,
    MailboxFull,
    RestartPolicy,
    Timeouts,
    UnknownConnection,
    UnknownGroup,
)
from holdfast.actors.logs import redact
from holdfast.handlers import HmacAuth, TokenAuth
from holdfast.testing import ManualClock, ScriptedServer, Session, echo, refuse_auth

if TYPE_CHECKING:
    from tests.fleet.conftest import Logs

SOON = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))
ONE_FOR_ALL = [Group("one", "one_for_all"), Group("two", "one_for_all")]


def test_it_goes_to_another_host_and_to_another_group(logs: "Logs") -> None:
    with (
        ScriptedServer(echo) as server,
        ScriptedServer(echo) as other,
        Fleet(groups=ONE_FOR_ALL) as fleet,
    ):
        specs = [
            ConnectionSpec(name=name, url=f"{server.url}/{name}", group="one", restart=SOON)
            for name in "ab"
        ]
        for spec in specs:
            fleet.start(spec)
        fleet.wait_ready(timeout=8)
        fleet.reconfigure(replace(specs[1], url=other.url, group="two"))
        logs.wait("connection.ready", connection="b", incarnation=2)
        assert {host.host: host.connections for host in fleet.hosts()} == {
            server.url.removeprefix("ws://"): 1,
            other.url.removeprefix("ws://"): 1,
        }
        server.cut_all(where=lambda session: session.name == "a")
        logs.wait("connection.ready", connection="a", incarnation=2)
        assert fleet.status("b").incarnation == 2


def test_those_that_wait_for_it_go_on_without_it(logs: "Logs") -> None:
    """It leads its group, is down, and leaves for another one: the others come back at once."""
    clock = ManualClock()
    later = RestartPolicy(backoff=Backoff(base=60, cap=60, jitter=0))
    with ScriptedServer(echo) as server, Fleet(groups=ONE_FOR_ALL, clock=clock) as fleet:
        specs = [
            ConnectionSpec(name=name, url=f"{server.url}/{name}", group="one", restart=later)
            for name in "ab"
        ]
        for spec in specs:
            fleet.start(spec)
        fleet.wait_ready(timeout=8)
        server.cut_all(where=lambda session: session.name == "a")
        logs.wait("restart.held", connection="b")
        fleet.reconfigure(replace(specs[0], group="two"))
        fleet.wait_ready(timeout=8)


def test_what_is_quarantined_is_dialled_by_its_new_spec(logs: "Logs") -> None:
    with ScriptedServer(refuse_auth) as strict, ScriptedServer(echo) as server, Fleet() as fleet:
        spec = ConnectionSpec(
            name="a", url=strict.url, auth=HmacAuth("key", "secret"), restart=SOON
        )
        fleet.start(spec)
        logs.wait("connection.quarantined")
        fleet.reconfigure(replace(spec, url=server.url, auth=None))
        fleet.wait_ready(timeout=8)
        assert logs.find("connection.reconfigured", phase="quarantined")


def test_new_credentials_are_not_judged_by_the_refusal_of_the_old_ones(logs: "Logs") -> None:
    async def judge(session: Session) -> None:
        await session.expect_auth()
        await session.refuse("bad key")
        await session.receive()

    with ScriptedServer(judge) as server, Fleet(clock=ManualClock()) as fleet:
        spec = ConnectionSpec(name="a", url=server.url, auth=HmacAuth("old", "secret"))
        fleet.start(spec)
        logs.wait("restart.scheduled")
        fleet.reconfigure(replace(spec, auth=HmacAuth("new", "secret")))
        logs.wait("restart.scheduled", times=2, rule="auth_retry_once")


def test_a_token_is_shown_to_no_other_host_than_its_own(logs: "Logs") -> None:
    shown: list[object] = []

    async def serve(session: Session) -> None:
        shown.append((await session.expect_auth())["token"])
        await session.accept(token="issued-here")
        await session.receive()

    with ScriptedServer(serve) as server, ScriptedServer(serve) as other, Fleet() as fleet:
        spec = ConnectionSpec(name="a", url=server.url, auth=TokenAuth("from-the-start"))
        fleet.start(spec)
        fleet.wait_ready(timeout=8)
        fleet.reconfigure(replace(spec, url=f"{server.url}/path"))
        logs.wait("connection.ready", incarnation=2)
        fleet.reconfigure(replace(spec, url=other.url))
        logs.wait("connection.ready", incarnation=3)
    assert shown == ["from-the-start", "issued-here", "from-the-start"]


def test_a_new_deadline_for_logins_holds_with_the_old_credentials(logs: "Logs") -> None:
    async def never_answer(session: Session) -> None:
        await session.expect_auth()
        await session.receive()

    clock = ManualClock()
    with ScriptedServer(never_answer) as server, Fleet(clock=clock) as fleet:
        spec = ConnectionSpec(name="a", url=server.url, auth=HmacAuth("key", "secret"))
        fleet.start(spec)
        logs.wait("auth.sent")
        fleet.reconfigure(replace(spec, timeouts=Timeouts(auth=1.0)))
        logs.wait("auth.sent", incarnation=2)
        clock.advance(1.5)
        logs.wait("connection.failed", incarnation=2)


def test_new_bounds_hold_from_then_on(logs: "Logs") -> None:
    with Fleet(clock=ManualClock()) as fleet:
        spec = ConnectionSpec(name="a", url="ws://127.0.0.1:9")
        fleet.start(spec)
        logs.wait("restart.scheduled")
        fleet.reconfigure(replace(spec, limits=Limits(mailbox=2)))
        logs.wait("restart.scheduled", times=2)
        fleet.send("a", "1")
        fleet.send("a", "2")
        with pytest.raises(MailboxFull):
            fleet.send("a", "3")


def test_what_is_not_there_cannot_become_anything() -> None:
    with Fleet() as fleet:
        with pytest.raises(UnknownConnection):
            fleet.reconfigure(ConnectionSpec(name="a", url="ws://127.0.0.1:9"))
        with pytest.raises(UnknownGroup):
            fleet.reconfigure(ConnectionSpec(name="a", url="ws://127.0.0.1:9", group="x"))


def test_the_secrets_of_what_has_stopped_are_forgotten_whatever_it_was_told_since(
    logs: "Logs",
) -> None:
    """A reload may change what has stopped, again and again, in a process that lives for months."""

    async def dismiss(session: Session) -> None:
        await session.expect_auth()
        await session.accept()
        await session.close(1000)

    secrets = [f"secret-number-{number}" for number in range(3)]
    never_again = RestartPolicy(kind="temporary")
    with ScriptedServer(dismiss) as server, Fleet() as fleet:
        for number, secret in enumerate(secrets, start=1):
            auth = HmacAuth("key-number-one", secret)
            spec = ConnectionSpec(name="a", url=server.url, auth=auth, restart=never_again)
            if number == 1:
                fleet.start(spec)
            else:
                fleet.reconfigure(spec)
            logs.wait("connection.stopped", times=number)
    assert [redact(secret) for secret in secrets] == secrets


async def never_say_goodbye(session: Session) -> None:
    """Answer nothing any more."""
    await session.fall_silent()


def test_who_is_told_to_stop_for_good_stays_what_it_is() -> None:
    with ScriptedServer(never_say_goodbye) as server, Fleet() as fleet:
        fleet.connect("a", server.url, timeouts=Timeouts(close=0.3))
        fleet.wait_ready(timeout=8)
        stopped, before = fleet.begin_stop("a"), fleet.specs()

        with pytest.raises(ConnectionStopping):
            fleet.reconfigure(replace(before[0], headers={"X": "new"}))
        with pytest.raises(ConnectionStopping):
            fleet.reauthenticate("a", TokenAuth("made-up"))
        assert fleet.specs() == before
        stopped.get(timeout=8)
