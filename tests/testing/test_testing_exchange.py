"""The ready-made exchange, spoken to by a client on a real socket."""

import time
from typing import TYPE_CHECKING

import pytest
from websocket import WebSocketTimeoutException

from holdfast.handlers.auth.hmac_auth import HmacAuth
from holdfast.testing import ScriptedServer, exchange, sign
from holdfast.testing.credentials import verify

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
