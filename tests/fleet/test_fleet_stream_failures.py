"""What goes wrong on an open stream: each has its cause, and its place in the table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from holdfast.actors import Backoff, Fleet, Heartbeat, Limits, RestartPolicy, Timeouts
from holdfast.handlers import CauseKind, Phase
from holdfast.testing import (
    ManualClock,
    RawPeer,
    RawServer,
    ScriptedServer,
    Session,
    close_frame,
    encode_frame,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Expect, Journal, Logs, Sibling

NETWORK, BUSY, AUTH = CauseKind.NETWORK, CauseKind.BUSY, CauseKind.AUTH
PROTOCOL, TAKEN, NORMAL = CauseKind.PROTOCOL, CauseKind.TAKEN, CauseKind.NORMAL
TEXT, CLOSE = 1, 8
TOO_LARGE = b"x" * 2000


@dataclass(frozen=True)
class Breach:
    """Bytes that break the rules, what they are called, and the close code that answers them."""

    data: bytes
    name: str
    code: int


BREACHES = {
    "no frame at all": Breach(b"HTTP/1.1 400 Bad Request\r\n\r\n", "protocol_violation", 1002),
    "random bytes": Breach(bytes(range(255, -1, -1)), "protocol_violation", 1002),
    "an unknown opcode": Breach(encode_frame(3, b"?"), "protocol_violation", 1002),
    "a reserved bit": Breach(encode_frame(TEXT, b"?", reserved=4), "protocol_violation", 1002),
    "a masked frame": Breach(encode_frame(TEXT, b"?", masked=True), "protocol_violation", 1002),
    "a close code out of range": Breach(close_frame(999), "protocol_violation", 1002),
    "a close code nobody may send": Breach(close_frame(1006), "protocol_violation", 1002),
    "a close code beyond the registry": Breach(close_frame(5000), "protocol_violation", 1002),
    "half a close code": Breach(encode_frame(CLOSE, b"\x03"), "protocol_violation", 1002),
    "text that is not UTF-8": Breach(encode_frame(TEXT, b"a\xffb"), "invalid_utf8", 1007),
    "a reason that is not UTF-8": Breach(close_frame(1000, b"\xff"), "invalid_utf8", 1007),
    "a message beyond the limit": Breach(encode_frame(TEXT, TOO_LARGE), "message_too_big", 1009),
    "the head of a message beyond all limits": Breach(
        b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", "message_too_big", 1009
    ),
}


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES.keys())
def test_a_breach_of_the_rules_is_answered_with_its_code_and_backed_off(
    breach: Breach, journal: "Journal", expect: "Expect"
) -> None:
    codes: list[int] = []

    def serve(peer: RawPeer) -> None:
        peer.accept_handshake(then=encode_frame(TEXT, b"fine") + breach.data)
        answer = peer.receive_frame()
        codes.append(int.from_bytes(answer.payload[:2], "big"))
        journal.add(("answered", answer.opcode))

    with (
        RawServer(serve) as server,
        expect.failure(
            server.url,
            PROTOCOL,
            breach.name,
            "protocol_backoff",
            handler=journal.handler(),
            limits=Limits(max_message=1000),
        ) as status,
    ):
        assert status.cause is not None
        assert status.cause.code == breach.code
        journal.wait_told("answered", CLOSE)
        assert codes == [breach.code]
        # What was right before the breach has been delivered, and is not delivered again.
        assert journal.told("message") == ["fine"]


def test_a_message_of_just_the_limit_is_taken(journal: "Journal") -> None:
    async def serve(session: Session) -> None:
        await session.publish("x" * 1000)
        await session.receive()

    with ScriptedServer(serve) as server, Fleet() as fleet:
        limits = Limits(max_message=1000)
        fleet.connect("a", server.url, handler=journal.handler(), limits=limits)
        journal.wait_told("message", "x" * 1000)


CLOSES: list[tuple[int | None, CauseKind, str]] = [
    (1001, NETWORK, "network_backoff"),
    (1002, PROTOCOL, "protocol_backoff"),
    (1003, PROTOCOL, "protocol_backoff"),
    (1008, PROTOCOL, "protocol_backoff"),
    (1011, NETWORK, "network_backoff"),
    (1012, BUSY, "busy_retry_after"),
    (1013, BUSY, "busy_retry_after"),
    (3000, AUTH, "auth_retry_once"),
    (4001, NETWORK, "network_backoff"),
    (1000, NORMAL, "normal_close_permanent"),
]


@pytest.mark.parametrize(("code", "kind", "rule"), CLOSES)
def test_a_close_frame_has_the_clause_of_its_code(
    code: int, kind: CauseKind, rule: str, expect: "Expect"
) -> None:
    async def serve(session: Session) -> None:
        await session.close(code, "that's it")

    with (
        ScriptedServer(serve) as server,
        expect.failure(server.url, kind, f"closed_{code}", rule) as status,
    ):
        assert status.cause is not None
        assert status.cause.code == code
        assert "that's it" in status.cause.detail


@pytest.mark.parametrize(
    ("meaning", "rule"),
    [
        (AUTH, "auth_retry_once"),
        (BUSY, "busy_retry_after"),
        (PROTOCOL, "protocol_backoff"),
        (NORMAL, "normal_close_permanent"),
    ],
)
def test_a_close_code_means_what_the_spec_says_it_means(
    meaning: CauseKind, rule: str, expect: "Expect"
) -> None:
    async def serve(session: Session) -> None:
        await session.close(4001)

    with (
        ScriptedServer(serve) as server,
        expect.failure(server.url, meaning, "closed_4001", rule, close_codes={4001: meaning}),
    ):
        pass


def test_a_session_that_somebody_else_took_is_quarantined_at_once(
    logs: "Logs", sibling: "Sibling"
) -> None:
    async def serve(session: Session) -> None:
        await session.close(4001, "logged in elsewhere")

    clock = ManualClock()
    with ScriptedServer(serve) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, close_codes={4001: TAKEN})
        logs.wait("connection.quarantined", connection="a", rule="session_taken")
        clock.advance(100_000.0)
        sibling.check(fleet)

        assert fleet.status("a").phase is Phase.QUARANTINED
        assert server.counters.connections == 1


@pytest.mark.parametrize("kind", ["transient", "temporary"])
def test_a_normal_close_ends_a_connection_that_is_not_permanent(
    kind: Any,  # a RestartKind
    logs: "Logs",
    sibling: "Sibling",
) -> None:
    async def serve(session: Session) -> None:
        await session.close(1000)

    with ScriptedServer(serve) as server, Fleet() as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, restart=RestartPolicy(kind=kind))
        logs.wait("connection.stopped", connection="a")
        status = fleet.status("a")

        assert status.phase is Phase.STOPPED
        assert status.cause is not None
        assert status.cause.name == "closed_1000"
        sibling.check(fleet)


def cut_by_reset(peer: RawPeer) -> None:
    """Reset the connection after its first message."""
    peer.accept_handshake()
    peer.receive_frame()
    peer.reset()


def cut_by_end(peer: RawPeer) -> None:
    """End the TCP connection without a close frame."""
    peer.accept_handshake()
    peer.receive_frame()


def close_without_code(peer: RawPeer) -> None:
    """Close without saying why."""
    peer.accept_handshake()
    peer.receive_frame()
    peer.send(close_frame(None))
    peer.hold()


ENDS: list[tuple[Callable[[RawPeer], None], str]] = [
    (cut_by_reset, "connection_reset"),
    (cut_by_end, "connection_lost"),
    (close_without_code, "closed_1005"),
]


@pytest.mark.parametrize(("serve", "name"), ENDS)
def test_an_end_without_a_close_code_is_a_failure_of_the_network(
    serve: Callable[[RawPeer], None], name: str, expect: "Expect"
) -> None:
    with (
        RawServer(serve) as server,
        expect.failure(server.url, NETWORK, name, "network_backoff", subscriptions=["go on"]),
    ):
        pass


@pytest.mark.parametrize(
    ("last_words", "name"),
    [
        (close_frame(1001), "closed_1001"),
        (b"\xff\xff", "protocol_violation"),
        (encode_frame(9, b"ping"), "connection_reset"),
    ],
)
def test_a_server_that_resets_behind_its_last_words_ends_that_stream_alone(
    last_words: bytes, name: str, logs: "Logs", sibling: "Sibling"
) -> None:
    def serve(peer: RawPeer) -> None:
        peer.accept_handshake(then=last_words)
        peer.reset()

    again = RestartPolicy(backoff=Backoff(base=0.001, cap=0.001), intensity=10_000)
    with RawServer(serve) as server, Fleet() as fleet:
        sibling.join(fleet)
        for number in range(10):
            fleet.connect(f"c{number}", server.url, restart=again)
        # Whether the reset is there before the answer is written differs from time to time.
        logs.wait("connection.failed", times=200)
        logs.wait("connection.failed", cause=name)
        sibling.check(fleet)


def test_a_frame_that_stalls_midway_is_a_failure_of_the_network(
    journal: "Journal", logs: "Logs", sibling: "Sibling"
) -> None:
    async def serve(session: Session) -> None:
        await session.publish("whole")
        await session.break_mid_frame()

    clock = ManualClock()
    with ScriptedServer(serve) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect(
            "a",
            server.url,
            handler=journal.handler(),
            heartbeat=Heartbeat(interval=1000.0),
            timeouts=Timeouts(stall=4.0),
        )
        journal.wait_told("message", "whole")
        # The clock stops at the failure, which may come a second or two after the stall: what has
        # come in so far isn't known, and it is looked at every second.
        while not logs.find("connection.failed", connection="a"):
            assert clock.now() < 1010.0
            clock.advance(1.0)
            sibling.check(fleet)
        logs.wait("restart.scheduled", cause="frame_stalled", rule="network_backoff")
        status = fleet.status("a")

        assert status.phase is Phase.BACKOFF
        assert status.cause is not None
        assert status.cause.kind is NETWORK
