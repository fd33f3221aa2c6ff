"""Logins on an open stream: renewed in time, one at a time, each with a deadline."""

import json
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import (
    Backoff,
    ConnectionStatus,
    Fleet,
    Heartbeat,
    Outcome,
    RestartPolicy,
    Status,
)
from holdfast.handlers import AuthStatus, CauseKind, HmacAuth, Phase, TokenAuth
from holdfast.testing import ManualClock, Script, ScriptedServer, Session

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

AUTH = HmacAuth("key-of-renewal", "secret-of-renewal")
LIFE = 600.0
"""Seconds that a login holds: it is renewed 60 to 66 seconds before the end."""


NEVER = Heartbeat(interval=1e9)
"""No ping: a test that turns the clock twice would be faster than its pong."""
ROUNDED = 0.001
"""Seconds, far more than what a logged delay loses by rounding."""


async def accept_all(session: Session) -> None:
    """Accept every login for ten minutes; take everything else in."""
    while True:
        request = await session.receive_object()
        if request is not None and request.get("type") == "auth":
            await session.accept(expires_in=LIFE)


async def answer_once(session: Session) -> None:
    """Accept the first login, and answer nothing after it."""
    await session.expect_auth()
    await session.accept(expires_in=LIFE)
    while True:
        await session.receive()


async def never_answer(session: Session) -> None:
    """Take the login and say nothing."""
    while True:
        await session.receive()


def logins(session: Session) -> int:
    """Count the logins that a client has sent."""
    return sum(isinstance(each, str) and '"auth"' in each for each in session.received)


def mark(fleet: Fleet, server: ScriptedServer, text: str = "mark") -> None:
    """Return when the server has everything that the connection had sent by now."""
    assert fleet.send("a", text).get(timeout=5) is Outcome.SENT
    server.wait_for(lambda server: any(text == said for _, said in server.received))


def settled(fleet: Fleet) -> ConnectionStatus:
    """Return the status once the connection has done what it had to do, timers included."""
    status: ConnectionStatus = fleet.ask("a", Status(), timeout=5)
    return status


def test_a_login_is_renewed_once_before_its_end_and_not_before(
    journal: "Journal", logs: "Logs"
) -> None:
    clock = ManualClock()
    with ScriptedServer(accept_all) as server, Fleet(clock=clock) as fleet:
        fleet.connect(
            "a",
            server.url,
            handler=journal.handler(),
            auth=AUTH,
            subscriptions=["subscribe"],
            heartbeat=NEVER,
        )
        delay = logs.wait("auth.renewal_scheduled")["delay"]
        fleet.wait_ready(timeout=5)
        assert LIFE - 66.0 <= delay <= LIFE - 60.0

        clock.advance(delay - ROUNDED)
        mark(fleet, server)
        assert server.counters.auths_accepted == 1

        clock.advance(2 * ROUNDED)
        logs.wait("auth.accepted", renewal=True)
        assert fleet.ask("a", Status(), timeout=5).auth.renewed == 1
        status = fleet.status("a")
        assert (status.phase, status.incarnation) == (Phase.READY, 1)
        assert (status.auth.accepted, status.auth.renewed) == (2, 1)
        assert status.auth.expires_at == pytest.approx(clock.now() + LIFE)
        assert server.sessions[0].received.count("subscribe") == 1
        assert journal.told("ready") == [None]


def test_a_login_is_renewed_again_and_again(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(accept_all) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=AUTH, heartbeat=NEVER)
        for renewal in range(1, 6):
            delay = logs.wait("auth.renewal_scheduled", times=renewal)["delay"]
            settled(fleet)
            clock.advance(delay + ROUNDED)
        logs.wait("auth.renewal_scheduled", times=6)

        assert server.counters.auths_accepted == 6
        assert fleet.status("a").restarts == 0


def test_reauthenticate_logs_in_anew_on_the_open_stream(logs: "Logs") -> None:
    with ScriptedServer(accept_all) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=AUTH, heartbeat=NEVER)
        fleet.wait_ready(timeout=5)
        fleet.reauthenticate("a")
        logs.wait("auth.accepted", renewal=True)

        assert server.counters.connections == 1
        assert logins(server.sessions[0]) == 2


def test_only_one_attempt_is_in_flight_whoever_asks(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(answer_once) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=AUTH, heartbeat=NEVER)
        fleet.wait_ready(timeout=5)
        for _ in range(2):
            for _ in range(5):
                fleet.reauthenticate("a")
            logs.wait("auth.sent", times=2)
            settled(fleet)
            clock.advance(4.0)
        mark(fleet, server)

        assert logins(server.sessions[0]) == 2
        assert settled(fleet).auth.status is AuthStatus.AUTHENTICATING


def test_a_renewal_that_falls_due_while_one_is_in_flight_sends_nothing(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(answer_once) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=AUTH, heartbeat=NEVER)
        delay = logs.wait("auth.renewal_scheduled")["delay"]
        fleet.wait_ready(timeout=5)
        clock.advance(delay - 5.0)
        fleet.reauthenticate("a")
        logs.wait("auth.sent", times=2)
        settled(fleet)
        clock.advance(6.0)
        mark(fleet, server)

        assert logins(server.sessions[0]) == 2


