"""What goes wrong before a stream is open: each has its cause, and its place in the table."""

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from holdfast.actors import Fleet, TlsOptions
from holdfast.handlers import CauseKind, HmacAuth, Phase
from holdfast.testing import (
    HttpAnswer,
    ManualClock,
    RawPeer,
    RawServer,
    ScriptedServer,
    echo,
    first,
    never_answer,
    redirect,
    respond,
    unavailable,
)

if TYPE_CHECKING:
    from tests.fleet.conftest import Expect, Logs, Sibling

NETWORK, BUSY, AUTH = CauseKind.NETWORK, CauseKind.BUSY, CauseKind.AUTH
PROTOCOL = CauseKind.PROTOCOL


@pytest.fixture
def closed_port() -> str:
    """Return the URL of a port that nobody listens on."""
    server = ScriptedServer(echo)
    with server:
        pass
    return server.url


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "https://127.0.0.1",
        "127.0.0.1:80",
        "wss//host",
        "ws://",
        "ws://host:0",
        "ws://host:99999",
        "ws://host:port",
        "ws://user:password@host",
        "ws://host/#fragment",
        "ws://host/a b",
        "ws://[::1",
        "ws://..",
        "",
    ],
)
def test_a_wrong_url_is_refused_before_anything_starts(url: str) -> None:
    with Fleet() as fleet:
        with pytest.raises(ValueError, match="connection 'a': the URL"):
            fleet.connect("a", url)

        assert fleet.status() == []


def test_a_closed_port_is_tried_again(closed_port: str, expect: "Expect") -> None:
    with expect.failure(closed_port, NETWORK, "connection_refused", "network_backoff"):
        pass


def test_a_name_that_does_not_resolve_is_tried_again(expect: "Expect") -> None:
    with expect.failure("ws://no-such-host.invalid", NETWORK, "dns_failure", "network_backoff"):
        pass


def test_a_certificate_that_does_not_verify_is_an_error_of_protocol(
    server_tls: ssl.SSLContext, expect: "Expect"
) -> None:
    with (
        ScriptedServer(echo, ssl_context=server_tls) as server,
        expect.failure(server.url, PROTOCOL, "tls_verification_failed", "protocol_backoff"),
    ):
        assert server.counters.connections == 0


def test_a_certificate_for_another_host_is_an_error_of_protocol(
    server_tls: ssl.SSLContext, ca_file: str, expect: "Expect"
) -> None:
    trusting = TlsOptions(ca_file=ca_file)
    with ScriptedServer(echo, ssl_context=server_tls) as server:
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        with expect.failure(
            elsewhere, PROTOCOL, "tls_verification_failed", "protocol_backoff", tls=trusting
        ):
            pass


def test_a_certificate_that_verifies_is_ready(server_tls: ssl.SSLContext, ca_file: str) -> None:
    with ScriptedServer(echo, ssl_context=server_tls) as server, Fleet() as fleet:
        fleet.connect("a", server.url, tls=TlsOptions(ca_file=ca_file))
        fleet.wait_ready(timeout=5)


def test_a_server_that_speaks_no_tls_is_named(expect: "Expect") -> None:
    def serve(peer: RawPeer) -> None:
        peer.send(b"220 smtp.example ready\r\n")
        peer.hold()

    with RawServer(serve) as server:
        url = server.url.replace("ws:", "wss:")
        with expect.failure(url, PROTOCOL, "tls_failure", "protocol_backoff"):
            pass


def test_a_handshake_that_is_never_answered_ends_at_the_deadline_of_the_dial(
    logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    server = ScriptedServer(echo, handshake=first(1, never_answer()))
    with server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url)
        server.wait_for(lambda server: len(server.handshakes) == 1)
        assert fleet.status("a").phase is Phase.CONNECTING

        clock.advance(9.99)
        assert fleet.status("a").phase is Phase.CONNECTING
        clock.advance(0.01)
        logs.wait("restart.scheduled", cause="dial_timeout", rule="network_backoff")
        status = fleet.status("a")
        assert status.phase is Phase.BACKOFF
        assert status.cause is not None
        assert (status.cause.kind, status.cause.name) == (NETWORK, "dial_timeout")
        sibling.check(fleet)

        clock.advance(60.0)
        fleet.wait_ready(timeout=5)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_handshake_is_tried_once_more_and_then_quarantined_until_it_is_resumed(
    status: int, logs: "Logs", sibling: "Sibling"
) -> None:
    clock = ManualClock()
    server = ScriptedServer(echo, handshake=first(2, respond(status)))
    with server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, auth=None)
        logs.wait("restart.scheduled", connection="a", rule="auth_retry_once")
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        quarantined = logs.wait("connection.quarantined", connection="a")
        found = fleet.status("a")

        assert (quarantined["cause"], quarantined["rule"]) == (
            f"http_{status}",
            "auth_rejected_twice",
        )
        assert (found.phase, found.retry_at) == (Phase.QUARANTINED, None)
        assert found.cause is not None
        assert (found.cause.kind, found.cause.code) == (AUTH, status)
        clock.advance(100_000.0)
        sibling.check(fleet)
        assert len(server.handshakes) == 2

        fleet.resume("a")
        fleet.wait_ready(timeout=5)
        assert logs.find("connection.resumed", connection="a")[0]["was"] == "quarantined"


