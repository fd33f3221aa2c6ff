"""What the exchange of the demo does to its clients, as one on a real socket sees it."""

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from websocket import (
    WebSocketBadStatusException,
    WebSocketException,
    WebSocketProtocolException,
    WebSocketTimeoutException,
)

from holdfast.testing import (
    Fault,
    Faults,
    Incident,
    Plan,
    ScriptedServer,
    demo_exchange,
    respond,
    sign,
)
from holdfast.testing.faults import TAKEN_CODE

if TYPE_CHECKING:
    from tests.testing.conftest import Connect

LOGIN = {"type": "auth"}


def signed(secret: str) -> dict[str, object]:
    """Return a login as the design words it."""
    signature = sign("key", secret, 1_767_225_600)
    return {"type": "auth", "timestamp": 1_767_225_600, "api_key": "key", "signature": signature}


class Fixed(Faults):
    """Faults that a test has written."""

    def __init__(self, **plans: Plan) -> None:
        self._plans = plans


def at_once(fault: Fault) -> Plan:
    """Return a plan whose incident strikes as soon as it can."""
    return Plan(incidents=(Incident(0.001, fault),))


def test_the_demo_refuses_first_logins_and_doomed_ones(connect: "Connect") -> None:
    faults = Fixed(once=Plan(login=Fault.REFUSED_ONCE), doomed=Plan(login=Fault.DOOMED))
    with ScriptedServer(demo_exchange(faults)) as server:
        for name, answers in {
            "once": ["auth_error", "auth_success", "auth_success"],
            "doomed": ["auth_error"] * 3,
            "other": ["auth_success"] * 3,
        }.items():
            got = [connect(f"{server.url}/{name}").ask(LOGIN) for _ in range(3)]
            assert [answer["type"] for answer in got] == answers


def test_the_demo_verifies_signatures_and_hands_out_short_tokens(connect: "Connect") -> None:
    faults = Fixed(short=Plan(token_seconds=4.5))
    with ScriptedServer(demo_exchange(faults, secrets={"key": "secret"})) as server:
        short, other = (connect(f"{server.url}/{name}") for name in ("short", "other"))

        assert short.ask(signed("secret")) == {"type": "auth_success", "expires_in": 4.5}
        assert other.ask(signed("secret")) == {"type": "auth_success"}
        assert other.ask(signed("wrong")) == {"type": "auth_error", "reason": "bad_signature"}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.RESTARTING, 1012),
        (Fault.OVERLOADED, 1013),
        (Fault.GOODBYE, 1000),
        (Fault.TAKEN, TAKEN_CODE),
    ],
)
def test_the_demo_closes_with_a_code(connect: "Connect", fault: Fault, code: int) -> None:
    with ScriptedServer(demo_exchange(Fixed(a=at_once(fault)))) as server:
        assert connect(f"{server.url}/a").close_code()[0] == code


def test_the_demo_closes_a_taken_session_at_every_new_connection(connect: "Connect") -> None:
    with ScriptedServer(demo_exchange(Fixed(a=at_once(Fault.TAKEN)))) as server:
        for _ in range(3):
            assert connect(f"{server.url}/a").close_code()[0] == TAKEN_CODE
        assert connect(f"{server.url}/b").ask({"op": "ping"}) == {"op": "pong"}


def test_the_demo_breaks_the_protocol(connect: "Connect") -> None:
    with ScriptedServer(demo_exchange(Fixed(a=at_once(Fault.GARBAGE)))) as server:
        client = connect(f"{server.url}/a")

        with pytest.raises(WebSocketProtocolException, match="opcode"):
            client.recv()


def test_the_demo_publishes_a_poison_message_and_serves_on(connect: "Connect") -> None:
    with ScriptedServer(demo_exchange(Fixed(a=at_once(Fault.POISON)))) as server:
        client = connect(f"{server.url}/a")

        assert client.hear() == {"type": "poison"}
        assert client.ask({"op": "ping"}) == {"op": "pong"}


def test_the_demo_drops_a_connection(connect: "Connect") -> None:
    script = demo_exchange(Fixed(a=at_once(Fault.DROP)))
    with ScriptedServer(script) as server, pytest.raises(ConnectionResetError):
        connect(f"{server.url}/a").recv()


@pytest.mark.parametrize("fault", [Fault.SILENCE, Fault.HALF_FRAME])
def test_the_demo_falls_silent(connect: "Connect", fault: Fault) -> None:
    with ScriptedServer(demo_exchange(Fixed(a=at_once(fault)))) as server:
        client = connect(f"{server.url}/a")
        server.wait_for(lambda it: all(session.wire.silent for session in it.sessions))
        client.patience(0.05)
        client.send('{"op": "ping"}')

        with pytest.raises(WebSocketTimeoutException):
            client.recv()


