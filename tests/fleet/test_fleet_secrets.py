"""What must stay secret does so, whoever quotes it: the server, a handler or an exception."""

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from holdfast.actors import ConnectionSpec, Fleet, NotReady, Status
from holdfast.actors.logs import redact
from holdfast.actors.messages import SendFrames
from holdfast.handlers import Connection, HmacAuth, Phase, TokenAuth
from holdfast.testing import ManualClock, ScriptedServer, Session, respond

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

API_KEY, SECRET = "api-key-0f1e2d3c", "hmac-secret-4b5a6978"
TOKEN, ISSUED = "first-token-8796a5b4", "issued-token-c3d2e1f0"
HEADER = "Bearer header-token-13579bdf"
SECRETS = (API_KEY, SECRET, TOKEN, ISSUED, HEADER.split()[1])


def all_that_is_shown(fleet: Fleet, logs: "Logs", caplog: pytest.LogCaptureFixture) -> str:
    """Return everything that logs, statuses, dead letters and exceptions say."""
    try:
        fleet.wait_ready("a", timeout=0.0)
        complaint = ""
    except NotReady as error:
        complaint = str(error)
    said: tuple[object, ...] = (
        fleet.status(),
        fleet.dead_letters(),
        fleet,
        complaint,
        caplog.text,
        [record.__dict__ for record in caplog.records],
    )
    return json.dumps(logs.items) + repr(said)


@pytest.fixture(autouse=True)
def every_library_says_all_it_can(caplog: pytest.LogCaptureFixture) -> None:
    """Let everybody log at the level DEBUG."""
    caplog.set_level(logging.DEBUG)


def test_a_server_that_quotes_a_refused_login_gives_nothing_away(
    logs: "Logs", caplog: pytest.LogCaptureFixture
) -> None:
    signatures: list[str] = []

    async def serve(session: Session) -> None:
        login = await session.expect_auth()
        signatures.append(str(login["signature"]))
        await session.refuse(f"{login['api_key']} is not signed by {login['signature']}")
        await session.receive()

    clock = ManualClock()
    with ScriptedServer(serve) as server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url, auth=HmacAuth(API_KEY, SECRET))
        logs.wait("restart.scheduled", connection="a")
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        logs.wait("connection.quarantined", connection="a")
        shown = all_that_is_shown(fleet, logs, caplog)

        assert "is not signed by" in shown
        assert len(signatures) == 2
        assert not [each for each in (*SECRETS, *signatures) if each in shown]


def test_a_server_that_quotes_a_token_as_it_closes_gives_nothing_away(
    logs: "Logs", caplog: pytest.LogCaptureFixture
) -> None:
    async def serve(session: Session) -> None:
        await session.expect_auth()
        await session.accept(token=ISSUED)
        await session.close(4001, f"{TOKEN} was replaced by {ISSUED}, not {HEADER}")

    with ScriptedServer(serve) as server, Fleet(clock=ManualClock()) as fleet:
        fleet.connect(
            "a",
            f"{server.url}/feed?token={TOKEN}",
            auth=TokenAuth(TOKEN),
            headers={"Authorization": HEADER},
        )
        logs.wait("restart.scheduled", connection="a")
        shown = all_that_is_shown(fleet, logs, caplog)

        assert "was replaced by" in shown
        assert not [each for each in SECRETS if each in shown]


def test_a_refused_handshake_does_not_show_what_it_said(
    logs: "Logs", caplog: pytest.LogCaptureFixture
) -> None:
    answer = respond(403, {"X-Echo": HEADER, "Set-Cookie": f"session={TOKEN}"}, body=HEADER)
    with ScriptedServer(_listen, handshake=answer) as server, Fleet(clock=ManualClock()) as fleet:
        url = f"{server.url}/{TOKEN}?access_token={TOKEN}"
        fleet.connect("a", url, headers={"Authorization": HEADER})
        logs.wait("restart.scheduled", connection="a")
        shown = all_that_is_shown(fleet, logs, caplog)

        assert "http_403" in shown
        assert not [each for each in SECRETS if each in shown]


@dataclass(frozen=True)
class Order:
    """What a test tells a connection."""

    token: str


def test_a_handler_that_raises_with_a_secret_in_its_hands_gives_nothing_away(
    journal: "Journal", logs: "Logs", caplog: pytest.LogCaptureFixture
) -> None:
    def on_receive(_connection: Connection, message: object) -> None:
        held = {"token": TOKEN, "message": message}
        raise ValueError(f"cannot use {SECRET} with {API_KEY}, nor {held!r}")

    with ScriptedServer(_listen) as server, Fleet() as fleet:
        handler = journal.handler(on_receive=on_receive)
        fleet.connect("a", server.url, handler=handler, auth=HmacAuth(API_KEY, SECRET))
        fleet.connect("b", server.url, auth=TokenAuth(TOKEN))
        fleet.tell("a", Order(TOKEN))
        logs.wait("dead_letter", connection="a")
        fleet.wait_ready(timeout=5)
        status = fleet.ask("a", Status(), timeout=5)
        shown = all_that_is_shown(fleet, logs, caplog) + repr(status)

        assert "ValueError" in shown
        assert not [each for each in SECRETS if each in shown]


def test_what_a_connection_kept_secret_is_nobodys_secret_after_its_end() -> None:
    with ScriptedServer(_listen) as server, Fleet() as fleet:
        headers = {"Authorization": HEADER}
        fleet.connect("a", server.url, auth=HmacAuth(API_KEY, SECRET), headers=headers)
        fleet.wait_ready(timeout=5)
        assert redact(f"{API_KEY}, {SECRET}") == "***, ***"
        fleet.stop("a")

        assert redact(f"{API_KEY}, {SECRET}") == f"{API_KEY}, {SECRET}"


def test_a_spec_shows_neither_credentials_nor_headers() -> None:
    spec = ConnectionSpec(
        name="a",
        url="ws://127.0.0.1",
        auth=HmacAuth(API_KEY, SECRET),
        headers={"Authorization": HEADER},
    )
    assert not [each for each in SECRETS if each in repr(spec)]


async def _listen(session: Session) -> None:
    """Accept a login and listen."""
    await session.receive()
    await session.accept()
    while True:
        await session.receive()


def test_what_may_hold_a_secret_is_in_no_repr() -> None:
    spec = ConnectionSpec(
        name="a",
        url="ws://127.0.0.1:1/?token=sesame-in-the-url",
        headers={"x-api-key": "sesame-in-a-header"},
        auth=HmacAuth("sesame-key", "sesame-secret"),
        subscriptions=[{"token": "sesame-in-a-subscription"}],
    )
    frames = SendFrames(("a", 1, 1), ((1, b"sesame-in-a-login"),))
    assert "sesame" not in repr(spec) + repr(frames)