def test_a_login_that_is_refused_twice_is_quarantined(logs: "Logs", sibling: "Sibling") -> None:
    clock = ManualClock()

    async def refuse(session: Any) -> None:  # a session
        await session.expect_auth()
        await session.refuse("unknown key")
        await session.receive()

    with ScriptedServer(refuse) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url, auth=HmacAuth("some-key", "some-secret"))
        logs.wait("restart.scheduled", connection="a", rule="auth_retry_once")
        assert fleet.status("a").phase is Phase.BACKOFF
        clock.advance(60.0)
        logs.wait("connection.quarantined", connection="a", detail="unknown key")

        assert fleet.status("a").phase is Phase.QUARANTINED
        sibling.check(fleet)
        assert server.counters.auths_refused == 2


@pytest.mark.parametrize(
    ("answer", "least"),
    [
        (unavailable(retry_after=30), 30.0),
        (unavailable(retry_after="Thu, 01 Jan 2026 00:02:00 GMT"), 120.0),
        (unavailable(), 0.0),
        (respond(429, {"Retry-After": "7"}), 7.0),
    ],
)
def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    answer: HttpAnswer, least: float, logs: "Logs"
) -> None:
    clock = ManualClock()
    server = ScriptedServer(echo, handshake=first(1, answer))
    with server, Fleet(clock=clock) as fleet:
        fleet.connect("a", server.url)
        scheduled = logs.wait("restart.scheduled", rule="busy_retry_after")
        status = fleet.status("a")

        assert status.phase is Phase.BACKOFF
        assert status.cause is not None
        assert status.cause.kind is BUSY
        assert status.retry_at is not None
        # On top of it comes the jitter that spreads the fleet: at most 1 s at the first failure.
        assert least <= status.retry_at - clock.now() <= least + 1.0
        assert scheduled["delay"] == pytest.approx(status.retry_at - clock.now(), abs=1e-5)

        clock.advance(status.retry_at - clock.now())
        fleet.wait_ready(timeout=5)


REFUSALS: list[tuple[HttpAnswer, CauseKind, str, str]] = [
    (respond(500), NETWORK, "http_500", "network_backoff"),
    (respond(404), PROTOCOL, "http_404", "protocol_backoff"),
    (respond(200, body="hello"), PROTOCOL, "http_200", "protocol_backoff"),
    (redirect("ws://127.0.0.1:1/"), PROTOCOL, "redirect_refused", "protocol_backoff"),
]


@pytest.mark.parametrize(("answer", "kind", "name", "rule"), REFUSALS)
def test_any_other_answer_to_the_handshake_has_its_clause(
    answer: HttpAnswer, kind: CauseKind, name: str, rule: str, expect: "Expect"
) -> None:
    with (
        ScriptedServer(echo, handshake=answer) as server,
        expect.failure(server.url, kind, name, rule) as status,
    ):
        assert status.cause is not None
        assert status.cause.code == answer.status


def garbage(peer: RawPeer) -> None:
    """Answer with bytes that are no HTTP."""
    peer.read_request()
    peer.send(bytes(range(256)) * 4)
    peer.hold()


def half_an_answer(peer: RawPeer) -> None:
    """End the stream in the middle of the answer."""
    peer.read_request()
    peer.send(b"HTTP/1.1 101 Switch")


def wrong_key(peer: RawPeer) -> None:
    """Answer for another request."""
    peer.accept_handshake({"Sec-WebSocket-Accept": "bm9uc2Vuc2U="})
    peer.hold()


def endless_head(peer: RawPeer) -> None:
    """Never come to the end of the answer's head."""
    peer.read_request()
    peer.send(b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Filler: 0\r\n" * 10_000)
    peer.hold()


def reset(peer: RawPeer) -> None:
    """Reset the connection instead of an answer."""
    peer.read_request()
    peer.reset()


ANSWERS: list[tuple[Callable[[RawPeer], None], CauseKind, str, str]] = [
    (garbage, PROTOCOL, "bad_handshake", "protocol_backoff"),
    (wrong_key, PROTOCOL, "bad_handshake", "protocol_backoff"),
    (endless_head, PROTOCOL, "bad_handshake", "protocol_backoff"),
    (half_an_answer, NETWORK, "connection_lost", "network_backoff"),
    (reset, NETWORK, "connection_reset", "network_backoff"),
]


@pytest.mark.parametrize(("serve", "kind", "name", "rule"), ANSWERS)
def test_what_is_no_handshake_has_its_clause(
    serve: Callable[[RawPeer], None], kind: CauseKind, name: str, rule: str, expect: "Expect"
) -> None:
    with RawServer(serve) as server, expect.failure(server.url, kind, name, rule):
        pass


def test_errors_of_protocol_count_toward_the_intensity(logs: "Logs", sibling: "Sibling") -> None:
    clock = ManualClock()
    with RawServer(garbage) as server, Fleet(clock=clock) as fleet:
        sibling.join(fleet)
        fleet.connect("a", server.url)
        for failure in range(1, 4):
            logs.wait("restart.scheduled", connection="a", times=failure)
            assert fleet.status("a").phase is Phase.BACKOFF
            clock.advance(15.0)
        logs.wait("connection.quarantined", connection="a", rule="intensity_exceeded")

        assert fleet.status("a").phase is Phase.QUARANTINED
        sibling.check(fleet)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a certificate authority that nobody trusts by default."""
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """Return a server's TLS context with a certificate for 127.0.0.1."""
    certificate: Any = authority.issue_cert("127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Any) -> str:  # a pathlib.Path
    """Return the path of the authority's certificate."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)