def test_an_incident_strikes_once_not_at_every_new_connection(connect: "Connect") -> None:
    with ScriptedServer(demo_exchange(Fixed(a=at_once(Fault.DROP)))) as server:
        with pytest.raises(ConnectionResetError):
            connect(f"{server.url}/a").recv()
        again = connect(f"{server.url}/a")

        for number in range(20):  # a strike at once would take a few turns of the loop
            assert again.ask({"op": "ping", "n": number}) == {"op": "pong", "n": number}


def refusal(connect: "Connect", url: str) -> tuple[int, dict[str, str]]:
    """Return status and headers of what a handshake is answered with instead of 101."""
    with pytest.raises(WebSocketBadStatusException) as caught:
        connect(url, redirect_limit=0)
    error: Any = caught.value
    return error.status_code, error.resp_headers


@pytest.mark.parametrize(
    ("fault", "status", "headers"),
    [
        (Fault.BUSY, 503, {"retry-after": "1"}),
        (Fault.TOO_MANY, 429, {"retry-after": "1"}),
        (Fault.UNAUTHORIZED, 401, {"www-authenticate": "Bearer"}),
        (Fault.NOT_FOUND, 404, {}),
        (Fault.BAD_GATEWAY, 502, {}),
    ],
)
def test_the_demo_refuses_the_first_handshake_and_takes_the_next_one(
    connect: "Connect", fault: Fault, status: int, headers: dict[str, str]
) -> None:
    with ScriptedServer(demo_exchange(Fixed(a=Plan(handshake=fault)))) as server:
        got, told = refusal(connect, f"{server.url}/a")

        assert got == status
        assert headers.items() <= told.items()
        assert connect(f"{server.url}/a").ask(LOGIN) == {"type": "auth_success"}


def test_the_demo_may_say_by_a_date_when_to_come_back(connect: "Connect") -> None:
    with ScriptedServer(demo_exchange(Fixed(a=Plan(handshake=Fault.BUSY_UNTIL)))) as server:
        before = time.time()
        status, headers = refusal(connect, f"{server.url}/a")
        date = parsedate_to_datetime(headers["retry-after"]).timestamp()

        assert status == 503
        assert before + 1.0 <= date <= time.time() + 2.0


def test_the_demo_forbids_every_handshake_of_some(connect: "Connect") -> None:
    with ScriptedServer(demo_exchange(Fixed(a=Plan(handshake=Fault.FORBIDDEN)))) as server:
        assert [refusal(connect, f"{server.url}/a")[0] for _ in range(3)] == [403] * 3
        assert connect(f"{server.url}/b").ask(LOGIN) == {"type": "auth_success"}


def test_the_demo_sends_the_first_handshake_elsewhere(connect: "Connect") -> None:
    script = demo_exchange(Fixed(a=Plan(handshake=Fault.REDIRECTED)))
    with ScriptedServer(script) as server:
        with pytest.raises(WebSocketException, match="Redirect"):
            connect(f"{server.url}/a", redirect_limit=0)
        assert connect(f"{server.url}/a").ask(LOGIN) == {"type": "auth_success"}


def test_the_demo_never_answers_the_first_handshake_of_some(connect: "Connect") -> None:
    script = demo_exchange(Fixed(a=Plan(handshake=Fault.UNANSWERED)))
    with ScriptedServer(script) as server:
        with pytest.raises(WebSocketTimeoutException):
            connect(f"{server.url}/a", timeout=0.1)
        assert connect(f"{server.url}/a").ask(LOGIN) == {"type": "auth_success"}


def test_the_demo_drops_a_connection_and_refuses_whoever_dials(connect: "Connect") -> None:
    with ScriptedServer(demo_exchange(Fixed(a=at_once(Fault.CLOSED_PORT)))) as server:
        with pytest.raises(ConnectionResetError):
            connect(f"{server.url}/a").recv()
        for name in ("a", "b"):
            with pytest.raises(ConnectionRefusedError):
                connect(f"{server.url}/{name}")


def test_what_a_handshake_is_answered_with_can_be_said_against_the_script(
    connect: "Connect",
) -> None:
    script = demo_exchange(Fixed(a=Plan(handshake=Fault.FORBIDDEN)))
    with ScriptedServer(script, handshake=respond(418)) as server:
        assert refusal(connect, f"{server.url}/a")[0] == 418
