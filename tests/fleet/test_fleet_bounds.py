"""What a user of one connection does wrong, or does much of, is nobody else's trouble."""

from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors import ConnectionSpec, Fleet, Heartbeat, Timeouts
from holdfast.handlers import CauseKind, Connection, ConnectionHandler, Phase
from holdfast.testing import RawPeer, RawServer, ScriptedServer, Session, echo, encode_frame

if TYPE_CHECKING:
    from tests.fleet.conftest import Journal, Sibling


@pytest.mark.parametrize(
    ("code", "reason"), [(70_000, ""), (1005, ""), ("1000", ""), (None, ""), (1000, None)]
)
def test_a_close_that_nobody_may_send_is_refused_where_it_is_asked_for(
    journal: "Journal", sibling: "Sibling", code: Any, reason: Any
) -> None:
    refused: list[str] = []

    def on_ready(connection: Connection) -> None:
        with pytest.raises((ValueError, TypeError)) as error:
            connection.close(code, reason)
        refused.append(str(error.value))

    with ScriptedServer(echo) as server, Fleet() as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, handler=journal.handler(on_ready=on_ready))
        journal.wait_count("ready", 1)
        fleet.wait_ready(timeout=8)
        assert len(refused) == 1
        assert fleet.status("a").restarts == 0
        sibling.check(fleet)


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", 7, "name must be a str, not int"),
        ("name", "", "name must be 1 to 200 printable characters"),
        ("url", b"ws://127.0.0.1", "url must be a str, not bytes"),
        ("url", "http://127.0.0.1", "the URL must begin with ws:// or wss://"),
        ("restart", "permanent", "restart must be a RestartPolicy, not str"),
        ("heartbeat", 5, "heartbeat must be a Heartbeat, not int"),
        ("timeouts", {}, "timeouts must be a Timeouts, not dict"),
        ("auth", "abc", "auth: str has no method generate_auth_data"),
        ("handler", None, "handler must be a ConnectionHandler class"),
        ("handler", ConnectionHandler(), "handler must be a ConnectionHandler class"),
        ("subscriptions", "abc", "subscriptions must be a list of messages, not one message"),
        ("subscriptions", [object()], "subscriptions: JSON cannot say this object"),
        ("headers", {"x": 1}, "headers must map str to str, see 'x'"),
        ("close_codes", {"4001": "session_taken"}, "close_codes must map int to CauseKind"),
        (
            "close_codes",
            {4001: "taken"},
            (
                "close_codes 4001 must be network or server_busy or auth_rejected or protocol_error"
                " or handler_crash or session_taken or normal_close, not 'taken'"
            ),
        ),
        ("close_codes", {4001: None}, "normal_close, not 'None'"),
        ("close_codes", {4001: CauseKind.MACHINE}, "normal_close, not 'machine_crash'"),
        ("close_codes", {4001: "sibling_restart"}, "normal_close, not 'sibling_restart'"),
    ],
)
def test_a_spec_of_wrong_types_is_refused_in_one_line_before_anything_starts(
    field: str, value: Any, complaint: str
) -> None:
    fields: dict[str, Any] = {"name": "a", "url": "ws://127.0.0.1:1", field: value}
    with pytest.raises(ValueError, match="connection ") as error:
        ConnectionSpec(**fields)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_message_that_comes_in_slowly_is_a_sign_of_life(journal: "Journal") -> None:
    text = "slow but sure" * 10

    def talk(peer: RawPeer) -> None:
        peer.accept_handshake()
        peer.drip(encode_frame(1, text.encode()), seconds=0.05, size=4)
        peer.hold()

    beat = Heartbeat(interval=0.2, timeout=0.2)
    with RawServer(talk) as server, Fleet() as fleet:
        handler, rude = journal.handler(), Timeouts(close=0.1)
        fleet.connect("a", server.url, handler=handler, heartbeat=beat, timeouts=rude)
        journal.wait_told("message", text)
        assert fleet.status("a").restarts == 0


def test_a_handler_hears_of_every_end_of_its_incarnation(journal: "Journal") -> None:
    with ScriptedServer(echo) as server:
        with Fleet() as fleet:
            fleet.connect("a", server.url, handler=journal.handler())
            fleet.connect("b", server.url, handler=journal.handler())
            fleet.wait_ready(timeout=8)
            fleet.restart("a")
            fleet.wait_ready(timeout=8)
            fleet.stop("a")
        assert journal.told("made") == [1, 2, 3]
        assert journal.told("down") == ["stopped"] * 3


def test_three_hundred_handlers_may_ask_the_fleet_at_once(journal: "Journal") -> None:
    async def greet(session: Session) -> None:
        await session.publish("hello")
        await session.receive()

    with ScriptedServer(greet) as server, Fleet() as fleet:

        def on_message(connection: Connection, _message: str) -> None:
            assert fleet.status(connection.name).phase is Phase.READY

        for number in range(300):
            handler = journal.handler(on_message=on_message)
            fleet.connect(f"c{number}", server.url, handler=handler)
        journal.wait_count("message", 300, timeout=20)
        fleet.wait_ready(timeout=8)
        assert {status.restarts for status in fleet.status()} == {0}
