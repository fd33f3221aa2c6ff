"""The opening handshake (RFC 6455 section 4): what is sent, and what each answer leads to."""

import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from itertools import cycle

import pytest
import websocket
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from holdfast.actors.wire.dial import DialOptions, OpenStream
from holdfast.actors.wire.errors import (
    BadHandshakeError,
    HandshakeRefusedError,
    RedirectRefusedError,
    WireError,
)
from holdfast.handlers import CauseKind

UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"


def wait(connection: ServerConnection) -> None:
    connection.recv()


def refused(open_stream: Callable[..., OpenStream], port: int) -> WireError:
    with pytest.raises(WireError) as refusal:
        open_stream(f"ws://127.0.0.1:{port}/path?token=hunter2")
    return refusal.value


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CauseKind.AUTH),
        (403, CauseKind.AUTH),
        (429, CauseKind.BUSY),
        (503, CauseKind.BUSY),
        (500, CauseKind.NETWORK),
        (404, CauseKind.PROTOCOL),
        (200, CauseKind.PROTOCOL),
        (304, CauseKind.PROTOCOL),
    ],
)
def test_an_error_status_is_a_refusal_with_its_evidence(
    status: int,
    kind: CauseKind,
    answering: Callable[[bytes], int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """Status and headers are kept; no body or URL is quoted, and no body waited for."""
    answer = (
        f"HTTP/1.1 {status} Some Reason\r\nRetry-After: 17\r\nContent-Length: 5000\r\n\r\nhunter2"
    )
    error = refused(open_stream, answering(answer.encode()))
    assert isinstance(error, HandshakeRefusedError)
    assert (error.status, error.headers["retry-after"]) == (status, "17")
    cause = error.cause_at(0.0)
    assert (cause.kind, cause.code) == (kind, status)
    assert cause.retry_after == (17.0 if kind is CauseKind.BUSY else None)
    assert "hunter2" not in f"{error!r} {error} {cause} {error.headers}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "host"),
    [
        (b"Location: wss://elsewhere.example/hunter2?token=hunter2\r\n", "elsewhere.example"),
        (b"Location: wss://user:hunter2@elsewhere.example/\r\n", "elsewhere.example"),
        (b"Location: /hunter2\r\n", ""),
        (b"Location: ws://[hunter2/\r\n", ""),
        (b"", ""),
    ],
)
def test_a_redirect_is_refused_and_names_only_the_host(
    status: int,
    location: bytes,
    host: str,
    answering: Callable[[bytes], int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """Credentials never follow a redirect; the rest of its address may be a credential itself."""
    error = refused(open_stream, answering(b"HTTP/1.1 %d Moved\r\n%s\r\n" % (status, location)))
    assert isinstance(error, RedirectRefusedError)
    assert (error.status, error.host) == (status, host)
    assert error.cause.kind is CauseKind.PROTOCOL
    assert host in str(error)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"\0\xff\xfe hunter2", "does not speak HTTP"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
        (b"H", "does not speak HTTP"),
        (b"HTTP/1.1 hunter2\r\n\r\n", "Invalid status line"),
        (b"HTTP/1.1\r\n\r\n", "Invalid status line"),
        (b"HTTP/1.1 101 OK\r\nhunter2\r\n\r\n", "Invalid header"),
        (b"HTTP/1.1 101 OK\r\nX: hunter2\xff\r\n\r\n", "Invalid WebSocket Header"),
        (b"HTTP/1.1 101 OK\r\n\r\n", "Invalid WebSocket Header"),
        (b"HTTP/1.1 101 OK\r\n%b\r\n" % UPGRADE, "Invalid WebSocket Header"),
        (
            b"HTTP/1.1 101 OK\r\n%bSec-WebSocket-Accept: aHVudGVyMg==\r\n\r\n" % UPGRADE,
            "Invalid WebSocket Header",
        ),
        (b"HTTP/1.1 101 OK\r\nX: " + b"x" * 70_000, "larger than 65536 bytes"),
    ],
)
def test_what_is_no_handshake_is_refused_at_once(
    answer: bytes,
    reason: str,
    raw_server: Callable[..., int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """Garbage, wrong proofs and endless heads (sections 4.1 and 10.4) fail without a deadline."""

    def script(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(answer)
        if answer == b"H":
            client.sendall(b"ELO")
        client.recv(1)

    error = refused(open_stream, raw_server(script))
    assert isinstance(error, BadHandshakeError)
    assert reason in str(error)
    assert error.cause.kind is CauseKind.PROTOCOL
    assert "hunter2" not in str(error)


def test_a_refusal_may_have_bytes_of_any_kind_in_its_fields(
    answering: Callable[[bytes], int], open_stream: Callable[..., OpenStream]
) -> None:
    """RFC 9110 section 5.5 allows them (obs-text), and they hide no Retry-After."""
    answer = b"HTTP/1.1 503 No\r\nX: caf\xe9 \xff\r\nRetry-After: 17\r\n\r\n"
    error = refused(open_stream, answering(answer))
    assert error.cause_at(0.0).retry_after == 17


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"Sec-WebSocket-Extensions: permessage-deflate", "extension that was not offered"),
        (b"Sec-WebSocket-Protocol: chat", "subprotocol though none was offered"),
    ],
)
def test_what_was_not_offered_cannot_be_chosen(
    line: bytes,
    reason: str,
    raw_server: Callable[..., int],
    accepting: Callable[..., bytes],
    open_stream: Callable[..., OpenStream],
) -> None:
    """Section 4.1, steps 5 and 6 of the check: the connection must be failed."""

    def script(client: socket.socket) -> None:
        client.sendall(accepting(client.recv(65536), line))
        client.recv(1)

    assert reason in str(refused(open_stream, raw_server(script)))


@pytest.mark.parametrize("lines", [(), (b"Sec-WebSocket-Protocol: hunter2",)])
def test_a_server_that_takes_no_subprotocol_is_refused_for_that(
    lines: tuple[bytes, ...],
    raw_server: Callable[..., int],
    accepting: Callable[..., bytes],
    open_stream: Callable[..., OpenStream],
) -> None:
    """What would be said in no agreed language is no use; RFC 6455 would let silence pass."""

    def script(client: socket.socket) -> None:
        client.sendall(accepting(client.recv(65536), *lines))
        client.recv(1)

    options = DialOptions(subprotocols=("v1",), proxy=None)
    with pytest.raises(BadHandshakeError, match="none of the subprotocols") as refusal:
        open_stream(f"ws://127.0.0.1:{raw_server(script)}/", options)
    assert "hunter2" not in str(refusal.value)


def test_bare_line_feeds_end_a_head(
    raw_server: Callable[..., int],
    accepting: Callable[..., bytes],
    open_stream: Callable[..., OpenStream],
) -> None:
    """RFC 9112 section 2.2: a recipient may take them for the end of a line."""

    def script(client: socket.socket) -> None:
        client.sendall(accepting(client.recv(65536)).replace(b"\r\n", b"\n") + b"\x81\x00")
        client.recv(1)

    assert open_stream(f"ws://127.0.0.1:{raw_server(script)}/").leftover == b"\x81\x00"


def test_the_request_is_what_the_options_say(
    raw_server: Callable[..., int],
    accepting: Callable[..., bytes],
    open_stream: Callable[..., OpenStream],
) -> None:
    """Resource, host, headers, subprotocols and origin are sent once each, and nothing besides."""
    requests: list[bytes] = []

    def script(client: socket.socket) -> None:
        requests.append(client.recv(65536))
        client.sendall(accepting(requests[-1], b"Sec-WebSocket-Protocol: chat"))
        client.recv(1)

    port = raw_server(script)
    options = DialOptions(
        headers={"Authorization": "Bearer x", "Cookie": "a=b"},
        subprotocols=("superchat", "chat"),
        origin="https://app.example",
        proxy=None,
    )
    stream = open_stream(f"ws://127.0.0.1:{port}/a;b=c?d=e;f", options)
    first, *lines = requests[0].decode().removesuffix("\r\n\r\n").split("\r\n")
    assert first == "GET /a;b=c?d=e;f HTTP/1.1"
    assert sorted(line for line in lines if not line.startswith("Sec-WebSocket-Key: ")) == [
        "Authorization: Bearer x",
        "Connection: Upgrade",
        "Cookie: a=b",
        f"Host: 127.0.0.1:{port}",
        "Origin: https://app.example",
        "Sec-WebSocket-Protocol: superchat,chat",
        "Sec-WebSocket-Version: 13",
        "Upgrade: websocket",
    ]
    assert len(lines) == 9
    assert stream.subprotocol == "chat"


def test_the_answers_headers_are_told_without_its_cookies(
    raw_server: Callable[..., int],
    accepting: Callable[..., bytes],
    open_stream: Callable[..., OpenStream],
) -> None:
    """The server's Date, for instance; a cookie is a credential, and kept by nobody."""

    def script(client: socket.socket) -> None:
        lines = b"Date: Fri, 02 Jan 2026 03:04:05 GMT", b"Set-Cookie: a=b"
        client.sendall(accepting(client.recv(65536), *lines))
        client.recv(1)

    stream = open_stream(f"ws://127.0.0.1:{raw_server(script)}/")
    assert stream.headers["date"] == "Fri, 02 Jan 2026 03:04:05 GMT"
    assert "set-cookie" not in stream.headers
    assert "2026" not in repr(stream)


def test_no_two_handshakes_share_a_key(
    raw_server: Callable[..., int],
    accepting: Callable[..., bytes],
    open_stream: Callable[..., OpenStream],
) -> None:
    """Section 4.1, requirement 7: the key is drawn anew for each connection."""
    answers: list[bytes] = []

    def script(client: socket.socket) -> None:
        answers.append(accepting(client.recv(65536)))
        client.sendall(answers[-1])

    port = raw_server(script)
    for _ in range(5):
        open_stream(f"ws://127.0.0.1:{port}/")
    assert len(set(answers)) == 5


def test_a_server_of_another_make_agrees(
    websocket_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """The `websockets` library takes our handshake, its subprotocol included."""
    port = websocket_server(wait, subprotocols=["b"])
    stream = open_stream(
        f"ws://127.0.0.1:{port}/", DialOptions(subprotocols=("a", "b"), proxy=None)
    )
    assert stream.subprotocol == "b"


def test_a_refusal_by_a_server_of_another_make(
    websocket_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """The `websockets` library's own 503 is read with its Retry-After."""

    def busy(connection: ServerConnection, request: Request) -> Response:
        del request
        response = connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "later\n")
        response.headers["Retry-After"] = "30"
        return response

    error = refused(open_stream, websocket_server(wait, process_request=busy))
    assert error.cause_at(0.0).retry_after == 30.0


def test_a_cookie_of_one_connection_never_reaches_another(
    raw_server: Callable[..., int],
    accepting: Callable[..., bytes],
    open_stream: Callable[..., OpenStream],
) -> None:
    """By itself, websocket-client sends the session cookie of one account with another's dial."""
    requests: list[bytes] = []
    statuses = cycle([b"101 OK", b"302 Found", b"401 Unauthorized"])
    cookie = b"Set-Cookie: session=hunter2; Domain=localhost"
    cookies = cycle([b"\t" + cookie, cookie.lower(), cookie])

    def script(client: socket.socket) -> None:
        requests.append(client.recv(65536))
        head = accepting(requests[-1], next(cookies))
        client.sendall(head.replace(b"101 Switching Protocols", next(statuses)))

    def dial_ours(times: int) -> None:
        for _ in range(times):
            with suppress(HandshakeRefusedError, RedirectRefusedError):
                open_stream(url)

    def dial_theirs(times: int) -> None:
        for _ in range(times):
            with suppress(websocket.WebSocketException):
                opened = websocket.create_connection(url, redirect_limit=0, http_no_proxy=["*"])
                opened.close(timeout=0)

    url = f"ws://localhost:{raw_server(script)}/"
    dial_ours(6)
    dial_theirs(6)
    dial_ours(3)
    got_a_cookie = [b"Cookie: session=hunter2" in request for request in requests]
    # Ours never; and theirs from their own second dial on, which is the trap, not from ours.
    assert got_a_cookie == [False] * 6 + [False] + [True] * 5 + [False] * 3
