"""The life of a connection, as its server sees it."""

import json
import threading
from typing import TYPE_CHECKING

from holdfast.actors import Backoff, Fleet, Outcome, RestartPolicy, Timeouts
from holdfast.handlers import AuthStatus, Connection, HmacAuth, Phase
from holdfast.testing import (
    RawPeer,
    RawServer,
    ScriptedServer,
    Session,
    encode_frame,
    exchange,
    sign,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Logs

PING, PONG = 9, 10
QUICK = RestartPolicy(backoff=Backoff(base=0.01, cap=0.05))
AUTH = HmacAuth("key-of-life", "secret-of-life")
SECRETS = {"key-of-life": "secret-of-life"}
CHANNELS = [{"op": "subscribe", "channel": "btc"}, {"op": "subscribe", "channel": "eth"}]


def said(session: Session) -> list[str | bytes]:
    """Return what a client said, its login in one word."""
    return [
        "login" if isinstance(each, str) and '"auth"' in each else each for each in session.received
    ]


def test_every_stream_says_login_then_subscriptions_then_what_waited_then_what_on_ready_sends(
    journal: "Journal", logs: "Logs"
) -> None:
    def on_ready(connection: Connection) -> None:
        connection.send("from on_ready")

    channels = ['{"op":"subscribe","channel":"btc"}', '{"op":"subscribe","channel":"eth"}']
    server = ScriptedServer(exchange(secrets=SECRETS, tick_seconds=None))
    with server, Fleet() as fleet:
        server.stop()
        fleet.connect(
            "a",
            server.url,
            handler=journal.handler(on_ready=on_ready),
            auth=AUTH,
            subscriptions=CHANNELS,
            restart=QUICK,
        )
        for life in (1, 2, 3):
            waited = [f"{life}.{number}" for number in range(3)]
            outcomes = [fleet.send("a", each) for each in waited]
            server.start()
            journal.wait_count("ready", life)
            server.wait_for(lambda server: len(server.sessions[0].received) == 7)

            expected = ["login", *channels, *waited, "from on_ready"]
            assert said(server.sessions[0]) == expected
            assert [outcome.get(timeout=5) for outcome in outcomes] == [Outcome.SENT] * 3
            server.stop(reset=True)
            logs.wait("connection.failed", phase="ready", times=life)


def test_what_waited_goes_out_before_what_on_ready_sends_also_behind_a_handler_that_is_busy(
    journal: "Journal", logs: "Logs"
) -> None:
    sent, opened = threading.Event(), threading.Event()
    heard: list[bytes] = []

    def serve(peer: RawPeer) -> None:
        assert sent.wait(8)
        peer.accept_handshake(then=encode_frame(PING, b""))
        assert peer.receive_frame().opcode == PONG
        # The pong comes from the socket actor, which has told the connection of its open stream.
        opened.set()
        heard.extend(peer.receive_frame().payload for _ in range(3))
        journal.add(("heard", heard))
        peer.hold()

    def on_receive(_connection: Connection, _message: object) -> None:
        opened.wait(8)

    def on_ready(connection: Connection) -> None:
        connection.send("last")

    with RawServer(serve) as server, Fleet() as fleet:
        handler = journal.handler(on_receive=on_receive, on_ready=on_ready)
        fleet.connect("a", server.url, handler=handler, timeouts=Timeouts(close=0.1))
        fleet.tell("a", "be busy until the stream is open")
        fleet.send("a", "first")
        fleet.send("a", "second")
        sent.set()
        journal.wait_count("heard", 1)

        assert heard == [b"first", b"second", b"last"]
        assert not logs.find("connection.failed")


def test_the_login_is_signed_for_the_server_and_counted_in_the_status() -> None:
    with ScriptedServer(exchange(secrets=SECRETS)) as server, Fleet() as fleet:
        fleet.connect("a", server.url, auth=AUTH)
        fleet.wait_ready(timeout=5)
        login = json.loads(server.sessions[0].received[0])
        status = fleet.status("a")

        assert login["signature"] == sign("key-of-life", "secret-of-life", login["timestamp"])
        assert (status.phase, status.incarnation) == (Phase.READY, 1)
        assert (status.auth.status, status.auth.accepted, status.auth.renewed) == (
            AuthStatus.AUTHENTICATED,
            1,
            0,
        )


def test_what_comes_before_the_answer_to_the_login_reaches_the_handler_and_the_answer_does_not(
    journal: "Journal",
) -> None:
    async def script(session: Session) -> None:
        await session.publish("welcome")
        await session.expect_auth()
        await session.publish({"type": "notice"})
        await session.accept()
        await session.publish(b"after")
        await session.receive()

    with ScriptedServer(script) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(), auth=AUTH)
        journal.wait_told("message", "welcome", '{"type":"notice"}', b"after")

        kinds = [kind for kind, _ in journal.items]
        assert kinds == ["made", "message", "message", "ready", "message"]


def test_messages_in_the_same_bytes_as_the_answer_are_delivered_after_on_ready(
    journal: "Journal",
) -> None:
    def serve(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.receive_frame()
        texts = (b'{"type":"auth_success"}', b"one", b"two")
        peer.send(b"".join(encode_frame(1, text) for text in texts))
        peer.hold()

    with RawServer(serve) as server, Fleet() as fleet:
        timeouts = Timeouts(close=0.1)
        fleet.connect("a", server.url, handler=journal.handler(), auth=AUTH, timeouts=timeouts)
        journal.wait_told("message", "one", "two")

        assert [kind for kind, _ in journal.items] == ["made", "ready", "message", "message"]


def test_a_handler_of_batches_is_never_given_an_empty_one(journal: "Journal") -> None:
    async def script(session: Session) -> None:
        await session.expect_auth()
        await session.accept()
        await session.publish("one")
        await session.receive()

    def on_messages(_connection: Connection, messages: list[str | bytes]) -> None:
        assert messages

    with ScriptedServer(script) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(on_messages=on_messages), auth=AUTH)
        journal.wait_told("messages", ["one"])

        assert fleet.status("a").incarnation == 1


def test_a_connection_without_auth_is_ready_as_soon_as_it_is_open(journal: "Journal") -> None:
    with ScriptedServer(exchange(tick_seconds=None)) as server, Fleet() as fleet:
        fleet.connect("a", server.url, handler=journal.handler(), subscriptions=["one", b"two"])
        fleet.wait_ready("a", timeout=5)
        server.wait_for(lambda server: server.counters.messages_in == 2)

        assert server.sessions[0].received == ("one", b"two")
        assert fleet.status("a").auth.status is AuthStatus.IDLE
