"""TLS: who is trusted, on real sockets, without blocking."""

import selectors
import socket
import ssl
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import trustme
from websockets.sync.server import ServerConnection

from holdfast.actors.wire.dial import DialOptions, OpenStream, Target, dial
from holdfast.actors.wire.errors import UnusableOptionError
from holdfast.actors.wire.frames import encode
from holdfast.actors.wire.reader import FrameReader
from holdfast.actors.wire.resolver import look_up
from holdfast.actors.wire.tls import TlsOptions


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def secure_server(
    authority: trustme.CA, websocket_server: Callable[..., int]
) -> Callable[..., int]:
    """Serve an echo with a certificate for a name; return the port."""

    def start(name: str = "localhost", *, ask_for: trustme.CA | None = None) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # trustme's types name a context of pyOpenSSL, which is not installed.
        authority.issue_cert(name).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
        if ask_for is not None:
            ask_for.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]
            context.verify_mode = ssl.CERT_REQUIRED
        return websocket_server(echo, ssl=context)

    return start


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def options(**tls: Any) -> DialOptions:
    return DialOptions(tls=TlsOptions(**tls), proxy=None)


def assert_echoes(stream: OpenStream) -> None:
    stream.sock.settimeout(10)
    stream.sock.sendall(encode(2, b"x" * 100_000))
    reader = FrameReader()
    messages = reader.feed(stream.leftover)
    while not messages:
        messages = reader.feed(stream.sock.recv(65536))
    assert messages == [b"x" * 100_000]


def test_a_trusted_server_is_spoken_to_in_tls(
    secure_server: Callable[..., int], ca_file: str, open_stream: Callable[..., OpenStream]
) -> None:
    """A certificate of the given authority for the right name ends in an open stream."""
    stream = open_stream(f"wss://localhost:{secure_server()}/", options(ca_file=ca_file))
    assert isinstance(stream.sock, ssl.SSLSocket)
    assert stream.sock.gettimeout() == 0.0
    assert_echoes(stream)


def test_a_certificate_of_an_unknown_authority_ends_the_dial(
    secure_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """By default the authorities of the system are trusted, and nobody else."""
    with pytest.raises(ssl.SSLCertVerificationError, match=r"self-signed|local issuer"):
        open_stream(f"wss://localhost:{secure_server()}/", options())


def test_a_certificate_of_another_host_ends_the_dial(
    secure_server: Callable[..., int], ca_file: str, open_stream: Callable[..., OpenStream]
) -> None:
    """A trusted authority is not enough: the name is verified too."""
    port = secure_server("elsewhere.example")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        open_stream(f"wss://localhost:{port}/", options(ca_file=ca_file))


def test_verification_can_be_switched_off(
    secure_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """It takes an explicit `verify=False`, and no other option's default says so."""
    assert TlsOptions().verify
    stream = open_stream(f"wss://localhost:{secure_server('other')}/", options(verify=False))
    assert_echoes(stream)


def test_our_own_certificate_is_presented(
    authority: trustme.CA,
    secure_server: Callable[..., int],
    ca_file: str,
    tmp_path: Path,
    open_stream: Callable[..., OpenStream],
) -> None:
    """A server that asks for a certificate is shown the one of the options."""
    path = tmp_path / "client.pem"
    authority.issue_cert("client").private_key_and_cert_chain_pem.write_to_path(str(path))
    port = secure_server(ask_for=authority)
    assert_echoes(
        open_stream(f"wss://localhost:{port}/", options(ca_file=ca_file, cert_file=str(path)))
    )


@pytest.mark.parametrize("field", ["ca_file", "cert_file"])
@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_an_unreadable_certificate_is_named(
    field: str,
    content: bytes | None,
    tmp_path: Path,
    secure_server: Callable[..., int],
    open_stream: Callable[..., OpenStream],
) -> None:
    """One line names the option and the file, instead of OpenSSL's riddle."""
    path = tmp_path / "given.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnusableOptionError, match=rf"{field}.*given\.pem") as refusal:
        open_stream(f"wss://localhost:{secure_server()}/", options(**{field: str(path)}))
    assert refusal.value.cause.name == "tls_configuration"


def test_a_server_that_speaks_no_tls_ends_the_dial(
    raw_server: Callable[..., int], open_stream: Callable[..., OpenStream]
) -> None:
    """Plain text where TLS is expected is an error of TLS, at once."""

    def plain(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        client.recv(65536)

    with pytest.raises(ssl.SSLError):
        open_stream(f"wss://localhost:{raw_server(plain)}/", options(verify=False))


def test_a_dial_dropped_in_the_tls_handshake_closes_its_socket(
    raw_server: Callable[..., int],
) -> None:
    """The descriptor moves to the TLS socket, and is closed there."""

    def silent(client: socket.socket) -> None:
        while client.recv(65536):
            pass

    port = raw_server(silent)
    target = Target("localhost", port, secure=True)
    steps = dial(target, look_up("127.0.0.1", port), options(verify=False))
    *_, (sock, mask) = islice(steps, 3)
    assert isinstance(sock, ssl.SSLSocket)
    assert mask == selectors.EVENT_READ
    steps.close()
    assert sock.fileno() == -1


def test_one_context_serves_all_dials_of_the_same_options(
    secure_server: Callable[..., int], ca_file: str, open_stream: Callable[..., OpenStream]
) -> None:
    """A context costs a MiB and 20 ms; equal options share one."""
    url = f"wss://localhost:{secure_server()}/"
    first, second = (open_stream(url, options(ca_file=ca_file)).sock for _ in range(2))
    assert isinstance(first, ssl.SSLSocket)
    assert isinstance(second, ssl.SSLSocket)
    assert first.context is second.context