@pytest.mark.parametrize("script", [never_answer, answer_once])
def test_a_login_that_is_not_answered_fails_the_connection_after_its_deadline(
    script: Script, journal: "Journal", logs: "Logs"
) -> None:
    renewal = script is answer_once
    clock = ManualClock()
    with ScriptedServer(script) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, handler=journal.handler(), auth=AUTH, heartbeat=NEVER)
        if renewal:
            fleet.wait_ready(timeout=5)
            fleet.reauthenticate("a")
        logs.wait("auth.sent", times=1 + renewal)
        assert settled(fleet).auth.status is AuthStatus.AUTHENTICATING
        clock.advance(9.99)
        assert settled(fleet).auth.status is AuthStatus.AUTHENTICATING

        clock.advance(0.01)
        logs.wait("restart.scheduled", cause="auth_timeout", rule="network_backoff")
        status = fleet.status("a")
        assert status.phase is Phase.BACKOFF
        assert status.cause is not None
        assert (status.cause.kind, status.cause.name) == (CauseKind.NETWORK, "auth_timeout")
        assert journal.told("down") == ["auth_timeout"]


def test_a_refused_renewal_is_a_rejection_that_is_tried_once_more_with_fresh_credentials(
    logs: "Logs",
) -> None:
    async def script(session: Session) -> None:
        await session.expect_auth()
        await session.accept(expires_in=LIFE)
        await session.expect_auth()
        await session.refuse("revoked")
        await session.receive()

    clock = ManualClock()
    with ScriptedServer(script) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=AUTH, heartbeat=NEVER)
        fleet.wait_ready(timeout=5)
        fleet.reauthenticate("a")
        logs.wait("restart.scheduled", cause="auth_rejected", rule="auth_retry_once")
        status = fleet.status("a")

        assert status.phase is Phase.BACKOFF
        assert status.cause is not None
        assert (status.cause.kind, status.cause.detail) == (CauseKind.AUTH, "revoked")
        assert logs.wait("auth.rejected")["reason"] == "revoked"

        clock.advance(60.0)
        fleet.wait_ready(timeout=5)
        first, second = (json.loads(session.received[0]) for session in server.history)
        assert first["signature"] != second["signature"]


def shown(server: ScriptedServer) -> list[str]:
    """Return the token that each stream began with."""
    return [json.loads(session.received[0])["token"] for session in server.history]


async def issue(session: Session) -> None:
    """Accept a login and issue a token; refuse the one after it."""
    await session.expect_auth()
    await session.accept(expires_in=LIFE, token=f"issued-token-{session.id}")
    await session.expect_auth()
    await session.refuse("revoked")
    await session.receive()


def test_a_token_that_the_server_issued_is_kept_over_a_failure_of_the_network(
    logs: "Logs",
) -> None:
    clock = ManualClock()
    with ScriptedServer(issue) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=TokenAuth("first-token"), heartbeat=NEVER)
        fleet.wait_ready(timeout=5)
        server.cut_all()
        logs.wait("restart.scheduled", cause="connection_reset")
        settled_supervisor(fleet)
        clock.advance(60.0)
        fleet.wait_ready(timeout=5)

        assert shown(server) == ["first-token", "issued-token-1"]


def test_a_token_that_the_server_issued_is_dropped_after_a_rejection(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(issue) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=TokenAuth("first-token"), heartbeat=NEVER)
        fleet.wait_ready(timeout=5)
        fleet.reauthenticate("a")
        logs.wait("restart.scheduled", cause="auth_rejected")
        settled_supervisor(fleet)
        clock.advance(60.0)
        fleet.wait_ready(timeout=5)

        assert shown(server) == ["first-token", "first-token"]


def test_a_token_that_ended_during_an_outage_is_not_shown_again(logs: "Logs") -> None:
    clock = ManualClock()
    with ScriptedServer(issue) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=TokenAuth("first-token"), heartbeat=NEVER)
        fleet.wait_ready(timeout=5)
        server.cut_all()
        logs.wait("restart.scheduled", cause="connection_reset")
        settled_supervisor(fleet)
        clock.advance(LIFE + 1.0)
        fleet.wait_ready(timeout=5)

        assert shown(server) == ["first-token", "first-token"]


def settled_supervisor(fleet: Fleet) -> None:
    """Return once the supervisor has set the timer of a restart that it has logged."""
    assert fleet.status("a").phase is Phase.BACKOFF


def test_a_refusal_that_was_got_over_takes_nothing_from_a_later_token(logs: "Logs") -> None:
    shown: list[object] = []

    async def refuse_the_first(session: Session) -> None:
        shown.append((await session.expect_auth())["token"])
        if len(shown) == 1:
            await session.refuse("not yet")
        else:
            await session.accept(expires_in=LIFE, token="issued-by-the-server")
        await session.echo()

    with ScriptedServer(refuse_the_first) as server, Fleet() as fleet:
        soon = RestartPolicy(backoff=Backoff(base=0.01, cap=0.01))
        fleet.connect("a", server.url, auth=TokenAuth("made-up-for-this"), restart=soon)
        fleet.wait_ready(timeout=8)
        fleet.restart("a")
        logs.wait("connection.ready", connection="a", incarnation=3)
    assert shown == ["made-up-for-this", "made-up-for-this", "issued-by-the-server"]
