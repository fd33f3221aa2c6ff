"""Proxies: which one is chosen, and the tunnel through it."""

import base64
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from websockets.sync.server import ServerConnection

from holdfast.actors.wire.dial import DialOptions, OpenStream, Target, endpoint
from holdfast.actors.wire.errors import (
    BadHandshakeError,
    ProxyRefusedError,
    UnusableOptionError,
)
from holdfast.actors.wire.frames import encode
from holdfast.actors.wire.proxy import Proxy, proxy_for
from holdfast.handlers import CauseKind

VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the proxy variables, and clear the others."""

    def setting(**variables: str) -> None:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return setting


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def proxy_server(raw_server: Callable[..., int]) -> Callable[[list[bytes]], int]:
    """Run a CONNECT proxy that notes the heads it is sent; return the port."""

    def start(heads: list[bytes]) -> int:
        def script(client: socket.socket) -> None:
            heads.append(client.recv(65536))
            host, _, port = heads[-1].split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port)), timeout=10) as upstream:
                client.sendall(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
                back = threading.Thread(target=pump, args=(upstream, client), daemon=True)
                back.start()
                pump(client, upstream)
                back.join(10)

        return raw_server(script)

    return start


def test_a_stream_goes_through_the_tunnel_of_a_proxy(
    proxy_server: Callable[[list[bytes]], int],
    websocket_server: Callable[..., int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """RFC 9110 section 9.3.6: CONNECT with Basic credentials, then the handshake inside."""
    heads: list[bytes] = []
    port = websocket_server(echo)
    proxy = f"http://us%40er:pass%3Aword@127.0.0.1:{proxy_server(heads)}"
    stream = open_stream(f"ws://127.0.0.1:{port}/", DialOptions(proxy=proxy))
    stream.sock.settimeout(10)
    stream.sock.sendall(encode(1, b"hi"))
    assert stream.sock.recv(65536) == b"\x81\x02hi"
    credentials = base64.b64encode(b"us@er:pass:word").decode()
    assert heads[0].decode().split("\r\n") == [
        f"CONNECT 127.0.0.1:{port} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Proxy-Authorization: Basic {credentials}",
        "",
        "",
    ]


def test_no_credentials_no_header(
    proxy_server: Callable[[list[bytes]], int],
    websocket_server: Callable[..., int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """A proxy without a user is not sent an empty one."""
    heads: list[bytes] = []
    proxy = f"http://127.0.0.1:{proxy_server(heads)}"
    open_stream(f"ws://127.0.0.1:{websocket_server(echo)}/", DialOptions(proxy=proxy))
    assert b"Authorization" not in heads[0]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(407, CauseKind.PROTOCOL), (403, CauseKind.PROTOCOL), (502, CauseKind.NETWORK)],
)
def test_a_proxy_that_refuses_ends_the_dial(
    status: int,
    kind: CauseKind,
    answering: Callable[[bytes], int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """The cause is the proxy's, never a refused login of the connection itself."""
    port = answering(b"HTTP/1.1 %d No\r\nContent-Length: 9\r\n\r\n" % status)
    with pytest.raises(ProxyRefusedError) as refusal:
        open_stream("ws://h/", DialOptions(proxy=f"http://u:hunter2@127.0.0.1:{port}"))
    assert (refusal.value.cause.kind, refusal.value.cause.code) == (kind, status)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 fine\r\n\r\n", "no HTTP status"),
        (b"HTTP/1.1 200 OK\r\n\r\nmore", "before the tunnel was used"),
        (b"\x05\x00", "does not speak HTTP"),
    ],
)
def test_what_is_no_proxy_ends_the_dial(
    answer: bytes,
    reason: str,
    answering: Callable[[bytes], int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """Only a clean 2xx is a tunnel."""
    with pytest.raises(BadHandshakeError, match=reason):
        open_stream("ws://h/", DialOptions(proxy=f"http://127.0.0.1:{answering(answer)}"))


@pytest.mark.parametrize(
    ("url", "variables", "host"),
    [
        ("ws://a1.example/", {"http_proxy": "http://p:1"}, "p"),
        ("wss://a2.example/", {"http_proxy": "http://p:1"}, "a2.example"),
        ("wss://a3.example/", {"https_proxy": "http://p:1"}, "p"),
        ("wss://a4.example/", {"HTTPS_PROXY": "p:1"}, "p"),
        ("wss://a5.example/", {"all_proxy": "http://p"}, "p"),
        (
            "wss://a6.example/",
            {"https_proxy": "http://p:1", "no_proxy": "a6.example"},
            "a6.example",
        ),
        ("wss://a7.example/", {"https_proxy": "http://p:1", "no_proxy": "*"}, "a7.example"),
        (
            "wss://b.a8.example/",
            {"https_proxy": "http://p:1", "no_proxy": ".a8.example"},
            "b.a8.example",
        ),
        ("wss://a9.example:5/", {"https_proxy": "http://p:1", "no_proxy": "a9.example:4"}, "p"),
        ("wss://[::5]/", {"https_proxy": "http://p:1", "no_proxy": "::5"}, "::5"),
        ("wss://a10.example/", {}, "a10.example"),
    ],
)
def test_the_environment_names_the_proxy(
    url: str, variables: dict[str, str], host: str, environment: Callable[..., None]
) -> None:
    """By default the variables that curl and urllib obey say where to connect."""
    environment(**variables)
    assert endpoint(Target.parse(url), DialOptions())[0] == host


def test_the_environment_can_be_ignored(environment: Callable[..., None]) -> None:
    """`proxy=None` dials the target itself."""
    environment(all_proxy="http://p:1")
    assert endpoint(Target.parse("ws://a11.example"), DialOptions(proxy=None))[0] == "a11.example"


def test_a_proxy_of_the_environment_that_cannot_be_used_is_not_passed_over(
    environment: Callable[..., None],
) -> None:
    """To dial directly where a proxy is demanded would leak the connection."""
    environment(all_proxy="socks5://u:hunter2@p:1080")
    with pytest.raises(UnusableOptionError, match="not socks5://") as refusal:
        endpoint(Target.parse("ws://a12.example"), DialOptions())
    assert "hunter2" not in str(refusal.value)


def test_the_credentials_of_a_proxy_are_not_shown() -> None:
    """A proxy may end up in a log."""
    proxy = proxy_for(Target.parse("ws://h"), "http://u:hunter2@p:1")
    assert proxy == Proxy("p", 1, "Basic dTpodW50ZXIy")
    assert "dTpodW50ZXIy" not in repr(proxy)
