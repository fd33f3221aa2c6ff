"""The ready-made exchange and its demo edition, spoken to by a client on a real socket."""

import time
from typing import TYPE_CHECKING

import pytest
from websocket import WebSocketProtocolException, WebSocketTimeoutException

from holdfast.handlers.auth.hmac_auth import HmacAuth
from holdfast.testing import Faults, ScriptedServer, demo_exchange, exchange, sign
from holdfast.testing.credentials import verify
from holdfast.testing.faults import TAKEN_CODE, Fault, Incident, Plan

if TYPE_CHECKING:
    from tests.testing.conftest import Connect

LOGIN = {"type": "auth"}


def signed(secret: str) -> dict[str, object]:
    """Return a login as the design words it."""
    signature = sign("key", secret, 1_767_225_600)
    return {"type": "auth", "timestamp": 1_767_225_600, "api_key": "key", "signature": signature}


def test_a_signature_is_the_one_that_hmac_auth_sends() -> None:
    assert sign("key", "secret", 1_767_225_600) == HmacAuth("key", "secret").sign(1_767_225_600)


@pytest.mark.parametrize(
    ("login", "reason"),
    [
        (signed("secret"), None),
        (signed("wrong"), "bad_signature"),
        ({**signed("secret"), "api_key": "other"}, "unknown_key"),
        ({**signed("secret"), "timestamp": 1}, "bad_signature"),
        ({**signed("secret"), "signature": 7}, "bad_request"),
        ({**signed("secret"), "signature": "é"}, "bad_signature"),
        ({**signed("secret"), "timestamp": None}, "bad_request"),
        ({"type": "auth"}, "bad_request"),
        ({"type": "auth", "token": "good"}, None),
        ({"type": "auth", "token": "bad"}, "unknown_token"),
        ({"type": "auth", "token": ["good"]}, "unknown_token"),
    ],
)
def test_a_login_is_verified(login: dict[str, object], reason: str | None) -> None:
    assert verify(login, {"key": "secret"}, ["good"]) == reason


def test_without_secrets_and_tokens_every_login_is_good() -> None:
    assert verify(LOGIN, None, None) is None


def test_a_client_logs_in_subscribes_and_hears_ticks(connect: "Connect") -> None:
    with ScriptedServer(exchange(secrets={"key": "secret"}, tick_seconds=0.01)) as server:
        client = connect(server.url)

        assert client.ask(signed("wrong")) == {"type": "auth_error", "reason": "bad_signature"}
        assert client.ask(signed("secret")) == {"type": "auth_success"}
        subscribed = client.ask({"op": "subscribe", "channel": "btc"})
        assert subscribed == {"type": "subscribed", "channel": "btc"}
        ticks = [client.hear() for _ in range(2)]
        assert ticks == [{"type": "tick", "channel": "btc", "number": n} for n in (1, 2)]


def test_pings_are_answered_and_the_unknown_is_not(connect: "Connect") -> None:
    with ScriptedServer(exchange()) as server:
        client = connect(server.url)
        client.send('{"ack": 1}')
        client.send("no JSON")
        client.send('{"op": ["ping"]}')

        assert client.ask({"op": "ping", "id": 7}) == {"op": "pong", "id": 7}


def test_an_unsubscribed_channel_is_quiet(connect: "Connect") -> None:
    with ScriptedServer(exchange(tick_seconds=0.01)) as server:
        client = connect(server.url)
        client.ask(LOGIN)
        client.ask({"op": "subscribe", "channel": "a"})
        client.ask({"op": "subscribe", "channel": "b"})
        client.send('{"op": "unsubscribe", "channel": "a"}')
        while client.hear()["type"] != "unsubscribed":
            pass

        assert {client.hear()["channel"] for _ in range(4)} == {"b"}


def test_nobody_subscribes_without_a_login(connect: "Connect") -> None:
    with ScriptedServer(exchange()) as server:
        answer = connect(server.url).ask({"op": "subscribe", "channel": "btc"})

        assert answer == {"type": "error", "reason": "not_authenticated"}


def test_a_login_that_isnt_renewed_ends_with_4001(connect: "Connect") -> None:
    with ScriptedServer(exchange(token_seconds=0.05)) as server:
        client = connect(server.url)
        assert client.ask(LOGIN) == {"type": "auth_success", "expires_in": 0.05}

        assert client.close_code() == (4001, "auth_expired")


def test_a_login_that_is_renewed_goes_on(connect: "Connect") -> None:
    with ScriptedServer(exchange(token_seconds=0.2)) as server:
        client = connect(server.url)
        began = time.monotonic()
        while time.monotonic() - began < 0.5:
            assert client.ask(LOGIN) == {"type": "auth_success", "expires_in": 0.2}

        assert len(server.sessions) == 1


def test_an_expired_login_may_be_rejected_instead(connect: "Connect") -> None:
    script = exchange(token_seconds=0.05, tick_seconds=0.01, on_expiry="reject")
    with ScriptedServer(script) as server:
        client = connect(server.url)
        client.ask(LOGIN)
        client.ask({"op": "subscribe", "channel": "btc"})
        while (message := client.hear())["type"] == "tick":
            pass

        assert message == {"type": "error", "reason": "auth_expired"}
        client.patience(0.05)
        with pytest.raises(WebSocketTimeoutException):
            client.recv()
        client.patience(5)
        assert client.ask(LOGIN) == {"type": "auth_success", "expires_in": 0.05}


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
